"""How far a daemon is on its way from one revision to the next: what must outlive a process."""

from __future__ import annotations

import hashlib
from enum import StrEnum

from msgspec import Struct

from daemonctl.model.ids import ContainerInstanceArn, TaskDefinitionArn, short

HISTORY_KEPT = 20
"""Entries of a daemon's history; the oldest goes first."""


class Revision(Struct, frozen=True):
    """What a daemon runs: a task definition and overrides, templates not yet filled in."""

    definition: TaskDefinitionArn
    overrides: str = ""  # normalised JSON text, "" for none

    def __str__(self) -> str:
        return short(self.definition) + (" with overrides" if self.overrides else "")

    @property
    def tag(self) -> str:
        """The same for a tag's value, which takes neither braces nor quotes (API: Tag)."""
        name = short(self.definition)
        if not self.overrides:
            return name
        return f"{name}+{hashlib.sha256(self.overrides.encode()).hexdigest()[:12]}"


class Phase(StrEnum):
    """Where a daemon stands."""

    STEADY = "STEADY"  # nothing is under way; what comes late is brought up to date
    CANARY = "CANARY"  # the canaries are updated, then watched for canary.bakeTimeInMinutes
    ROLLING = "ROLLING"  # one after the other, within the budget
    BAKING = "BAKING"  # all are updated, and watched for bakeTimeInMinutes
    HALTED = "HALTED"  # too many failed: gaps get the last good revision, nothing is updated
    UNCLEAR = "UNCLEAR"  # found mixed and failing by a process that remembers nothing


UNDER_WAY = (Phase.CANARY, Phase.ROLLING, Phase.BAKING)
"""A rollout in progress. HALTED and UNCLEAR wait for a person."""


class FailedInstance(Struct, frozen=True):
    """An instance on which the target did not become ready, or fell back while it was watched."""

    instance: ContainerInstanceArn
    at: float  # epoch seconds
    reason: str  # for people
    container: str = ""
    exit_code: int | None = None
    fell_back: bool = False  # it had been ready before


class Pause(Struct, frozen=True):
    """An operator stopped the updates. Repair goes on."""

    at: float
    words: str = ""


class Outcome(StrEnum):
    """What became of an entry of the history."""

    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    SUPERSEDED = "SUPERSEDED"  # another revision was asked for before it was complete
    HALTED = "HALTED"
    ROLLED_BACK = "ROLLED_BACK"


class HistoryEntry(Struct, frozen=True):
    """One rollout of a daemon on a cluster."""

    number: int  # counts up from 1
    revision: Revision
    at: float  # when it began, epoch seconds
    cause: str  # for people: config, undo to 3, rollback of 4, restart
    outcome: Outcome = Outcome.RUNNING


class Rollout(Struct, frozen=True):
    """All that is remembered of one daemon's revisions on one cluster.

    ``asked`` is what the config wanted when ``target`` was chosen. While the config goes on to want
    the same, a target that differs from it (rolled back, undone) stays.
    """

    asked: Revision
    target: Revision
    last_good: Revision | None = None  # None: nothing was seen ready everywhere yet
    phase: Phase = Phase.STEADY
    began: float = 0.0  # when the rollout to the target began, epoch seconds
    bake_since: float | None = None  # the canaries, or all, have been ready since
    canaries: tuple[ContainerInstanceArn, ...] = ()
    failed: tuple[FailedInstance, ...] = ()
    rollback_of: Revision | None = None  # what the target was chosen to get away from
    pause: Pause | None = None
    restarted_at: float | None = None  # tasks created before are replaced
    history: tuple[HistoryEntry, ...] = ()  # oldest first

    @property
    def under_way(self) -> bool:
        """A rollout is in progress, paused or not."""
        return self.phase in UNDER_WAY

    @property
    def revisions(self) -> tuple[Revision, ...]:
        """Every revision that may have to be started, each once."""
        named = (self.target, self.last_good, self.asked)
        return tuple(dict.fromkeys(one for one in named if one is not None))
