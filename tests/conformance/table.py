"""The table: one row a documented fact about ECS, its words beside the code that holds us to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conformance.place import Place

    Check = Callable[[Place], None]

SECTIONS = {
    1: "Operations",
    2: "Container instances",
    3: "Tasks",
    4: "Events and queues",
    5: "Throttling and quotas",
    6: "DAEMON services",
}


@dataclass(frozen=True)
class Row:
    """One fact.

    Attributes:
        section: Of the fact sheet.
        words: The fact's own.
        check: Fails where the local ECS does otherwise.
        wire: It is also checked through boto3 and HTTP.
        switches: The world's, where the fact needs some.
    """

    section: int
    words: str
    check: Check
    wire: bool
    switches: dict[str, Any]

    @property
    def name(self) -> str:
        """A name for a test."""
        return self.check.__name__


TABLE: list[Row] = []


def fact(
    section: int, words: str, *, wire: bool = False, **switches: Any
) -> Callable[[Check], Check]:
    """Enter a fact; the function below it holds the local ECS to its words."""

    def enter(check: Check) -> Check:
        TABLE.append(Row(section, words, check, wire, switches))
        return check

    return enter
