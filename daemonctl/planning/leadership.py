"""Who may write what, by what a replica knows of its lease; and which leases it should hold.

Nothing here measures time: all times are this process's monotonic clock in epoch seconds. A lease
counts from before its renewal was sent, so that it ends here before it can end anywhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from daemonctl.model.lease import Power

UNHELD_TTLS = 3
"""So many times the TTL the store is silent before one who never held the lease repairs."""


class Rules(Struct, frozen=True):
    """``leaderElection`` of the config."""

    ttl: float
    lock_delay: float
    repair: bool = True  # onStoreDown: REPAIR; else whoever never held the lease waits

    @property
    def takeover(self) -> float:
        """Seconds from the death of a holder until another one leads, at most."""
        return 2 * self.ttl + self.lock_delay


class Known(Struct, frozen=True):
    """What a replica knows of the lock store."""

    answered_at: float  # when the store last answered; at first, when the replica began
    valid_until: float | None = None  # of its session, None where it has none
    failed_at: float | None = None  # when the last call failed; None once one was answered


def answered(known: Known, now: float) -> Known:
    """The store has answered something."""
    return replace(known, answered_at=now, failed_at=None)


def renewed(known: Known, sent_at: float, now: float, ttl: float) -> Known:
    """The session was made or renewed by a call that was sent at ``sent_at``."""
    return replace(answered(known, now), valid_until=sent_at + ttl)


def ended(known: Known, now: float) -> Known:
    """The store says that the session is gone."""
    return replace(answered(known, now), valid_until=None)


def failed(known: Known, began: float, now: float, ttl: float) -> Known:
    """A call got no answer.

    One that took longer than its own time-out says nothing about the store: this process was
    stopped meanwhile (SIGSTOP, a frozen machine).
    """
    return known if now - began > ttl else replace(known, failed_at=now)


def down(known: Known, now: float, ttl: float) -> bool:
    """Whether the store is known to be silent: a call failed, and not long ago."""
    return known.failed_at is not None and now - known.failed_at <= ttl


def power(known: Known, rules: Rules, now: float, *, held: bool, eldest: bool) -> Power:
    """What may be written to a cluster.

    Args:
        known: Of the lock store.
        rules: Of the config.
        now: The moment.
        held: The store said that this replica holds the lease, and nothing else since.
        eldest: It never did, and is the oldest running task of its ECS service, and who held the
            lease last does not run any more.
    """
    if held and known.valid_until is not None and now < known.valid_until:
        return Power.FULL
    if not down(known, now, rules.ttl):
        return Power.NONE  # stopped for a while: the store has to be asked first
    return Power.REPAIR if held or (eldest and orphaned(known, rules, now)) else Power.NONE


def orphaned(known: Known, rules: Rules, now: float) -> bool:
    """Whether the store is silent for so long that one who never held the lease may repair."""
    silent = now - known.answered_at >= UNHELD_TTLS * rules.ttl
    return rules.repair and silent and down(known, now, rules.ttl)


def fair_share(clusters: int, replicas: int) -> int:
    """How many of the clusters one replica leads, where all of them live: rounded up."""
    return -(-clusters // max(1, replicas))


def may_take(
    rules: Rules, led: int, clusters: int, replicas: int, *, free_since: float, now: float
) -> bool:
    """Whether a lease that nobody holds is for this replica, which leads ``led`` others.

    Beyond its share it takes only what nobody else has taken for as long as a takeover may last.
    """
    return led < fair_share(clusters, replicas) or now - free_since >= rules.takeover


def to_yield(
    rules: Rules,
    led: Sequence[str],
    clusters: int,
    replicas: int,
    *,
    crowded_since: float,
    now: float,
    kept: Mapping[str, float],
) -> str:
    """The cluster to hand over to a replica that leads fewer, "" for none.

    One at a time, once there have been more replicas than clusters are shared among for a while;
    ``kept`` are those that nobody wanted, and until when they are not offered again.
    """
    if len(led) <= fair_share(clusters, replicas) or now - crowded_since < rules.takeover:
        return ""
    return next((name for name in reversed(led) if now >= kept.get(name, 0.0)), "")


def divided(budget: float, leaders: int) -> float:
    """The share of the API budget of one of so many replicas that lead in an account and region."""
    return budget / max(1, leaders)
