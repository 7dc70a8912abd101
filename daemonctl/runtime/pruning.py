"""`prune`: what an operator lets go. Orphans on their way out, and over half of a daemon."""

from __future__ import annotations

from typing import Final

from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.desired import Desired
from daemonctl.model.ids import DaemonName, daemon_of
from daemonctl.model.memory import DaemonMemory, Memory
from daemonctl.planning.board import Board
from daemonctl.runtime.commands import Answer, Command
from daemonctl.runtime.removals import Removals

CONFIRMED_SECONDS: Final = 24 * 3600.0
"""So long a confirmation holds: the largest cluster's tasks go at voluntaryStopsPerMinute."""

_LOST: Final = "; after a restart of daemonctl it has to be said again"


def prune(
    command: Command, desired: Desired, removals: Removals, board: Board, memory: Memory
) -> tuple[Desired, Answer]:
    """The desired state with the orphans on their way out, and what to tell."""
    only = command.daemon or None
    if only in [daemon.spec.name for daemon in desired.daemons]:
        words = f"{only} is in the config: take it out first; its tasks are orphans then"
        return desired, Answer(done=False, words=words)
    pruned = removals.pruned(desired, board, only)
    fresh = [spec.name for spec in pruned.removed if spec not in desired.removed]
    if not fresh:
        return desired, _nothing(desired, only)
    orphans = [task for tasks in board.orphans.values() for task in tasks]
    told = ", ".join(f"{_of(orphans, name)} of {name}" for name in fresh)
    words = f"tasks are stopped, within the limits: {told}{_lost(memory)}"
    return pruned, Answer(done=True, words=words)


def confirm(command: Command, memory: Memory, board: Board, now: float) -> Answer:
    """Over half of a daemon may be stopped as misplaced, for a day."""
    rule = board.rules.by_name.get(command.daemon)
    if rule is None or rule.removed:
        return Answer(done=False, words="name a daemon of the config, whose misplaced tasks may go")
    astray = board.counts[rule.name].misscheduled
    if not astray:
        return Answer(done=False, words=f"no task of {rule.name} is misplaced")
    held = memory.daemons.get(rule.name, DaemonMemory())
    until = now + CONFIRMED_SECONDS
    memory.daemons[rule.name] = structs.replace(held, misplaced_until=until)
    words = f"{astray} misplaced tasks of {rule.name} go, maxUnavailable at a time"
    return Answer(done=True, words=words + _lost(memory))


def _lost(memory: Memory) -> str:
    return "" if memory.stored else _LOST


def _nothing(desired: Desired, only: DaemonName | None) -> Answer:
    going = [spec.name for spec in desired.removed if only in (None, spec.name)]
    if going:
        return Answer(done=True, words=f"on their way out already: {', '.join(going)}")
    if only is None:
        return Answer(done=True, words="there are no orphans: nothing to do")
    return Answer(done=False, words=f"no task of ours is of a daemon {only}")


def _of(orphans: list[Task], name: DaemonName) -> int:
    return sum(daemon_of(task.group) == name for task in orphans)
