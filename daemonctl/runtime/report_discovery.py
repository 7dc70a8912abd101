"""Whether discovery is safe: the one sentence that an operator looks for first, and the grid.

An instance is safe where every required daemon that belongs there is ready. Where a cluster has no
required one, all of its daemons count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from heapq import nsmallest
from typing import Final

from daemonctl.model.ids import ContainerInstanceArn, DaemonName, short
from daemonctl.model.reason import Code, Notice
from daemonctl.runtime.report_gate import gate_of
from daemonctl.runtime.report_grid import GridDocument, GridRow
from daemonctl.runtime.report_rows import DiscoveryRow, FailingRow
from daemonctl.runtime.report_source import (
    NOT_HERE_CODES,
    ClusterState,
    daemons_of,
    hosts_of,
    verdict_row,
)

NAMED: Final = 5
"""How many instances the sentence's row names."""


class Standing(StrEnum):
    """How an instance, or a whole cluster, stands. In order: the worst first."""

    UNSAFE = "UNSAFE"  # a daemon fails, or nobody knows
    MOVING = "MOVING"  # not there yet, and on its way by itself
    UNGUARDED = "UNGUARDED"  # of a cluster: safe now, and nothing would be repaired
    SAFE = "SAFE"
    AWAY = "AWAY"  # nothing belongs there
    UNKNOWN = "UNKNOWN"  # of a cluster: there is no view that could tell


_READY: Final = (Code.READY, Code.DONE, Code.OUTDATED, Code.RESTART, Code.COVERAGE)
_ON_ITS_WAY: Final = (
    Code.SETTLING,
    Code.START,
    Code.IN_FLIGHT,
    Code.AMBIGUOUS,
    Code.STOPPING,
    Code.BLOCKED,  # where what it depends on fails, that one says so
    Code.DUPLICATE,
)


def _standing(code: Code) -> Standing:
    if code in _READY:
        return Standing.SAFE
    if code in _ON_ITS_WAY:
        return Standing.MOVING
    gone = code in NOT_HERE_CODES or code is Code.ORPHAN
    return Standing.AWAY if gone else Standing.UNSAFE


OF_CODE: Final = {code: _standing(code) for code in Code}
_RANK: Final = {standing: rank for rank, standing in enumerate(Standing)}


def counted(state: ClusterState) -> tuple[DaemonName, ...]:
    """The daemons that discovery needs, in the config's order."""
    specs = [daemon.spec for daemon in daemons_of(state)]
    return tuple(spec.name for spec in specs if spec.required) or tuple(s.name for s in specs)


def discovery_row(state: ClusterState, why_unknown: str) -> DiscoveryRow:
    """The sentence and its numbers; ``why_unknown`` where the view cannot be trusted."""
    names = counted(state)
    found = {} if why_unknown else _instances(state, names)
    failing = [arn for arn, standing in found.items() if standing is Standing.UNSAFE]
    coming = [arn for arn, standing in found.items() if standing is Standing.MOVING]
    total, moving, unsafe = len(found), len(coming), len(failing)
    safe = total - moving - unsafe
    worst = nsmallest(NAMED, failing or coming)
    rows = tuple(row for arn in worst if (row := _failing(state, arn, names)) is not None)
    overall = _overall(total, moving, unsafe, why_unknown)
    words = _words(safe, moving, unsafe, rows, why_unknown)
    if _unguarded(state) and not why_unknown and total:
        overall = Standing.UNGUARDED if overall is Standing.SAFE else overall
        words += "; every write is stopped, so nothing is repaired"
    return DiscoveryRow(
        state=overall.value,
        words=words,
        instances=total,
        safe=safe,
        moving=moving,
        unsafe=unsafe,
        daemons=names,
        worst=rows,
    )


def grid_document(state: ClusterState) -> GridDocument:
    """One small row an instance, in order of zone and id."""
    names = tuple(daemon.spec.name for daemon in daemons_of(state))
    verdicts = state.verdicts
    rows = [
        GridRow(
            id=short(host.instance.arn),
            ec2_instance_id=host.instance.ec2_id,
            zone=host.instance.zone,
            status=host.instance.status,
            agent_connected=host.instance.connected,
            gate=gate_of(state, host),
            codes=tuple(
                "" if (held := verdicts.get((host.instance.arn, name))) is None else held.code.value
                for name in names
            ),
        )
        for host in hosts_of(state)
    ]
    rows.sort(key=lambda row: (row.zone, row.ec2_instance_id or row.id))
    return GridDocument(
        cluster=state.spec.alias,
        daemons=names,
        counted=counted(state),
        standings={code.value: standing.value for code, standing in OF_CODE.items()},
        instances=tuple(rows),
    )


def _instances(
    state: ClusterState, names: Sequence[DaemonName]
) -> Mapping[ContainerInstanceArn, Standing]:
    """The worst of the daemons that count, for each instance where one belongs."""
    found: dict[ContainerInstanceArn, Standing] = {}
    for (arn, name), verdict in state.verdicts.items():
        if name not in names:
            continue
        standing = OF_CODE[verdict.code]
        if standing is Standing.AWAY:
            continue
        held = found.get(arn)
        if held is None or _RANK[standing] < _RANK[held]:
            found[arn] = standing
    return found


def _failing(
    state: ClusterState, arn: ContainerInstanceArn, names: Sequence[DaemonName]
) -> FailingRow | None:
    """The worst verdict of an instance, the first daemon's among equals."""
    host = None if state.observed is None else state.observed.hosts.get(arn)
    held = [
        (_RANK[OF_CODE[verdict.code]], place, daemon, verdict)
        for place, daemon in enumerate(daemons_of(state))
        if daemon.spec.name in names
        and (verdict := state.verdicts.get((arn, daemon.spec.name))) is not None
    ]
    if host is None or not held:
        return None
    _, _, daemon, verdict = min(held, key=lambda one: one[:2])
    return FailingRow(
        id=short(arn),
        ec2_instance_id=host.instance.ec2_id,
        zone=host.instance.zone,
        verdict=verdict_row(state, host, daemon, verdict),
    )


def _unguarded(state: ClusterState) -> bool:
    """Whether nothing would be repaired: an operator has stopped every write, or none is made."""
    return any(each.notice in (Notice.FROZEN, Notice.DRY_RUN) for each in state.conditions)


def _overall(total: int, moving: int, unsafe: int, why_unknown: str) -> Standing:
    if why_unknown:
        return Standing.UNKNOWN
    if unsafe:
        return Standing.UNSAFE
    if moving:
        return Standing.MOVING
    return Standing.SAFE if total else Standing.AWAY


def _words(
    safe: int, moving: int, unsafe: int, worst: Sequence[FailingRow], why_unknown: str
) -> str:
    total = safe + moving + unsafe
    if why_unknown:
        return f"Whether discovery is safe is not known: {why_unknown}"
    if not total:
        return "No instance needs a daemon: there is nothing to keep safe"
    where = f"{total:,} instance{'s' if total > 1 else ''}"
    on_the_way = f"{moving:,} on {'its' if moving == 1 else 'their'} way"
    if not unsafe:
        rest = f"; {on_the_way}" if moving else ""
        return f"Discovery is safe on {safe:,} of {where}{rest}"
    first = worst[0] if worst else None
    named = ""
    if first is not None:
        more = f" and {unsafe - 1:,} more" if unsafe > 1 else ""
        who = first.ec2_instance_id or first.id
        named = f": {who} {first.verdict.daemon} {first.verdict.code}{more}"
    rest = f"; {on_the_way}" if moving else ""
    return f"Discovery is NOT safe on {unsafe:,} of {where}{named}{rest}"
