"""ports.Sink of a life: the check's complaints and the controller's own bugs are breaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.model.plan import Action
from daemonctl.model.reason import Condition, Verdict

if TYPE_CHECKING:
    from tests.simulation.life import Life
    from tests.simulation.stage import Stage


class Ear:
    """Hears what the controller tells."""

    def __init__(self, stage: Stage, life: Life) -> None:
        self._stage = stage
        self._life = life

    def verdict(
        self, cluster: str, instance: str, daemon: str, old: Verdict | None, new: Verdict | None
    ) -> None:
        """Verdicts are beliefs: the oracle does not listen to them."""

    def condition(self, cluster: str, condition: Condition, *, on: bool) -> None:
        self._stage.note(self._life.name, f"condition {condition.notice} {condition.daemon} {on}")

    def action(self, cluster: str, action: Action, outcome: str, words: str) -> None:
        """The calls themselves are in the trace."""

    def violation(self, cluster: str, invariant: str, words: str) -> None:
        self._stage.oracle.breach(f"check {invariant}", words, self._stage.now)

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Measurements come from the virtual clock and judge nothing."""

    def count(self, name: str, **labels: str) -> None:
        """The world counts for itself."""

    def log(self, level: str, event: str, **fields: object) -> None:
        words = f"{event}: {fields}"
        self._stage.note(self._life.name, f"{level}: {words}"[:200])
        if level == "error":
            self._stage.oracle.breach("bug", words, self._stage.now)
