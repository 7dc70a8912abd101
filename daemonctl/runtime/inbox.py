"""The one way into a cluster's state: facts wait here until its writer takes them, all at once."""

from __future__ import annotations

import asyncio

from daemonctl.runtime.commands import Answer, Command, Ordered
from daemonctl.runtime.facts import Fact

Ticket = asyncio.Future[bool]
"""Resolved once the facts it stands for are applied; False where that failed."""


class Inbox:
    """Facts in order of arrival, and a bell."""

    def __init__(self) -> None:
        self._facts: list[Fact] = []
        self._tickets: list[Ticket] = []
        self._bell = asyncio.Event()

    def put(self, *facts: Fact) -> None:
        """Leaves facts and rings."""
        self._facts += facts
        self._bell.set()

    def deliver(self, facts: tuple[Fact, ...]) -> Ticket:
        """Leaves facts; the ticket tells when they are applied."""
        ticket: Ticket = asyncio.get_running_loop().create_future()
        self._tickets.append(ticket)
        self.put(*facts)
        return ticket

    def order(self, command: Command) -> asyncio.Future[Answer]:
        """Leaves an operator's command; the answer comes once it was carried out or refused."""
        reply: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.put(Ordered(command, reply))
        return reply

    def ring(self) -> None:
        """Wakes the writer without a fact: time has come for something."""
        self._bell.set()

    async def wait(self) -> None:
        """Returns once the bell has rung since the last ``take``."""
        await self._bell.wait()

    def take(self) -> tuple[list[Fact], list[Ticket]]:
        """Everything that waits; the bell is still again."""
        taken = self._facts, self._tickets
        self._facts, self._tickets = [], []
        self._bell.clear()
        return taken
