"""Faults on purpose: what goes wrong, how often, until when, and how often it struck.

The world asks about events and lists; the faces (HTTP, memory) ask about what happens around a
call. A kind that is not set costs no dice, so that a world without faults runs the same trace
with this module as without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

THROTTLE = "throttle"
SERVER_ERROR = "server_error"
LATENCY = "latency"
EVENT_LOST = "event_lost"
EVENT_DOUBLED = "event_doubled"
EVENT_SHUFFLED = "event_shuffled"
STALE_LIST = "stale_list"
AMBIGUOUS_START = "ambiguous_start"


EVEN = 0.5
Lost = Literal["dropped", "server_error"]
"""How an answer gets lost: the connection is cut, or a 5xx comes in its place."""


@dataclass(frozen=True)
class Kind:
    """One kind of fault.

    Attributes:
        words: What it does, in one line.
        size: How large it is unless told otherwise, in seconds; 0 where size means nothing.
    """

    words: str
    size: float = 0.0


KINDS: dict[str, Kind] = {
    THROTTLE: Kind("a call is refused as throttled, nothing is done"),
    SERVER_ERROR: Kind("a call is answered with a 5xx, nothing is done"),
    LATENCY: Kind("an answer comes late", size=2.0),
    EVENT_LOST: Kind("an event never reaches a queue"),
    EVENT_DOUBLED: Kind("an event reaches a queue twice"),
    EVENT_SHUFFLED: Kind("an event is held back while others pass it", size=20.0),
    STALE_LIST: Kind("a list shows what was true a while ago", size=10.0),
    AMBIGUOUS_START: Kind("StartTask is done, but the answer is lost"),
}


@dataclass(frozen=True)
class Fault:
    """One fault that is set.

    Attributes:
        rate: Share of the chances that it takes, in [0, 1].
        until: World time in epoch seconds at which it ends; None: until it is cleared.
        size: Seconds, for the kinds that have a size.
    """

    rate: float
    until: float | None
    size: float


class Faults:
    """The faults of one world, with a count of hits for every kind.

    Attributes:
        hits: How often each kind struck since the world began; clearing keeps the counts.
    """

    def __init__(self, dice: Callable[[], float]) -> None:
        self._dice = dice
        self._set: dict[str, Fault] = {}
        self.hits: dict[str, int] = dict.fromkeys(KINDS, 0)

    def set(
        self,
        kind: str,
        *,
        rate: float = 1.0,
        until: float | None = None,
        size: float | None = None,
    ) -> None:
        """Set a fault, in place of an earlier one of its kind.

        Raises:
            ValueError: The kind is unknown, or a number is out of its range.
        """
        if kind not in KINDS:
            raise ValueError(f"unknown fault {kind!r}: one of {', '.join(KINDS)}")
        if not 0.0 <= rate <= 1.0:
            raise ValueError(f"a rate is a share from 0 to 1, not {rate}")
        if size is not None and not 0.0 <= size < float("inf"):
            raise ValueError(f"a size is a number of seconds, 0 or more, not {size}")
        self._set[kind] = Fault(rate, until, KINDS[kind].size if size is None else size)

    def clear(self, kind: str | None = None) -> None:
        """End one kind of fault, or all of them."""
        if kind is None:
            self._set.clear()
        else:
            self._set.pop(kind, None)

    def active(self, now: float) -> dict[str, Fault]:
        """Tell the faults that are set and not over, in the order of `KINDS`."""
        return {
            kind: fault
            for kind in KINDS
            if (fault := self._set.get(kind)) is not None
            and (fault.until is None or now < fault.until)
        }

    def strikes(self, kind: str, now: float) -> bool:
        """Say whether this chance is hit, and count it if so."""
        fault = self._set.get(kind)
        if fault is None or (fault.until is not None and now >= fault.until):
            return False
        if self._dice() >= fault.rate:
            return False
        self.hits[kind] += 1
        return True

    def latency(self, now: float) -> float:
        """Tell by how many seconds the answer to a call is late; 0.0 when no fault strikes."""
        return self._set[LATENCY].size if self.strikes(LATENCY, now) else 0.0

    def lists_stale(self, now: float) -> float:
        """Tell how many seconds old the truth is that a list shows; 0.0 when no fault strikes."""
        return self._set[STALE_LIST].size if self.strikes(STALE_LIST, now) else 0.0

    def event_delays(self, now: float) -> tuple[float, ...]:
        """Tell the extra delay in seconds of each copy of an event; an empty tuple: it is lost."""
        if self.strikes(EVENT_LOST, now):
            return ()
        first = self._held_back(now)
        return (first, self._held_back(now)) if self.strikes(EVENT_DOUBLED, now) else (first,)

    def _held_back(self, now: float) -> float:
        if not self.strikes(EVENT_SHUFFLED, now):
            return 0.0
        return self._dice() * self._set[EVENT_SHUFFLED].size

    def answer_lost(self, now: float) -> Lost | None:
        """Say whether the answer of a StartTask that was done gets lost, and how."""
        if not self.strikes(AMBIGUOUS_START, now):
            return None
        return "dropped" if self._dice() < EVEN else "server_error"
