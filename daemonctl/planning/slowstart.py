"""The brake on a daemon whose last starts failed on different instances: 1, 2, 4 … at a time."""

from __future__ import annotations

from daemonctl.model.ids import ContainerInstanceArn
from daemonctl.model.memory import SlowStart

BRAKE_AFTER = 3
"""Failures on so many different instances in a row, without a success, set the brake."""

OFF_ABOVE = 64
"""Where doubling the limit passes this, the brake comes off."""

_REMEMBERED = 8


def failed(slow: SlowStart, instance: ContainerInstanceArn) -> SlowStart:
    """After a start that failed on an instance."""
    others = [name for name in slow.failed_on if name != instance]
    failed_on = (*others, str(instance))[-_REMEMBERED:]
    braked = slow.limit is not None or len(failed_on) >= BRAKE_AFTER
    return SlowStart(failed_on, 1 if braked else None)


def succeeded(slow: SlowStart) -> SlowStart:
    """After a start that became ready."""
    if slow.limit is None or slow.limit * 2 > OFF_ABOVE:
        return SlowStart()
    return SlowStart((), slow.limit * 2)
