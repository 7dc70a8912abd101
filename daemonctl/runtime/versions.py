"""Which of two sightings of one thing holds, in whatever order they arrive.

ECS delivers at least once and in any order; a ``version`` rises with each change and compares
across events and API answers. What has ended stays ended: that holds even against a higher version.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from daemonctl.model.cluster import Container, ContainerInstance, Health, Task

_RANK: Final = {
    "PROVISIONING": 0,
    "PENDING": 1,
    "ACTIVATING": 2,
    "RUNNING": 3,
    "DEACTIVATING": 5,
    "STOPPING": 6,
    "DEPROVISIONING": 7,
    "STOPPED": 8,
    "DELETED": 8,
}
_UNKNOWN_RANK: Final = 4  # the set of statuses is open: neither starting nor surely ending


def join_tasks(held: Task, new: Task, *, fuller: bool) -> Task:
    """What to hold of a task. ``fuller``: the new one is an API answer, which also has health."""
    if _task_newer(held, new, fuller=fuller):
        return _fill_task(new, held, fuller=fuller)
    return _fill_task(held, new, fuller=True)


def join_instances(
    held: ContainerInstance, new: ContainerInstance, *, fuller: bool
) -> ContainerInstance:
    """What to hold of a container instance; ``fuller`` as for tasks."""
    if held.version and new.version and held.version != new.version:
        newer = new.version > held.version
    else:
        newer = fuller or new.status == "INACTIVE" or not new.version
    return _fill_instance(new, held) if newer else _fill_instance(held, new)


def _task_newer(held: Task, new: Task, *, fuller: bool) -> bool:
    ended, ends = (_end(held), _end(new))
    if ended != ends:
        return ends > ended
    if held.version and new.version:
        return new.version > held.version or (new.version == held.version and fuller)
    return _rank(new) >= _rank(held)


def _end(task: Task) -> int:
    """How far it is on its one-way street: 2 gone from the host, 1 told to stop, 0 wanted."""
    return 2 if _rank(task) == _RANK["STOPPED"] else int(task.desired_status == "STOPPED")


def _rank(task: Task) -> int:
    return _RANK.get(task.last_status, _UNKNOWN_RANK)


def _fill_task(winner: Task, loser: Task, *, fuller: bool) -> Task:
    """What never changes in a task's life, and was left out by the winner, comes from the other.

    Events carry no health: what an API answer said of a task that still runs stands.
    """
    health, containers = winner.health, winner.containers
    if not fuller and winner.last_status == "RUNNING" and health is Health.UNKNOWN:
        health = loser.health
        containers = _with_health(containers, loser.containers)
    stopped = winner.last_status
    return replace(
        winner,
        last_status="STOPPED" if stopped == "DELETED" else stopped,
        first_seen=min(winner.first_seen, loser.first_seen),
        group=winner.group or loser.group,
        started_by=winner.started_by or loser.started_by,
        overrides=winner.overrides or loser.overrides,
        rollback_of=winner.rollback_of or loser.rollback_of,
        created_at=_either(winner.created_at, loser.created_at),
        started_at=_either(winner.started_at, loser.started_at),
        stopped_at=_either(winner.stopped_at, loser.stopped_at),
        stop_code=winner.stop_code or loser.stop_code,
        stopped_reason=winner.stopped_reason or loser.stopped_reason,
        health=health,
        containers=containers,
    )


def _with_health(
    winners: tuple[Container, ...], losers: tuple[Container, ...]
) -> tuple[Container, ...]:
    known = {container.name: container.health for container in losers}
    return tuple(
        replace(container, health=known.get(container.name, container.health))
        if container.health is Health.UNKNOWN
        else container
        for container in winners
    )


def _fill_instance(winner: ContainerInstance, loser: ContainerInstance) -> ContainerInstance:
    """Events may leave out the EC2 id and the capacity provider; EC2 alone knows the address."""
    return replace(
        winner,
        ec2_id=winner.ec2_id or loser.ec2_id,
        registered_at=_either(winner.registered_at, loser.registered_at),
        capacity_provider=winner.capacity_provider or loser.capacity_provider,
        managed=winner.managed or loser.managed,
        private_ip=winner.private_ip or loser.private_ip,
        agent_version=winner.agent_version or loser.agent_version,
    )


def _either(first: float | None, second: float | None) -> float | None:
    return second if first is None else first
