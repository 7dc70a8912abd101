"""One watch a datacenter for whether anything was registered, shared by its clusters."""

from __future__ import annotations

from daemonctl.ports import Clock
from daemonctl.ports.registrations import Registrations
from daemonctl.runtime.crew import Crew
from daemonctl.runtime.stepping import step_for_ever


class Doorbell:
    """Watches while somebody listens; ``rang_at`` is when it last rang, epoch seconds.

    A watch that fails rings once it works again: what it has missed nobody knows. ``trouble`` says
    why it fails, "" while it does not; how old the whole catalog is the datacenter's watch tells.
    """

    def __init__(self, registrations: Registrations, clock: Clock) -> None:
        self.registrations = registrations
        self.rang_at = 0.0
        self.trouble = ""
        self._clock = clock
        self._crew = Crew(self._died)
        self._listeners: dict[object, None] = {}

    def listen(self, who: object) -> None:
        """Somebody goes by ``rang_at`` from now on."""
        if not self._listeners:
            watch = step_for_ever(self._watch, self._told, self._clock, longest=15.0)
            self._crew.spawn(watch, "consul services")
        self._listeners[who] = None

    async def leave(self, who: object) -> None:
        """And no more. The last one to leave ends the watch."""
        self._listeners.pop(who, None)
        if not self._listeners:
            await self._crew.cancel()

    async def _watch(self) -> None:
        if await self.registrations.rung() or self.trouble:
            self.rang_at = self._clock.now()

    def _told(self, trouble: str) -> None:
        self.trouble = trouble

    def _died(self, name: str, error: BaseException) -> None:
        self.trouble = f"{name}: {type(error).__name__}: {error}; this is a bug: report it"
