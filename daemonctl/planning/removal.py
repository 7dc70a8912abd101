"""Daemons that left the config: whose tasks run on, whose are stopped, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.desired import Desired
from daemonctl.model.ids import DaemonName, daemon_of, family_of
from daemonctl.model.memory import DaemonMemory, Removal
from daemonctl.model.spec import DaemonSpec, OnRemove

_NOTHING: Final = DaemonMemory()
_NO_REMOVAL: Final = Removal()


def carry(old: Desired, new: Desired) -> Desired:
    """``new`` with the daemons whose tasks have to go.

    Those are the ones of ``onRemove: STOP`` that left just now, and those that were on their way
    out before. One that is back in the config stays.
    """
    wanted = [daemon.spec.name for daemon in new.daemons]
    leaving = [one.spec for one in old.daemons if one.spec.on_remove is OnRemove.STOP]
    gone = {spec.name: spec for spec in (*old.removed, *leaving) if spec.name not in wanted}
    return structs.replace(new, removed=tuple(gone.values()))


def gone(old: Desired, new: Desired) -> tuple[DaemonSpec, ...]:
    """The daemons of ``old`` that ``new`` does not have."""
    wanted = [daemon.spec.name for daemon in new.daemons]
    return tuple(one.spec for one in old.daemons if one.spec.name not in wanted)


def kept(
    desired: Desired, daemons: Mapping[DaemonName, DaemonMemory], now: float
) -> dict[DaemonName, Removal]:
    """What must outlive the process: whose tasks go, or would once it is out of the config.

    With it the confirmations that still hold (see ``DaemonMemory.misplaced_until``).
    """
    found: dict[DaemonName, Removal] = {}
    for spec in (one.spec for one in desired.daemons):
        until = daemons.get(spec.name, _NOTHING).misplaced_until
        made = Removal(
            _lean(spec) if spec.on_remove is OnRemove.STOP else None,
            until if until is not None and until > now else None,
        )
        if made != _NO_REMOVAL:
            found[spec.name] = made
    return found | {spec.name: Removal(_lean(spec)) for spec in desired.removed}


def recall(desired: Desired, removals: Mapping[DaemonName, Removal]) -> Desired:
    """``desired`` with those on their way out that another process has left behind."""
    there = (*(one.spec for one in desired.daemons), *desired.removed)
    names = [spec.name for spec in there]
    back = [one.spec for one in removals.values() if one.spec is not None]
    fresh = [spec for spec in back if spec.name not in names]
    return structs.replace(desired, removed=(*desired.removed, *fresh))


def prune(
    desired: Desired,
    orphans: Iterable[Task],
    known: Mapping[DaemonName, DaemonSpec],
    only: DaemonName | None = None,
) -> Desired:
    """``desired`` with the daemons of these orphan tasks on their way out, or ``only`` that one.

    Of a daemon that is ``known`` the order of ``dependsOn`` is kept. What daemonctl has not put
    into its group is left alone: nothing says which daemon it was.
    """
    found: dict[DaemonName, DaemonSpec] = {}
    for task in sorted(orphans, key=lambda task: task.arn):
        name = daemon_of(task.group)
        if name is not None and only in (None, name):
            made = DaemonSpec(name, family_of(task.definition), on_remove=OnRemove.STOP)
            # Adopted ones were its own only while it was in the config.
            spec = structs.replace(known.get(name, made), adopt=False)
            found.setdefault(name, spec)
    already = [spec.name for spec in desired.removed]
    fresh = [spec for name, spec in sorted(found.items()) if name not in already]
    return structs.replace(desired, removed=(*desired.removed, *fresh))


def _lean(spec: DaemonSpec) -> DaemonSpec:
    """Without what only starts ask for: overrides may hold much, and what not everybody may see."""
    return structs.replace(spec, overrides="", constraints=(), tags=())
