"""Whether a host takes a task in the making, and its start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world.agent import send_order
from daemonctl.local.world.ledger import place

if TYPE_CHECKING:
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.definition import Definition
    from daemonctl.local.world.instance import Instance
    from daemonctl.local.world.task import Launch, Task


def obstacle(core: Core, instance: Instance, launch: Launch) -> str | None:
    """Why ECS will not start it there, as ``failures[].reason`` words it, or None."""
    if instance.status == "INACTIVE":
        return "INACTIVE"
    if not instance.connected:
        return "AGENT"
    if not fits_platform(core, instance, launch.definition):
        return "ATTRIBUTE"
    return instance.remaining.lack(launch.needs)


def fits_platform(core: Core, instance: Instance, definition: Definition) -> bool:
    """The instance has every required attribute, and the platform that is asked for."""
    have = instance.attributes
    for name, value in definition.requires:
        if name not in have or (value is not None and have[name] != value):
            return False
    if not core.switches.runtime_platform_refuses:
        return True
    return _is(definition.os_type, have.get("ecs.os-type")) and _is(
        definition.architecture, have.get("ecs.cpu-architecture")
    )


def start(core: Core, instance: Instance, launch: Launch, now: float) -> Task:
    """Place the task and send the agent its order."""
    task = place(core, instance, launch, now)
    send_order(core, task, now)
    return task


def _is(wanted: str | None, there: str | None) -> bool:
    return wanted is None or wanted == there
