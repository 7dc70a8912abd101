"""What the answer to a PutAttributes means for one of its attributes, a gate or a mark."""

from __future__ import annotations

from enum import Enum, auto

from msgspec import structs

from daemonctl.model.memory import GateMark, Hold, SlotMemory
from daemonctl.model.spec import Restart
from daemonctl.planning.outcomes import scope_failure

AGAIN_SECONDS = 5.0
"""After a call that failed in passing (throttled, nobody answered): the value is set again."""

REFUSED_AGAIN = Restart(base_seconds=60.0, max_seconds=900.0)
"""How often an attribute that ECS refuses is tried again."""

_FULL = "AttributeLimitExceededException"


class Ended(Enum):
    """How a call ended."""

    TAKEN = auto()
    PASSING = auto()  # throttled, not sent, or no answer: setting it twice does no harm
    REFUSED_IN_COMPANY = auto()  # ECS takes all of a call or nothing, and does not say whose fault
    REFUSED = auto()


def after(held: SlotMemory, how: Ended, now: float, code: str = "", words: str = "") -> SlotMemory:
    """The memory of an attribute once its call is over."""
    free, mark = structs.replace(held, expectation=None), held.gate or GateMark()
    if how is Ended.TAKEN:
        kept = structs.replace(mark, since=None, alone=False)
        gate = None if kept == GateMark() else kept
        return structs.replace(free, failure=None, hold=None, gate=gate)
    if how is Ended.PASSING:
        return structs.replace(free, hold=Hold(now + AGAIN_SECONDS, code, words))
    if how is Ended.REFUSED_IN_COMPANY:
        return structs.replace(free, gate=structs.replace(mark, alone=True))
    if code == _FULL:
        words = f"it has ten custom attributes, ECS's limit: remove one ({words})"
    failure = scope_failure(held.failure, REFUSED_AGAIN, code, f"{code}: {words}", now)
    return structs.replace(free, failure=failure, hold=Hold(failure.until, code, words))
