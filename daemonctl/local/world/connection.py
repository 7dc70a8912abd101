"""The agent's connection to ECS: lost, found again, and the flapping that is normal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world.agenda import happening
from daemonctl.local.world.agent import catch_up
from daemonctl.local.world.errors import WorldError, invalid
from daemonctl.local.world.events import tell_instance

if TYPE_CHECKING:
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.instance import Instance


def disconnect(core: Core, instance: Instance, now: float) -> None:
    """The agent loses its connection; "containers run on; task status frozen"."""
    if instance.connected and instance.status != "INACTIVE":
        instance.connected, instance.connection_changed_at = False, now
        tell_instance(core, instance, now)
        core.scheduler.instance_changed(instance, now)


def reconnect(core: Core, instance: Instance, now: float) -> None:
    """The agent is back: it reports what it could not, and gets the orders that waited.

    Without effect where no machine runs an agent that could come back.
    """
    if instance.connected or instance.status == "INACTIVE" or instance.host.state != "running":
        return
    instance.connected, instance.connection_changed_at = True, now
    tell_instance(core, instance, now)
    catch_up(core, instance, now)
    core.scheduler.instance_changed(instance, now)


def heard(instance: Instance) -> None:
    """Let an agent's call through.

    Raises:
        WorldError: ServerException where the agent is disconnected on purpose: it tries again;
            InvalidParameterException where its machine is gone.
    """
    if instance.host.state != "running":
        raise invalid("The referenced container instance was not found.")
    if instance.agent is not None and instance.agent.barred:
        raise WorldError("ServerException", f"{instance.host.id} is disconnected on purpose.", 500)


def flap(core: Core, instance: Instance, seconds: float, now: float) -> None:
    """The agent drops out and is back after so many seconds."""
    disconnect(core, instance, now)
    core.agenda.at(now + seconds, _back, core, instance)


@happening
def _back(now: float, core: Core, instance: Instance) -> None:
    reconnect(core, instance, now)


@happening
def flap_for_ever(now: float, core: Core, instance: Instance) -> None:
    """One recycling of the agent's websocket, and the next one noted."""
    span = core.switches.agent_flap_seconds
    if span is None or instance.status == "INACTIVE":
        return
    if instance.connected:
        flap(core, instance, core.draw(core.switches.flap_length_seconds), now)
    core.agenda.at(now + core.draw(span), flap_for_ever, core, instance)
