"""ports.Sink of a life: the check's complaints and the controller's own bugs are breaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.model.reason import Condition
from tests.simulation.silence import Silence

if TYPE_CHECKING:
    from tests.simulation.life import Life
    from tests.simulation.stage import Stage


class Ear(Silence):
    """Hears what the controller tells; verdicts are beliefs and not listened to."""

    def __init__(self, stage: Stage, life: Life) -> None:
        self._stage = stage
        self._life = life

    def condition(self, cluster: str, condition: Condition, *, on: bool) -> None:
        self._stage.note(self._life.name, f"condition {condition.notice} {condition.daemon} {on}")

    def violation(self, cluster: str, invariant: str, words: str) -> None:
        self._stage.oracle.breach(f"check {invariant}", words, self._stage.now)

    def log(self, level: str, event: str, **fields: object) -> None:
        words = f"{event}: {fields}"
        self._stage.note(self._life.name, f"{level}: {words}"[:200])
        if level == "error":
            self._stage.oracle.breach("bug", words, self._stage.now)
