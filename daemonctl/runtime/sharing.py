"""How replicas share the clusters among them: which free lease is for this one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from daemonctl.planning import leadership
from daemonctl.planning.leadership import Rules
from daemonctl.runtime.seat import Seat

_NOT_WANTED: Final = 600.0  # so long a cluster that nobody else took is not offered again


class Sharing:
    """Of one replica."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._crowded_since: float | None = None
        self._kept: dict[str, float] = {}

    def may_take(self, seat: Seat, seats: Sequence[Seat], replicas: int, now: float) -> bool:
        """Whether nobody holds it and it is this replica's turn."""
        if seat.holder.session or seat.free_since is None or seat.held_since is not None:
            return False
        return leadership.may_take(
            self._rules,
            len(_led(seats)),
            len(seats),
            replicas,
            free_since=seat.free_since,
            now=now,
        )

    def took(self, seat: Seat, now: float) -> None:
        """What nobody else wanted for so long is not offered again at once."""
        if seat.free_since is not None and now - seat.free_since >= self._rules.takeover:
            self._kept[seat.alias] = now + _NOT_WANTED

    def offered(self, seats: Sequence[Seat], replicas: int, now: float) -> Seat | None:
        """The one to hand over now to a replica that leads fewer."""
        led = [seat.alias for seat in _led(seats)]
        if len(led) <= leadership.fair_share(len(seats), replicas):
            self._crowded_since = None
            return None
        if self._crowded_since is None:
            self._crowded_since = now
        name = leadership.to_yield(
            self._rules,
            led,
            len(seats),
            replicas,
            crowded_since=self._crowded_since,
            now=now,
            kept=self._kept,
        )
        if not name:
            return None
        self._crowded_since = now
        return next(seat for seat in seats if seat.alias == name)


def _led(seats: Sequence[Seat]) -> list[Seat]:
    return [seat for seat in seats if seat.held_since is not None]
