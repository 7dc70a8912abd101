"""What happens to the world that is no AWS call, each act by its name and plain values.

The control plane does them, and a journal can do them again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields

import msgspec

from daemonctl.local.world import Behaviour, World

Args = Mapping[str, object]


def behaviour_of(members: object) -> Behaviour:
    """Make a behaviour of plain values.

    Raises:
        ValueError: There is no such behaviour; msgspec itself would pass over an unknown name.
        msgspec.ValidationError: A value is of the wrong type.
    """
    known = [field.name for field in fields(Behaviour)]
    for name in members if isinstance(members, dict) else ():
        if name not in known:
            raise ValueError(f"no behaviour {name!r}: one of {', '.join(known)}")
    return msgspec.convert(members, Behaviour)


def _add(
    world: World, now: float, *, cluster: str, count: int, capacity_provider: str | None = None
) -> object:
    return world.add_instances(cluster, count, now, capacity_provider=capacity_provider)


def _behave(
    world: World, _now: float, *, family: str, behaviour: object, instance: str | None
) -> None:
    world.behave(family, behaviour_of(behaviour), instance=instance)


def _kill(world: World, now: float, *, task: str, exit_code: int) -> None:
    world.kill_task(task, now, exit_code=exit_code)


def _health(world: World, now: float, *, task: str, health: str, container: str | None) -> None:
    world.set_health(task, health, now, container=container)


def _scale_in(
    world: World, now: float, *, id: str, group: str, hook: str | None, heartbeat: float  # noqa: A002  the world's own word
) -> None:  # fmt: skip
    world.scale_in(id, now, group=group, hook=hook, heartbeat=heartbeat)


def _interrupt(world: World, now: float, *, id: str, action: str) -> None:  # noqa: A002  the world's own word
    world.interrupt(id, now, action=action)


def _set_fault(
    world: World, now: float, *, kind: str, rate: float, seconds: float | None, size: float | None
) -> None:
    until = None if seconds is None else now + seconds
    world.faults.set(kind, rate=rate, until=until, size=size)


def _clear_faults(world: World, _now: float, *, kind: str | None) -> None:
    world.faults.clear(kind)


def _to_host(name: str) -> Callable[..., object]:
    def act(world: World, now: float, *, id: str) -> object:  # noqa: A002  the world's own word
        return getattr(world, name)(id, now)

    return act


def _launch(world: World, now: float, *, cluster: str, **members: str | None) -> object:
    return world.agents.launch(cluster, now, **members).id


def _metadata(world: World, _now: float, *, host: str, port: int) -> None:
    world.agents.serve_metadata(host, port)


def _connected(
    world: World, now: float, *, agent: str, sequence: int, versions: Mapping[str, str]
) -> None:
    world.agents.connected(agent, now, sequence=sequence, versions=versions)


def _disconnected(world: World, now: float, *, agent: str) -> None:
    world.agents.disconnected(agent, now)


def _acknowledged(world: World, now: float, *, agent: str, message: str) -> None:
    world.agents.acknowledged(agent, message, now)


def _manifest(world: World, now: float, *, agent: str) -> object:
    return world.agents.manifest(agent, now)


def _agent_health(
    world: World, now: float, *, agent: str, health: Mapping[str, Mapping[str, str]]
) -> None:
    world.agents.health(agent, health, now)


HOST_ACTS = ("terminate", "stop", "start", "reboot", "disconnect", "reconnect")
ACTS: dict[str, Callable[..., object]] = {
    "add": _add,
    "agent_acknowledged": _acknowledged,
    "agent_connected": _connected,
    "agent_disconnected": _disconnected,
    "agent_health": _agent_health,
    "agent_launched": _launch,
    "agent_manifest": _manifest,
    "agent_metadata": _metadata,
    "behave": _behave,
    "clear_faults": _clear_faults,
    "health": _health,
    "interrupt": _interrupt,
    "kill": _kill,
    "scale_in": _scale_in,
    "set_fault": _set_fault,
    **{name: _to_host(name) for name in HOST_ACTS},
}


def act(world: World, name: str, args: Args, now: float) -> object:
    """Do one act at a moment of the world's time, in epoch seconds.

    Raises:
        WorldError: The world refuses it.
        ValueError: A value is out of its range.
    """
    return ACTS[name](world, now, **args)
