"""How the containers of a family behave once a host runs them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

EVERY_FAMILY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One family's manners; spans are seconds, two numbers are a range drawn from evenly.

    Attributes:
        start_seconds: from the agent's first step (pull included) to RUNNING.
        exit_after: RUNNING this long, the essential container exits; None: it runs on.
        exit_code: its exit code then.
        reason: the container's ``reason`` then, such as ``OutOfMemoryError: …``.
        container: which container exits; None: the first essential one.
        never_start: it stays PENDING for ever.
        pull_failure: the words after ``CannotPullContainerError: ``; the task never starts.
        healthy_after: a container with a health check turns HEALTHY after this; ``CHECK``: at
            its first check, one interval after its start; None: never.
        unhealthy_after: it turns UNHEALTHY after this; ``CHECK``: its checks fail from the
            start, so after its start period and all retries; None: never.
        stop_seconds: from SIGTERM to the exit; beyond the stop timeout it is killed (137).
        stop_exit_code: the exit code of a container that obeys SIGTERM.
    """

    start_seconds: tuple[float, float] = (0.5, 2.0)
    exit_after: float | None = None
    exit_code: int = 1
    reason: str | None = None
    container: str | None = None
    never_start: bool = False
    pull_failure: str | None = None
    healthy_after: float | Literal["CHECK"] | None = "CHECK"
    unhealthy_after: float | Literal["CHECK"] | None = None
    stop_seconds: tuple[float, float] = (0.2, 2.0)
    stop_exit_code: int = 0


@dataclass(slots=True)
class Manners:
    """Which behaviour holds: the one for a host before the one for all hosts.

    On either, that of ``family:revision`` goes before that of the family; else that of all holds.
    """

    default: Behaviour = field(default_factory=Behaviour)
    by_family: dict[str, Behaviour] = field(default_factory=dict)
    by_host: dict[tuple[str, str], Behaviour] = field(default_factory=dict)

    def of(self, family: str, revision: int, instance_arn: str) -> Behaviour:
        """The behaviour of a revision's containers on one container instance."""
        names = (f"{family}:{revision}", family)
        here = (self.by_host.get((name, instance_arn)) for name in names)
        anywhere = (self.by_family.get(name) for name in names)
        return next((one for one in (*here, *anywhere) if one is not None), self.default)

    def set(self, family: str, behaviour: Behaviour, instance_arn: str | None) -> None:
        """From now on; ``*`` sets what holds for families that have none of their own."""
        if instance_arn is not None:
            self.by_host[family, instance_arn] = behaviour
        elif family == EVERY_FAMILY:
            self.default = behaviour
        else:
            self.by_family[family] = behaviour
