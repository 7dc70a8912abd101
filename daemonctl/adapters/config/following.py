"""Follows a config while the controller runs: a good edit comes into force, a bad one is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from daemonctl.adapters.config.faults import ConfigError
from daemonctl.model.spec import Installation
from daemonctl.ports import Clock, Sink, SourceError, SpecSource
from daemonctl.runtime.crew import Backoff, why_failed
from daemonctl.runtime.report import ConfigStatus

_LONGEST_WAIT: Final = 30.0  # seconds between two tries of what cannot be read

_GOOD: Final = ConfigStatus()


class Following:
    """Whatever happens to the source, the last good config stays in force.

    Args:
        source: What was loaded once already.
        apply: Brings a config into force.
        clock: For the waits while the source cannot be read.
        sink: Hears each change of what ``status`` says.
    """

    def __init__(
        self,
        source: SpecSource,
        apply: Callable[[Installation], Awaitable[None]],
        *,
        clock: Clock,
        sink: Sink,
    ) -> None:
        self._source = source
        self._apply = apply
        self._clock = clock
        self._sink = sink
        self._content = _GOOD  # of what was read last
        self._unread = ""  # why it cannot be read now
        self._backoff = Backoff(1.0, _LONGEST_WAIT)

    @property
    def status(self) -> ConfigStatus:
        """Whether the config as it is now is the one in force; if not, why."""
        return ConfigStatus(ok=False, words=self._unread) if self._unread else self._content

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                if await self._source.look():
                    await self._load()
            except SourceError as error:
                await self._clock.sleep(self._not_read(str(error)))
            else:
                self._read_again()

    async def _load(self) -> None:
        try:
            await self._apply(await self._source.load())
        except ConfigError as error:
            self._bad("; ".join(str(error).splitlines()))
        except SourceError:
            raise
        except Exception as error:  # noqa: BLE001  a bug here must not end the following
            self._bad(why_failed(error))
        else:
            self._content = _GOOD
            self._sink.log("info", "config reloaded")

    def _bad(self, faults: str) -> None:
        self._content = ConfigStatus(ok=False, words=faults)
        self._sink.log("error", "config not reloaded", error=faults)

    def _not_read(self, why: str) -> float:
        if not self._unread:
            self._sink.log("warning", "config cannot be read, the last good one stays", error=why)
        self._unread = why
        return self._backoff.wait()

    def _read_again(self) -> None:
        self._backoff.reset()
        if self._unread:
            self._unread = ""
            self._sink.log("info", "config is read again")
