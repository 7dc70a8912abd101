"""What is looked at now and then besides the daemons: room, idle hosts, hosts that are gone.

Each chore reads afresh what it decides on, asks the check, and writes at once: what others do to
their services changes too fast for the view that daemons are planned on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final, Protocol

from msgspec import Struct

from daemonctl.model.desired import Desired
from daemonctl.model.ids import Slot
from daemonctl.model.lease import Power
from daemonctl.model.memory import Memory
from daemonctl.model.observed import Observed
from daemonctl.model.reason import Condition, Notice, Verdict
from daemonctl.model.spec import ClusterSpec
from daemonctl.ports import ApiError, Clock, Cluster, Sink
from daemonctl.ports.surroundings import Surroundings
from daemonctl.runtime.crew import end_if_cancelled
from daemonctl.runtime.describe import Describer
from daemonctl.runtime.mandate import UNBOUNDED, Mandate

EVERY_SECONDS: Final = 5.0
"""How often the chores are looked at. What they wait for takes minutes."""


class State(Protocol):
    """What a chore sees of its cluster."""

    @property
    def spec(self) -> ClusterSpec: ...
    @property
    def desired(self) -> Desired | None: ...
    @property
    def observed(self) -> Observed | None: ...  # None before the first full view
    @property
    def verdicts(self) -> Mapping[Slot, Verdict]: ...
    @property
    def memory(self) -> Memory: ...


class Tools(Struct, frozen=True):
    """What a chore works with."""

    cluster: Cluster
    surroundings: Surroundings
    clock: Clock
    sink: Sink
    describe: Describer
    alias: str
    dry: bool = False
    mandate: Mandate = UNBOUNDED

    @property
    def lent(self) -> bool:
        """Whether this process leads the cluster at this moment: asked before each write."""
        return self.mandate.power() is Power.FULL

    def wrote(self, action: str, outcome: str, words: str, daemon: str = "") -> None:
        """Tells of a call that changes something, and counts it."""
        labels = {"cluster": self.alias, "daemon": daemon, "action": action, "outcome": outcome}
        self.sink.count("actions", **labels)
        self.sink.deed(self.alias, action, outcome, words)

    def kept_back(self, invariant: str, faults: Sequence[str]) -> bool:
        """Tells what the check found; whether it found anything."""
        for words in faults:
            self.sink.violation(self.alias, invariant, words)
        return bool(faults)


class Chore(Protocol):
    """One thing that is looked at now and then."""

    needs_first_look: ClassVar[bool]
    """Whether it writes only once the first look is over: it goes by what the view remembers."""

    async def look(
        self, desired: Desired, observed: Observed, now: float, *, may_write: bool
    ) -> Sequence[Condition]:
        """One look. Raises ApiError: the next look is made all the same."""
        ...


class Chores:
    """The loop over the chores of one cluster, and what they have to tell."""

    def __init__(self, state: State, tools: Tools, chores: Sequence[Chore], *, dry: bool) -> None:
        self.conditions: tuple[Condition, ...] = ()
        self._state = state
        self._tools = tools
        self._chores = chores
        self._dry = dry
        self._told: dict[tuple[Notice, str], Condition] = {}
        self._bell = asyncio.Event()

    def ring(self) -> None:
        """There is something to look at now."""
        self._bell.set()

    async def run(self) -> None:
        """Looks for ever."""
        while True:
            await self._pause()
            await self.look()

    async def _pause(self) -> None:
        nap = asyncio.ensure_future(self._tools.clock.sleep(EVERY_SECONDS))
        bell = asyncio.ensure_future(self._bell.wait())
        try:
            await asyncio.wait((nap, bell), return_when=asyncio.FIRST_COMPLETED)
        finally:
            nap.cancel()
            bell.cancel()
        self._bell.clear()

    async def look(self) -> None:
        """One look by each; what fails is told and tried again."""
        desired, observed = self._state.desired, self._state.observed
        now = self._tools.clock.now()
        if desired is None or observed is None or not _trusted(desired, observed, now):
            return
        may_write = not self._dry and self._state.memory.freeze is None and self._tools.lent
        looked = observed.first_full_at is not None and (
            now >= observed.first_full_at + desired.first_look_seconds
        )
        found: list[Condition] = []
        for chore in self._chores:
            try:
                may = may_write and (looked or not chore.needs_first_look)
                at = self._tools.clock.now()  # the one before may have taken a while
                found += await chore.look(desired, observed, at, may_write=may)
            except ApiError as error:
                end_if_cancelled()
                words = f"{error.code}: {error.message}"
                name = type(chore).__name__
                self._tools.sink.log(
                    "warning", "a chore failed", cluster=self._tools.alias, chore=name, error=words
                )
        self._tell(found)

    def _tell(self, found: Sequence[Condition]) -> None:
        self.conditions = tuple(found)
        held = {(one.notice, one.daemon): one for one in found}
        for key, condition in held.items():
            if key not in self._told:
                self._tools.sink.condition(self._tools.alias, condition, on=True)
        for key, condition in self._told.items():
            if key not in held:
                self._tools.sink.condition(self._tools.alias, condition, on=False)
        self._told = held


def _trusted(desired: Desired, observed: Observed, now: float) -> bool:
    """Nothing is concluded from a partial or an old view."""
    return observed.complete and now <= observed.as_of + desired.stale_after_seconds
