"""What one replan gathers on its way over the hosts."""

from __future__ import annotations

from daemonctl.model.ids import ContainerInstanceArn, DaemonName, Slot
from daemonctl.model.memory import NOTHING, DaemonMemory, Memory, SlotMemory
from daemonctl.model.plan import Look
from daemonctl.model.reason import Verdict


class Turn:
    """What changes in memory and verdicts, and what is asked for besides actions."""

    __slots__ = ("broke", "daemons", "looks", "memory", "mended", "slots", "verdicts")

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.verdicts: dict[Slot, Verdict | None] = {}
        self.slots: dict[Slot, SlotMemory | None] = {}
        self.daemons: dict[DaemonName, DaemonMemory] = {}
        self.looks: dict[Look, None] = {}
        self.mended: list[int] = []  # by rule: a start that became ready
        self.broke: list[tuple[ContainerInstanceArn, int]] = []  # where which rule's daemon failed

    def daemon(self, name: DaemonName) -> DaemonMemory:
        """What is remembered of a daemon by now."""
        return self.daemons.get(name) or self.memory.daemons.get(name) or DaemonMemory()

    def keep(self, slot: Slot, held: SlotMemory) -> None:
        """Remembers this of a slot, if it is another than before."""
        if held != self.slot(slot):
            self.slots[slot] = None if held.empty else held

    def slot(self, slot: Slot) -> SlotMemory:
        """What is remembered of a slot by now."""
        if slot in self.slots:
            return self.slots[slot] or NOTHING
        return self.memory.slots.get(slot, NOTHING)
