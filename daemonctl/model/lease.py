"""What a replica may write, and what it tells the others when it leads a cluster."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Power(StrEnum):
    """What a replica may write to a cluster now."""

    FULL = "FULL"
    REPAIR = "REPAIR"  # starts, and stops of duplicates: the lock store is down
    NONE = "NONE"  # another replica leads, or nobody knows who does


class Advert(Struct, frozen=True):
    """What the holder of a lease writes into it: where it is asked, and what it is."""

    address: str  # of its API, http://host:port; "" where it gives none
    host: str  # the name of its host: a loopback address is good for its neighbours only
    since: float  # when it took the lease, epoch seconds
    task: str = ""  # the ARN of its own ECS task, "" where it is none


class RepairOnly(Struct, frozen=True):
    """The lock store is down: starts and repairs, nothing that could wait."""

    gaps_since: float  # what daemonctl stopped since then (epoch seconds) was another one's doing
    words: str  # since when and why, for people


REPAIR_GAP_SECONDS = 600.0
"""So long nobody fills a gap that another replica's stop made: it may be about to do it itself."""

REPAIR_DUPLICATE_SECONDS = 25.0
"""So old a duplicate is (by the second task's creation) before a replica without the lease stops
one: whoever leads would have done it. Two that decide at once may choose differently, and then no
task stays (docs/formal.md, BUG_EAGER_REPAIR)."""
