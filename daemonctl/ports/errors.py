"""What every call to the outside may end with."""

from __future__ import annotations


class PortError(Exception):
    """A call that did not succeed: ``code`` for programs, ``message`` one line for the operator.

    ``ambiguous`` is True where it may have worked all the same (time-out, connection lost, 5xx).
    """

    def __init__(self, code: str, message: str, *, ambiguous: bool = False) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.ambiguous = ambiguous
