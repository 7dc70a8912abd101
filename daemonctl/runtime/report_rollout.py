"""A daemon's rollout as the API shows it: where it stands, what failed, what there was before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from daemonctl.model.ids import ContainerInstanceArn, short
from daemonctl.model.observed import Host
from daemonctl.model.reason import Condition, Notice
from daemonctl.model.rollout import Outcome, Phase, Revision, Rollout
from daemonctl.model.status import Counts
from daemonctl.runtime.report_rows import (
    COMPLETE,
    FAILED,
    UNDER_WAY,
    BrokenRow,
    HistoryRow,
    PauseRow,
    RolloutRow,
    moment,
)

Hosts = Mapping[ContainerInstanceArn, Host]


_HOLDING = (
    Notice.FROZEN,
    Notice.LEASE_UNSURE,
    Notice.REPAIR_ONLY,
    Notice.DRY_RUN,
    Notice.VIEW_PARTIAL,
    Notice.VIEW_STALE,
    Notice.STATE_UNSAVED,
    Notice.STOPS_HELD,
    Notice.COMMON_CAUSE,
    Notice.ONCE_HANGS,
    Notice.API_BUDGET,
)
"""Conditions that keep updates from going on, the first one to tell first."""


def rollout_row(
    rollout: Rollout, counts: Counts, hosts: Hosts, conditions: Sequence[Condition] = ()
) -> RolloutRow:
    """All that is known of a rollout; ``conditions`` are the cluster's and the daemon's."""
    pause = rollout.pause
    return RolloutRow(
        phase=rollout.phase.value,
        result=result_of(rollout, counts),
        words=_words(rollout, counts),
        waits=_waits(rollout, conditions),
        target=str(rollout.target),
        asked=str(rollout.asked),
        last_good="" if rollout.last_good is None else str(rollout.last_good),
        began=moment(rollout.began) if rollout.began else None,
        paused=None if pause is None else PauseRow(moment(pause.at), pause.words),
        canaries=tuple(_name(arn, hosts) for arn in rollout.canaries),
        failed=tuple(
            BrokenRow(
                id=short(each.instance),
                ec2_instance_id=_ec2_id(each.instance, hosts),
                at=moment(each.at),
                reason=each.reason,
                container=each.container,
                exit_code=each.exit_code,
            )
            for each in rollout.failed
        ),
        rollback_of="" if rollout.rollback_of is None else str(rollout.rollback_of),
        history=tuple(
            HistoryRow(
                number=each.number,
                revision=str(each.revision),
                at=moment(each.at),
                cause=each.cause,
                outcome=each.outcome.value,
            )
            for each in rollout.history
        ),
    )


def once_row(
    revision: Revision, counts: Counts, conditions: Sequence[Condition] = ()
) -> RolloutRow:
    """The same of a daemon that runs once: it replaces nothing, and is done where it has run."""
    complete = counts.updated >= counts.desired
    return RolloutRow(
        phase=Phase.STEADY.value if complete else Phase.ROLLING.value,
        result=COMPLETE if complete else UNDER_WAY,
        words=f"{revision} has run on {counts.updated} of {counts.desired} instances",
        waits="" if complete else _holding(conditions),
        target=str(revision),
        asked=str(revision),
        last_good="",
        canaries=(),
        failed=(),
        rollback_of="",
        history=(),
    )


def result_of(rollout: Rollout, counts: Counts) -> str:
    """What `rollout status` comes to: whether it goes on, and if not, whether it went well."""
    if rollout.phase in (Phase.HALTED, Phase.UNCLEAR):
        return FAILED
    if rollout.under_way:
        return UNDER_WAY
    if rolled_back(rollout):
        return FAILED
    complete = bool(rollout.history) and rollout.history[-1].outcome is Outcome.COMPLETE
    everywhere = min(counts.updated, counts.available) >= counts.desired
    return COMPLETE if complete or everywhere else UNDER_WAY


def rolled_back(rollout: Rollout) -> bool:
    """The breaker has turned round what the config asks for: this is the way back, or its end."""
    return len(rollout.history) > 1 and rollout.history[-2].outcome is Outcome.ROLLED_BACK


def _waits(rollout: Rollout, conditions: Sequence[Condition]) -> str:
    return _holding(conditions) if rollout.under_way else ""


def _holding(conditions: Sequence[Condition]) -> str:
    held = {each.notice: each.words for each in conditions}
    return next((held[notice] for notice in _HOLDING if notice in held), "")


def _words(rollout: Rollout, counts: Counts) -> str:
    """Where it stands, in one line."""
    words = f"{_stage(rollout)}{counts.updated} of {counts.desired} updated"
    words += f", {counts.available} available"
    if rolled_back(rollout) and rollout.rollback_of is not None:
        words = f"{rollout.rollback_of} failed and was rolled back; {words}"
    return f"paused; {words}" if rollout.pause is not None else words


def _stage(rollout: Rollout) -> str:
    target = str(rollout.target)
    if rollout.phase is Phase.HALTED:
        return f"halted: {target} failed on {_instances(len(rollout.failed))}; "
    if rollout.phase is Phase.UNCLEAR:
        return "unclear: tasks of several revisions were found, and some fail; "
    if rollout.phase is Phase.CANARY:
        return f"{target} on {_instances(len(rollout.canaries))} first; "
    if rollout.phase is Phase.BAKING:
        return f"{target} runs everywhere and is watched; "
    return f"{target}: " if rollout.phase is Phase.STEADY else f"to {target}: "


def _instances(number: int) -> str:
    return "1 instance" if number == 1 else f"{number} instances"


def _ec2_id(arn: ContainerInstanceArn, hosts: Hosts) -> str:
    host = hosts.get(arn)
    return "" if host is None else host.instance.ec2_id


def _name(arn: ContainerInstanceArn, hosts: Hosts) -> str:
    return _ec2_id(arn, hosts) or short(arn)
