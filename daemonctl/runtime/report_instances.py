"""The documents a row an instance: pages of them, and everything about one."""

from __future__ import annotations

from collections.abc import Sequence

from daemonctl.model.cluster import Resources, Task
from daemonctl.model.ids import family_of, short
from daemonctl.model.observed import Host
from daemonctl.model.reason import Code
from daemonctl.runtime import advice
from daemonctl.runtime.report import (
    AmbiguousError,
    InstanceDocument,
    InstanceRow,
    InstancesPage,
    NotFoundError,
)
from daemonctl.runtime.report_consul import (
    agent_words,
    ghost_rows,
    stale_services,
    unregistered,
)
from daemonctl.runtime.report_gate import gate_of, gate_words
from daemonctl.runtime.report_rows import ConditionRow, ResourcesRow, TaskRow, moment
from daemonctl.runtime.report_source import (
    ClusterState,
    Holders,
    condition_row,
    daemons_of,
    hosts_of,
    verdict_row,
)

_CANDIDATES = 10  # how many an ambiguous id names


def instances_page(
    state: ClusterState, after: str, limit: int, verdict: str, zone: str
) -> InstancesPage:
    """Rows after the instance ``after`` (an ARN or its last part, "" for the first page).

    Raises NotFoundError naming the zones that there are.
    """
    hosts = [host for host in _in_zone(state, zone) if not verdict or _has(state, host, verdict)]
    mark = short(after)
    following = [host for host in hosts if short(host.instance.arn) > mark]
    page = following[:limit]
    return InstancesPage(
        cluster=state.spec.alias,
        total=len(hosts),
        instances=tuple(_row(state, host) for host in page),
        next=short(page[-1].instance.arn) if len(following) > len(page) > 0 else "",
        known=state.observed is not None and state.observed.first_full_at is not None,
    )


def _in_zone(state: ClusterState, zone: str) -> Sequence[Host]:
    """In order of their ids; "" is every zone. Raises NotFoundError."""
    hosts = hosts_of(state)
    found = [host for host in hosts if zone in ("", host.instance.zone)]
    if zone and not found:
        zones = sorted({host.instance.zone for host in hosts if host.instance.zone})
        raise NotFoundError(
            f'no instance of cluster {state.spec.alias} is in zone "{zone}";'
            f" there are: {', '.join(zones) or 'none'}"
        )
    return found


def instance_document(state: ClusterState, ident: str) -> InstanceDocument:
    """Everything about one instance. Raises NotFoundError, AmbiguousError."""
    host = _find(state, ident)
    instance, holders = host.instance, Holders(state)
    names = {daemon.spec.name for daemon in daemons_of(state)}
    held = [(task, holders.of(task)) for task in host.tasks if task.live]
    return InstanceDocument(
        cluster=state.spec.alias,
        instance=_row(state, host),
        attributes=len(instance.attributes.values),
        registered=_resources(instance.registered),
        remaining=_resources(instance.remaining),
        agent_version=instance.agent_version,
        foreign=tuple(
            _task(task)
            for task, holder in held
            if holder is None and _of_interest(state, host, task)
        ),
        orphans=tuple(_task(task) for task, holder in held if holder not in (None, *names)),
        conditions=_conditions(state, host),
        next=_next(host),
        consul_agent=agent_words(state, host),
        consul_ghosts=ghost_rows(one for one in state.ghosts if one.ec2_id == instance.ec2_id),
        unregistered=unregistered(host),
        stale_services=stale_services(state, host),
        gate=gate_words(state, host),
        registered_at=moment(instance.registered_at),
        disconnected_since=moment(host.disconnected_since),
    )


def _of_interest(state: ClusterState, host: Host, task: Task) -> bool:
    """Somebody else's task of a daemon's family; on a host that drains, every one may hold it."""
    families = [daemon.spec.task_definition for daemon in daemons_of(state)]
    names = [short(name).partition(":")[0] for name in families]
    return family_of(task.definition) in names or host.draining_since is not None


def _conditions(state: ClusterState, host: Host) -> tuple[ConditionRow, ...]:
    """Those that may explain why something that should be READY here is not."""
    arn = host.instance.arn
    names = [daemon.spec.name for daemon in daemons_of(state)]
    held = [(name, state.verdicts.get((arn, name))) for name in names]
    elsewhere = (Code.DRAINING, Code.INELIGIBLE, Code.CONSTRAINT, Code.UNUSED)
    fine = (Code.READY, Code.DONE, *elsewhere)
    waiting = [name for name, each in held if each is not None and each.code not in fine]
    return tuple(
        condition_row(each)
        for each in state.conditions
        if each.daemon in waiting or (waiting and not each.daemon)
    )


def _next(host: Host) -> str:
    away = host.instance.status == "ACTIVE" and not host.instance.connected
    return advice.for_agent_away() if away else ""


def _has(state: ClusterState, host: Host, code: str) -> bool:
    return any(
        verdict.code.value == code
        for daemon in daemons_of(state)
        if (verdict := state.verdicts.get((host.instance.arn, daemon.spec.name))) is not None
    )


def _row(state: ClusterState, host: Host) -> InstanceRow:
    instance = host.instance
    return InstanceRow(
        id=short(instance.arn),
        arn=instance.arn,
        ec2_instance_id=instance.ec2_id,
        zone=instance.zone,
        status=instance.status,
        agent_connected=instance.connected,
        verdicts=tuple(
            verdict_row(state, host, daemon, verdict)
            for daemon in daemons_of(state)
            if (verdict := state.verdicts.get((instance.arn, daemon.spec.name))) is not None
        ),
        gate=gate_of(state, host),
    )


def _find(state: ClusterState, ident: str) -> Host:
    """The instance that an ARN, its last part, an ``i-…`` or the start of either names."""
    hosts = hosts_of(state)
    if ident.startswith("arn:"):
        exact = [host for host in hosts if host.instance.arn == ident]
    else:
        exact = [
            host for host in hosts if ident in (short(host.instance.arn), host.instance.ec2_id)
        ]
    found = exact or [
        host
        for host in hosts
        if ident and (short(host.instance.arn).startswith(ident) or _ec2_starts(host, ident))
    ]
    if not found:
        raise NotFoundError(
            f'no container instance "{ident}" on cluster {state.spec.alias}'
            f" ({len(hosts)} instances){_ghost_of(state, ident)}"
        )
    if len(found) > 1:
        names = [f"{short(host.instance.arn)} ({host.instance.ec2_id})" for host in found]
        raise AmbiguousError(
            f'"{ident}" names {len(found)} container instances of cluster {state.spec.alias};'
            " give more of the id",
            names[:_CANDIDATES],
        )
    return found[0]


def _ghost_of(state: ClusterState, ident: str) -> str:
    """What Consul still has of an instance that is gone."""
    for ghost in state.ghosts:
        if ident in (ghost.ec2_id, ghost.node):
            return f"; Consul still has node {ghost.node}: {ghost.words}"
    return ""


def _ec2_starts(host: Host, ident: str) -> bool:
    # "i-" alone names everything and so nothing.
    return len(ident) > len("i-") and host.instance.ec2_id.startswith(ident)


def _resources(resources: Resources) -> ResourcesRow:
    return ResourcesRow(
        cpu=resources.cpu,
        memory=resources.memory,
        tcp=tuple(sorted(resources.tcp)),
        udp=tuple(sorted(resources.udp)),
    )


def _task(task: Task) -> TaskRow:
    return TaskRow(
        task=short(task.arn),
        revision=short(task.definition),
        group=task.group,
        started_by=task.started_by,
        status=task.last_status,
    )
