"""What a daemon has on one host, and what of it stays where there is more than one."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from daemonctl.model.cluster import Task
from daemonctl.model.ids import family_of
from daemonctl.model.observed import Host
from daemonctl.planning.adopt import free
from daemonctl.planning.losses import born
from daemonctl.planning.readiness import Readiness, Ready
from daemonctl.planning.rules import Rules

_NONE: tuple[Task, ...] = ()


class Sorted(Struct, gc=False):
    """The tasks of a host by whose they are."""

    own: dict[str, list[Task]]  # by group, adopted ones among them
    foreign: tuple[Task, ...]  # live, of a daemon's family, started by somebody else
    orphans: tuple[Task, ...]  # live and ours, of no daemon that is wanted on this cluster


def sort_tasks(rules: Rules, host: Host) -> Sorted:
    """Every task of the host to whom it belongs."""
    own: dict[str, list[Task]] = {}
    foreign, orphans = _NONE, _NONE
    for task in host.tasks:
        if task.started_by != rules.mark:
            family = family_of(task.definition)
            if family in rules.adopting and free(task):
                own.setdefault(rules.adopting[family], []).append(task)
            elif task.live and family in rules.families:
                foreign += (task,)
        elif task.group in rules.groups:
            own.setdefault(task.group, []).append(task)
        elif task.live:
            orphans += (task,)
    return Sorted(own, foreign, orphans)


class Ranked(Struct, frozen=True):
    """A live task with what decides whether it stays."""

    task: Task
    wanted: bool  # of the revision that a gap here would get
    state: Readiness


def keep_first(tasks: Iterable[Ranked]) -> list[Ranked]:
    """Duplicates, the one to keep first.

    Kept is a ready one, else one of the wanted revision, else a running one; of several that are
    ready one of the wanted revision; among equals the oldest. What works is never given for what
    does not work yet: an outdated one that stays is updated in its turn, within the budget.
    """
    return sorted(tasks, key=_rank)


def _rank(ranked: Ranked) -> tuple[bool, bool, bool, float, str]:
    task = ranked.task
    return (
        ranked.state.value is not Ready.READY,
        not ranked.wanted,
        task.last_status != "RUNNING",
        born(task),
        task.arn,
    )
