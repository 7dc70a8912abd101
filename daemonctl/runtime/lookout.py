"""Reads the nodes of Consul that something is to be known of: at once, or in turn after a ring."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from daemonctl.model.ids import ContainerInstanceArn
from daemonctl.ports import Clock
from daemonctl.runtime.doorbell import Doorbell
from daemonctl.runtime.facts import Fact, ServicesSeen
from daemonctl.runtime.registered import RegisteredHosts
from daemonctl.runtime.stepping import step_for_ever

PAUSE_SECONDS: Final = 0.5
"""Between two rounds of reads."""

_AT_ONCE: Final = 100
"""Nodes read in a round that something is to be known of: 200 a second."""

_IN_TURN: Final = 10
"""Others in a round, after anything was registered anywhere: 20 a second, whatever their number."""

_ABREAST: Final = 4


class Lookout:
    """Keeps what is known of registrations as new as the doorbell says that it has to be."""

    def __init__(
        self,
        hosts: RegisteredHosts,
        doorbell: Doorbell,
        emit: Callable[[tuple[Fact, ...]], None],
        clock: Clock,
    ) -> None:
        self.trouble = ""
        self._hosts = hosts
        self._doorbell = doorbell
        self._emit = emit
        self._clock = clock
        self._turns: deque[ContainerInstanceArn] = deque()
        self._swept_at = 0.0  # all nodes have been read since

    async def run(self) -> None:
        """Reads for ever."""
        self._doorbell.listen(self)
        try:
            await step_for_ever(
                self.look, self._told, self._clock, longest=15.0, pause=PAUSE_SECONDS
            )
        finally:
            await self._doorbell.leave(self)

    async def look(self) -> None:
        """One round. Raises CatalogError."""
        now, nodes = self._clock.now(), self._hosts.nodes
        wanted = [arn for arn in self._hosts.due if self._is_due(arn, now)][:_AT_ONCE]
        for arn in self._in_turn():
            if arn not in self._hosts.due:
                wanted.append(arn)
        asked = [nodes[arn] for arn in dict.fromkeys(wanted) if arn in nodes]
        for at in range(0, len(asked), _ABREAST):
            found = await asyncio.gather(*(self._read(node) for node in asked[at : at + _ABREAST]))
            self._emit(tuple(found))

    def _told(self, trouble: str) -> None:
        self.trouble = trouble

    def _is_due(self, arn: ContainerInstanceArn, now: float) -> bool:
        """Its time has come, or something was registered somewhere since it was read."""
        seen_at = self._hosts.seen_at(self._hosts.node_of(arn))
        return self._hosts.due[arn] <= now or self._doorbell.rang_at > seen_at

    def _in_turn(self) -> list[ContainerInstanceArn]:
        """The next ones of all that were read before it last rang."""
        if not self._turns and self._doorbell.rang_at > self._swept_at:
            self._swept_at = self._clock.now()
            self._turns.extend(self._hosts.nodes)
        return [self._turns.popleft() for _ in range(min(_IN_TURN, len(self._turns)))]

    async def _read(self, node: str) -> ServicesSeen:
        asked_at = self._clock.now()
        services = await self._doorbell.registrations.of_node(node)
        return ServicesSeen(node, services, asked_at)
