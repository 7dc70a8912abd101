"""Who leads a cluster, and why that changed: one row of the journal for each change."""

from __future__ import annotations

from daemonctl.model.ids import ClusterAlias
from daemonctl.model.lease import Power
from daemonctl.ports import Sink
from daemonctl.runtime.seat import Seat

LEADS, REPAIRS, UNSURE, STANDBY, NOBODY = "LEADS", "REPAIRS", "UNSURE", "STANDBY", "NOBODY"
LET_GO = "LET_GO"
"""The codes of the rows."""

LOST = "this replica lost the lease: its session in the lock store ended, or was ended by somebody"


class Tenure:
    """What was last told of the leases that one replica looks after."""

    def __init__(self, sink: Sink, host: str) -> None:
        self._sink = sink
        self._host = host
        self._told: dict[ClusterAlias, tuple[str, object]] = {}
        self._before: dict[ClusterAlias, str] = {}  # who led last, where it was another one
        self._why: dict[ClusterAlias, str] = {}

    def because(self, seat: Seat, why: str) -> None:
        """Why the next change comes."""
        self._why[seat.alias] = why

    def look(self, seat: Seat, trouble: str) -> None:
        """Tells what has changed since the last look. ``trouble``: of the lock store, or ""."""
        code, key, words = self._standing(seat, trouble)
        if self._told.get(seat.alias) == (code, key):
            return
        self._told[seat.alias] = (code, key)
        why = self._why.pop(seat.alias, "")
        self._sink.leadership(seat.alias, code, f"{words}: {why}" if why else words)

    def over(self, seat: Seat) -> None:
        """This replica ends, or the cluster left its config."""
        code, _ = self._told.pop(seat.alias, ("", None))
        if code in (LEADS, REPAIRS, UNSURE):
            words = f"{self._host} let go of the cluster: it ends, or its config has it no more"
            self._sink.leadership(seat.alias, LET_GO, words)

    def _standing(self, seat: Seat, trouble: str) -> tuple[str, object, str]:
        power, mine = seat.power(), seat.held_since is not None
        if power is Power.REPAIR:
            words = f"{self._host} only starts and repairs, without the lease"
            return REPAIRS, None, f"{words}: {trouble}" if trouble else words
        if mine and power is Power.NONE:
            return UNSURE, None, f"{self._host} writes nothing: {seat.doubt}"
        if mine:
            before = self._before.get(seat.alias, "")
            after = f", after {before}" if before else ""
            return LEADS, seat.held_since, f"{self._host} leads{after}"
        advert = seat.holder.advert
        if not seat.holder.session and trouble:
            return UNSURE, None, f"who leads is not known, {self._host} writes nothing: {trouble}"
        if not seat.holder.session:
            return NOBODY, None, "nobody leads: the lease is free"
        other = "another replica" if advert is None else f"{advert.host} ({advert.address})"
        self._before[seat.alias] = other
        return STANDBY, seat.holder.session, f"{other} leads, {self._host} stands by"
