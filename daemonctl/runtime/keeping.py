"""Which of one cluster's memory the store has, and which it still lacks.

The writer marks what changed as unsaved before it plans: planning holds the updates of such a
daemon, and nothing else, until the store has it.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from daemonctl.model.desired import Desired
from daemonctl.model.ids import DaemonName
from daemonctl.model.memory import DaemonMemory, Freeze, Memory, Removal
from daemonctl.model.rollout import Rollout
from daemonctl.planning import removal
from daemonctl.ports import Clock, Sink
from daemonctl.ports.consul import Store
from daemonctl.runtime.commands import Answer
from daemonctl.runtime.describe import Emit
from daemonctl.runtime.facts import Kept, Recalled
from daemonctl.runtime.keeper import Keeper

_SAVING: Final = 4.0  # seconds that an operator's command waits until it is saved


class Keeping:
    """One cluster's memory beside the store; without a store it does nothing."""

    def __init__(self, memory: Memory, keeper: Keeper | None) -> None:
        self.keeper = keeper
        self._memory = memory
        self._saved: dict[DaemonName, Rollout] = {}
        self._asked: dict[DaemonName, Rollout] = {}
        self._removals: dict[DaemonName, Removal] = {}
        self._freeze: Freeze | None = None
        self._recalled = False
        memory.stored = keeper is not None

    @property
    def ready(self) -> bool:
        """Whether rollouts may be steered: what the store knows of them is known here."""
        return self.keeper is None or self._recalled

    async def saved(self, answer: Answer) -> Answer:
        """An operator's answer once the store has what was changed, or with why it has not."""
        if self.keeper is None or not answer.done:
            return answer
        why = await self.keeper.settled(_SAVING)
        return replace(answer, words=f"{answer.words}; {why}") if why else answer

    def recalled(self, fact: Recalled) -> None:
        """What the store has goes before what was found out without it."""
        first, self._recalled = not self._recalled, True
        for name, rollout in fact.rollouts.items():
            held = self._memory.daemons.get(name, DaemonMemory())
            self._memory.daemons[name] = replace(held, rollout=rollout)
            self._saved[name] = self._asked[name] = rollout
            self._memory.unsaved.pop(name, None)
        if not first:
            return
        self._removals = dict(fact.removals)
        for name, said in self._removals.items():
            held = self._memory.daemons.get(name, DaemonMemory())
            if held.misplaced_until is None and said.misplaced_until is not None:
                until = said.misplaced_until
                self._memory.daemons[name] = replace(held, misplaced_until=until)
        if fact.freeze is not None and self._memory.freeze is None:
            self._memory.freeze = self._freeze = fact.freeze

    def kept(self, fact: Kept) -> None:
        """The store has it."""
        self._saved[fact.daemon] = fact.rollout
        held = self._memory.daemons.get(fact.daemon)
        if held is None or held.rollout == fact.rollout:
            self._memory.unsaved.pop(fact.daemon, None)

    def sync(self, desired: Desired, now: float) -> None:
        """Marks what the store lacks, and asks for it to be saved."""
        if self.keeper is None:
            return
        if self._memory.freeze != self._freeze:
            self._freeze = self._memory.freeze
            self.keeper.keep_freeze(self._freeze)
        if self._recalled:
            self._sync_removals(removal.kept(desired, self._memory.daemons, now))
        for name, held in self._memory.daemons.items():
            if held.rollout is None or held.rollout == self._saved.get(name):
                continue
            self._memory.unsaved[name] = None
            if self._recalled and held.rollout != self._asked.get(name):
                self._asked[name] = held.rollout
                self.keeper.keep(name, held.rollout)

    def _sync_removals(self, made: dict[DaemonName, Removal]) -> None:
        for name in self._removals | made:
            if self.keeper is not None and made.get(name) != self._removals.get(name):
                self.keeper.keep_removal(name, made.get(name))
        self._removals = made


def keeping_of(
    desired: Desired,
    memory: Memory,
    store: Store | None,
    *,
    emit: Emit,
    clock: Clock,
    sink: Sink,
) -> Keeping:
    """One cluster's keeping, with a keeper where there is a store."""
    if store is None:
        return Keeping(memory, None)
    of = (store, desired.owner, desired.cluster)
    return Keeping(memory, Keeper(*of, emit=emit, clock=clock, sink=sink))
