"""One cluster's lease, as one replica has it. It is the mandate of the service that leads there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
from msgspec import Struct

from daemonctl.model.ids import ClusterAlias
from daemonctl.model.lease import Advert, Power, RepairOnly
from daemonctl.model.stored import SchemaError, pack, unpack
from daemonctl.planning import leadership
from daemonctl.planning.leadership import Known, Rules
from daemonctl.ports.lease import Lock

SCHEMA = 1
"""Of what is written into a lease."""


class Holder(Struct, frozen=True):
    """Who holds a lease; where ``session`` is "" who held it last."""

    session: str
    advert: Advert | None  # None where it cannot be read


class Seat:
    """What a replica knows of one cluster's lease. Only the replica changes it.

    Attributes:
        key: Of the lock.
        held_since: When this replica took it, None where it does not hold it.
        holder: Who does, by the last look.
        free_since: Since when nobody does.
        offered: This replica is to hand it over.
        eldest: It repairs here for want of anybody else, while the lock store is silent.
        bell: Rung whenever any of that, or what may be written, has changed.
    """

    def __init__(
        self, alias: ClusterAlias, key: str, known: Callable[[], tuple[Known, Rules, float, str]]
    ) -> None:
        self.alias = alias
        self.key = key
        self.held_since: float | None = None
        self.holder = Holder("", None)
        self.free_since: float | None = None
        self.offered = False
        self.eldest = False
        self.bell = asyncio.Event()
        self._known = known
        self._told: tuple[object, ...] = ()

    def power(self) -> Power:
        """See Mandate."""
        known, rules, now, _ = self._known()
        held = self.held_since is not None
        return leadership.power(known, rules, now, held=held, eldest=self.eldest)

    @property
    def repair(self) -> RepairOnly | None:
        """See Mandate. What was stopped before the lease ran out was this replica's own doing."""
        if self.power() is not Power.REPAIR:
            return None
        known, _, _, trouble = self._known()
        ours = self.held_since is not None and known.valid_until is not None
        words = f"the lock store is down: only starts and repairs until it is back; {trouble}"
        return RepairOnly(known.valid_until or 0.0 if ours else 0.0, words)

    @property
    def doubt(self) -> str:
        """See Mandate."""
        if self.held_since is None:
            return "another replica leads, or nobody does"
        return "the lease has run out and the lock store has not answered yet: nothing is written"

    @property
    def term(self) -> float | None:
        """What a service lives for: a lease while it is held, or an outage that it repairs in."""
        if self.offered:
            return None
        if self.held_since is not None:
            return self.held_since
        return 0.0 if self.eldest else None

    def seen(self, lock: Lock | None, now: float) -> None:
        """What the store says of the key."""
        session = "" if lock is None else lock.session
        self.holder = Holder(session, None if lock is None else _advert(lock.value))
        if session:
            self.free_since = None
        elif self.free_since is None:
            self.free_since = now

    def taken(self, now: float) -> None:
        """This replica holds it."""
        self.held_since, self.free_since, self.eldest = now, None, False

    def lost(self) -> None:
        """This replica does not hold it any more, or was told so."""
        self.held_since, self.offered = None, False

    def tell(self) -> None:
        """Rings if anything has changed since the last time."""
        told = (self.power(), self.term, self.offered, self.holder)
        if told != self._told:
            self._told = told
            self.bell.set()


def _advert(value: bytes) -> Advert | None:
    try:
        return unpack(value, Advert, SCHEMA)
    except SchemaError:
        return None


def written(advert: Advert) -> bytes:
    """The value of a lock."""
    return pack(msgspec.to_builtins(advert), SCHEMA)
