"""How evenly a tab draws, in the words of whoever looks at it: milliseconds between two frames."""

from __future__ import annotations

import statistics
from typing import Final

from msgspec import Struct
from playwright.sync_api import Page

SMOOTH: Final = 1000 / 60
"""At 60 frames a second."""

# A frame is drawn after each callback, so these are the frames that a person sees; where drawing
# lags behind, Chromium calls back later, too.
_MEASURE = """
async ({frames, step}) => {
  const box = document.scrollingElement;
  const deltas = [];
  let last = await new Promise(requestAnimationFrame);
  let way = step;
  while (deltas.length < frames) {
    box.scrollBy({top: way, behavior: "instant"});
    if (box.scrollTop + innerHeight >= box.scrollHeight - 1 || box.scrollTop <= 0) {
      way = box.scrollTop <= 0 ? step : -step;
    }
    const now = await new Promise(requestAnimationFrame);
    deltas.push(now - last);
    last = now;
  }
  return deltas;
}
"""


class Frames(Struct, frozen=True):
    """Of one stretch: milliseconds."""

    median: float
    p95: float
    worst: float

    def __str__(self) -> str:
        return f"median {self.median:.1f}, p95 {self.p95:.1f}, worst {self.worst:.1f} ms"


def frames(page: Page, count: int = 120, step: int = 24) -> Frames:
    """While the page is scrolled by ``step`` pixels a frame, up and down; with 0 it stands."""
    deltas = sorted(page.evaluate(_MEASURE, {"frames": count, "step": step}))
    return Frames(statistics.median(deltas), deltas[int(len(deltas) * 0.95)], deltas[-1])
