"""A rollout as text: where it stands, what failed, and the history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from daemonctl.cli.table import age, table, wrap
from daemonctl.runtime.report_rows import BrokenRow, RolloutRow

_HEADER = ("REVISION", "TASK DEFINITION", "AGE", "OUTCOME", "CAUSE")
_NAMED = 5  # failed instances that are named one by one


def rollout_lines(rollout: RolloutRow) -> Iterator[str]:
    """Where it stands, for `status DAEMON`."""
    yield from wrap("Rollout:          ", f"{rollout.phase}; {rollout.words}")
    if rollout.waits:
        yield from wrap("Waits:            ", rollout.waits)
    if rollout.paused is not None:
        yield from wrap("Paused:           ", paused_words(rollout))
    if rollout.last_good and rollout.last_good != rollout.target:
        yield from wrap("Last good:        ", rollout.last_good)
    if rollout.asked != rollout.target:
        yield from wrap("Config asks for:  ", rollout.asked)
    if rollout.canaries:
        yield from wrap("Canaries:         ", ", ".join(rollout.canaries))
    yield from failed_lines(rollout)


def paused_words(rollout: RolloutRow) -> str:
    """Since when, by whom."""
    pause = rollout.paused
    return "" if pause is None else f"since {pause.at:%Y-%m-%d %H:%M:%S} UTC {pause.words}"


def failed_lines(rollout: RolloutRow) -> Iterator[str]:
    """The instances on which the revision did not hold, each with its reason."""
    for row in rollout.failed[:_NAMED]:
        yield from wrap("Failed on:        ", broken_words(row))
    if len(rollout.failed) > _NAMED:
        yield f"                  and {len(rollout.failed) - _NAMED} more instances"


def broken_words(row: BrokenRow) -> str:
    """An instance, the container, its exit code and the reason."""
    code = "" if row.exit_code is None else f" exited with {row.exit_code}"
    container = f" container {row.container}{code}:" if row.container else ""
    return f"{row.ec2_instance_id or row.id}:{container} {row.reason}"


def history_lines(rollout: RolloutRow, now: datetime) -> Iterator[str]:
    """The rollouts that there were, oldest first."""
    rows = [
        (str(each.number), each.revision, age(each.at, now), each.outcome, each.cause)
        for each in rollout.history
    ]
    yield from table(_HEADER, rows)
