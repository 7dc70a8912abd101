"""ports.Sink that keeps nothing."""

from __future__ import annotations

from daemonctl.model.plan import Action
from daemonctl.model.reason import Condition, Verdict


class Silence:
    """Hears everything and says nothing."""

    def verdict(
        self, cluster: str, instance: str, daemon: str, old: Verdict | None, new: Verdict | None
    ) -> None:
        """Nothing."""

    def condition(self, cluster: str, condition: Condition, *, on: bool) -> None:
        """Nothing."""

    def action(self, cluster: str, action: Action, outcome: str, words: str) -> None:
        """Nothing."""

    def leadership(self, cluster: str, code: str, words: str) -> None:
        """Nothing."""

    def deed(self, cluster: str, action: str, outcome: str, words: str) -> None:
        """Nothing."""

    def command(self, cluster: str, daemon: str, verb: str, outcome: str, words: str) -> None:
        """Nothing."""

    def violation(self, cluster: str, invariant: str, words: str) -> None:
        """Nothing."""

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Nothing."""

    def count(self, name: str, **labels: str) -> None:
        """Nothing."""

    def log(self, level: str, event: str, **fields: object) -> None:
        """Nothing."""
