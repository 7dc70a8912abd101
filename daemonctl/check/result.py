"""What a check answers."""

from __future__ import annotations

from msgspec import Struct

from daemonctl.model.plan import Action


class Violation(Struct, frozen=True):
    """An action, or a part of one, that would have broken an invariant. Each one is a bug."""

    invariant: str
    words: str  # for people: which daemon, which instance, what is wrong
    action: Action | None  # as it was planned; None where no single action is at fault


class Checked(Struct, frozen=True):
    """What may be done, in the order of the plan, and why the rest may not."""

    allowed: tuple[Action, ...]
    violations: tuple[Violation, ...]
