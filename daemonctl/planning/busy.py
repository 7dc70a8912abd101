"""Whether a slot may be written to now."""

from __future__ import annotations

from typing import Final

from daemonctl.model.memory import SlotMemory
from daemonctl.planning.eligibility import Should
from daemonctl.planning.remember import WRITE_WINDOW_SECONDS, WRITES_PER_WINDOW
from daemonctl.planning.scene import FLAP_SECONDS, Scene

STOP_AND_START: Final = 2
"""Writes of a stop that makes room for another task.

Where only the stop were left within the limit, nothing would run there until the limit ends.
"""


def busy_until(scene: Scene, memory: SlotMemory, writes: int = 1) -> float | None:
    """Until when so many writes may not be made to this slot, None where they may."""
    if memory.expectation is not None:
        return memory.expectation.expires
    if memory.hold is not None:
        return memory.hold.until
    beyond = len(memory.writes) + writes - WRITES_PER_WINDOW
    if beyond > 0:
        return memory.writes[beyond - 1] + WRITE_WINDOW_SECONDS
    return scene.now + FLAP_SECONDS if scene.should is Should.KEEP else None
