"""Who leads a cluster, in words for an operator."""

from __future__ import annotations

import re

from daemonctl.model.lease import Power
from daemonctl.runtime.leadership import Replica
from daemonctl.runtime.report_source import Role, Standing
from daemonctl.runtime.seat import Seat

_LOOPBACK = ("127.0.0.1", "[::1]", "localhost")
_PLAIN = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}")


def standing_of(seat: Seat | None, replica: Replica, trouble: str) -> Standing:
    """``trouble``: why the lease cannot be looked for yet, "" where it can."""
    if seat is None:
        words = trouble or "the cluster is being looked up, to know its lease by"
        return Standing(Role.STANDBY, None, "", "", words)
    advert, down = seat.holder.advert, replica.trouble
    if seat.held_since is not None or seat.eldest:
        role, words = Role.LEADER, ""
        if seat.power() is not Power.FULL:
            repairs = seat.repair
            role = Role.UNSURE if repairs is None else Role.REPAIR_ONLY
            words = seat.doubt if repairs is None else repairs.words
        return Standing(role, seat.held_since, replica.host, replica.address(), words)
    if advert is None or not seat.holder.session:
        words = "no replica leads it at this moment"
    else:
        words = f"the replica on {advert.host} leads it"
    address = "" if advert is None else _usable(advert.address, advert.host, replica.host)
    words += f": ask {address}" if address and seat.holder.session else ""
    if down:
        words += f"; the lock store does not answer: {down}"
    since = None if advert is None else advert.since
    return Standing(
        Role.STANDBY,
        since,
        "" if advert is None else advert.host,
        address if seat.holder.session else "",
        words,
    )


def _usable(address: str, host: str, here: str) -> str:
    """The address of another replica's API as it may be given out, "" where it may not.

    It comes from the lock store: anything but a plain URL of a host and a port is none. A loopback
    address is good on that very host only.
    """
    found = _PLAIN.fullmatch(address)
    if found is None or (found[1] in _LOOPBACK and host != here):
        return ""
    return address
