"""Invariant 5: no action on a partial view, and none on a stale one; and none while frozen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemonctl.check.scene import Fault, Scene, Write


def partial_view(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """A listing did not end: what is absent may only be unknown."""
    if not scene.observed.complete:
        for write in writes:
            yield write, "the view is partial: not every listing of the last resync ended"


def stale_view(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """The last complete listing began too long ago."""
    bound = scene.desired.stale_after_seconds
    if scene.now > scene.observed.as_of + bound:
        age = scene.now - scene.observed.as_of
        for write in writes:
            yield write, f"the view is {age:g} s old, more than {bound:g} s"


def frozen(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """An operator has stopped every write."""
    if scene.memory.freeze is not None:
        for write in writes:
            yield write, f"every write is stopped: frozen by {scene.memory.freeze.by}"
