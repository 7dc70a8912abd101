"""A transport that only reads: the last word of `--dry-run` and of `plan`."""

from __future__ import annotations

from typing import Final

from daemonctl.ports import ApiError, Transport, Wire

_READS: Final = ("Describe", "Get", "List")
"""How the operations of ECS and EC2 begin that change nothing."""


class ReadOnly:
    """See ports.Transport. What would change something is refused and never leaves."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def call(self, service: str, operation: str, params: Wire) -> Wire:
        """See ports.Transport. Raises ApiError ``NotSent`` for what is no read."""
        if not operation.startswith(_READS):
            words = f"{service} {operation} was not sent: nothing is written here"
            raise ApiError("NotSent", words)
        return await self._transport.call(service, operation, params)
