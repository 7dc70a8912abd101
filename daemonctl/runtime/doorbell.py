"""One watch a datacenter for whether anything was registered, shared by its clusters."""

from __future__ import annotations

from daemonctl.ports import Clock
from daemonctl.ports.registrations import Registrations
from daemonctl.runtime.crew import Backoff, Crew, end_if_cancelled, why_failed


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
            self._crew.spawn(self._run(), "consul services")
        self._listeners[who] = None

    async def leave(self, who: object) -> None:
        """And no more. The last one to leave ends the watch."""
        self._listeners.pop(who, None)
        if not self._listeners:
            await self._crew.cancel()

    async def _run(self) -> None:
        backoff = Backoff(1.0, 15.0)
        while True:
            try:
                rung = await self.registrations.rung()
            except Exception as error:  # noqa: BLE001 - a bug here must not end the loop
                end_if_cancelled()
                self.trouble = why_failed(error)
                await self._clock.sleep(backoff.wait())
                continue
            backoff.reset()
            if rung or self.trouble:
                self.trouble = ""
                self.rang_at = self._clock.now()

    def _died(self, name: str, error: BaseException) -> None:
        self.trouble = f"{name}: {type(error).__name__}: {error}; this is a bug: report it"
