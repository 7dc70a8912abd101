"""Whether a slot may be written to now."""

from __future__ import annotations

from daemonctl.model.memory import SlotMemory
from daemonctl.planning.eligibility import Should
from daemonctl.planning.remember import WRITE_WINDOW_SECONDS, WRITES_PER_WINDOW
from daemonctl.planning.scene import FLAP_SECONDS, Scene


def busy_until(scene: Scene, memory: SlotMemory) -> float | None:
    """Until when nothing may be written to this slot, None where it is free."""
    if memory.expectation is not None:
        return memory.expectation.expires
    if memory.hold is not None:
        return memory.hold.until
    if len(memory.writes) >= WRITES_PER_WINDOW:
        return memory.writes[0] + WRITE_WINDOW_SECONDS
    return scene.now + FLAP_SECONDS if scene.should is Should.KEEP else None
