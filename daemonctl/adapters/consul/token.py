"""The ACL token in a file, read again when the file changes. It is never told to anybody."""

from __future__ import annotations

from pathlib import Path

_MAX_BYTES = 4096


class TokenFileError(Exception):
    """The file cannot be used; the message says which and why, never what it holds."""


class TokenFile:
    """``""`` as the path: no token, Consul's anonymous one."""

    def __init__(self, path: str) -> None:
        self._path = Path(path) if path else None
        self._seen: tuple[int, int, int] | None = None
        self._token = ""

    def current(self) -> str:
        """The token as the file has it now.

        Raises:
            TokenFileError: it cannot be read, is empty, or holds more than one word.
        """
        if self._path is None:
            return ""
        try:
            stat = self._path.stat()
            seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if seen != self._seen:
                with self._path.open("rb") as file:
                    self._token = self._word(file.read(_MAX_BYTES + 1))
                self._seen = seen
        except OSError as error:
            self._seen = None
            raise TokenFileError(f"{self._path}: {error.strerror or error}") from None
        return self._token

    def _word(self, raw: bytes) -> str:
        words = raw.split()
        if len(raw) > _MAX_BYTES or len(words) != 1 or not words[0].isascii():
            self._seen = None
            raise TokenFileError(f"{self._path}: must hold one token and nothing else")
        return words[0].decode("ascii")
