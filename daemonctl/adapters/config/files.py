"""The config in a file, and when it changes."""

from __future__ import annotations

import hashlib
from pathlib import Path

from daemonctl.adapters.config.document import MOST_BYTES
from daemonctl.adapters.config.faults import ConfigError, Fault
from daemonctl.adapters.config.parse import parse
from daemonctl.model.spec import Installation
from daemonctl.ports import Clock

LOOK_SECONDS = 1.0


class FileSource:
    """ports.SpecSource on a file, YAML or (by its name) JSON.

    A change is another content. Times and inodes say too little and too much: a file system may
    not see two writes of one moment apart, and `touch` changes nothing. A name is followed anew at
    each look, so that files that are renamed into place and Kubernetes' symbolic links work.
    """

    def __init__(self, path: str, clock: Clock) -> None:
        self._path = Path(path)
        self._clock = clock
        self._loaded = ""

    async def load(self) -> Installation:
        """See ports.SpecSource.

        Raises:
            ConfigError: the file cannot be read, or has faults.
        """
        # Before anything can fail: a bad edit is told once, not at each look.
        self._loaded = self._mark()
        try:
            raw = self._read()
        except OSError as error:
            raise ConfigError([Fault("", 0, _unreadable(error))], str(self._path)) from None
        self._loaded = hashlib.sha256(raw).hexdigest()
        return parse(raw, str(self._path), as_json=self._path.suffix.lower() == ".json")

    async def look(self) -> bool:
        """See ports.SpecSource. Looks every second."""
        await self._clock.sleep(LOOK_SECONDS)
        return self._mark() != self._loaded

    def close(self) -> None:
        """See ports.SpecSource: nothing is held."""

    def _read(self) -> bytes:
        with self._path.open("rb") as file:
            return file.read(MOST_BYTES + 1)  # one more than parse takes

    def _mark(self) -> str:
        try:
            return hashlib.sha256(self._read()).hexdigest()
        except OSError as error:
            return f"unreadable: {error.strerror}"


def _unreadable(error: OSError) -> str:
    why = error.strerror or type(error).__name__
    return f"cannot be read: {why}; name another file with --config or DAEMONCTL_CONFIG"
