"""What happened in a run, line by line, and its digest: the same seed gives the same one."""

from __future__ import annotations

import hashlib
from collections import deque

from daemonctl.ports import Wire

KEPT = 400


class Trace:
    """The last lines, and a digest of all of them."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=KEPT)
        self._digest = hashlib.sha256()
        self.length = 0

    def add(self, at: float, who: str, what: str) -> None:
        """One line; ``at`` is in seconds since the run began."""
        line = f"{at:10.3f} {who:8} {what}"
        self._lines.append(line)
        self._digest.update(line.encode())
        self.length += 1

    def tail(self, count: int = 40) -> list[str]:
        """The last lines."""
        return list(self._lines)[-count:]

    @property
    def digest(self) -> str:
        """Of every line so far."""
        return self._digest.hexdigest()


def brief(params: Wire) -> str:
    """A call in a few words."""
    texts = ("group", "family", "startedBy", "desiredStatus", "task", "reason")
    found = [str(params[key])[-40:] for key in texts if key in params]
    for key in ("containerInstances", "tasks"):
        found += [str(arn)[-6:] for arn in params.get(key, ())]
    return " ".join(found)
