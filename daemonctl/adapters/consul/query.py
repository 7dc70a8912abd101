"""A blocking query: one list of Consul's, asked again and again, answered when it changes.

The rules are Consul's (API docs, "Blocking Queries"): an index that goes back is reset, 0 is none,
Consul adds up to a sixteenth to the wait, and a client paces itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, Generic, TypeVar

import msgspec

from daemonctl.adapters.consul.client import ConsulClient
from daemonctl.adapters.consul.errors import Asking
from daemonctl.ports import Clock

WAIT_SECONDS: Final = 20.0
HELD_SECONDS: Final = WAIT_SECONDS * 17 / 16
PAUSE_SECONDS: Final = 0.5
"""Between two asks at least, when changes follow each other."""

Rows = TypeVar("Rows")


class Query(Generic[Rows]):
    """``rows`` is the list as Consul had it at ``answered_at``, None before the first answer."""

    def __init__(
        self,
        client: ConsulClient,
        path: str,
        params: Mapping[str, str],
        *,
        clock: Clock,
        asking: Asking,
        decoder: msgspec.json.Decoder[Rows],
    ) -> None:
        self.rows: Rows | None = None
        self.answered_at = 0.0
        self._client = client
        self._clock = clock
        self._asking = asking
        self._path = path
        self._params = dict(params)
        self._decoder = decoder
        self._index = 0
        self._body = ""
        self._fresh = False
        self._asked_at: float | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def index(self) -> int:
        """Consul's index of the last answer: another one where something has changed."""
        return self._index

    def begin(self) -> asyncio.Task[None]:
        """The ask that is under way, or a new one. Await it, then call ``end``."""
        if self._task is None:
            self._task = asyncio.create_task(self._ask(), name=f"consul {self._path}")
        return self._task

    def end(self) -> bool:
        """Takes in what is done. True where ``rows`` may have changed. Raises ConsulError."""
        task = self._task
        if task is None or not task.done():
            return False
        self._task = None
        task.result()
        fresh, self._fresh = self._fresh, False
        return fresh

    async def abort(self) -> None:
        """Ends the ask that is under way and forgets. The next one is answered at once."""
        task, self._task = self._task, None
        self._index, self._body, self._fresh, self.rows = 0, "", False, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _ask(self) -> None:
        if self._asked_at is not None:
            left = self._asked_at + PAUSE_SECONDS - self._clock.now()
            if left > 0:
                await self._clock.sleep(left)
        self._asked_at = self._clock.now()
        blocking = {"index": str(self._index), "wait": f"{WAIT_SECONDS:.0f}s"}
        params = {**self._params, **(blocking if self._index else {})}
        answer = await self._client.call("get", self._path, self._asking, params=params)
        if answer.status != HTTPStatus.OK:
            raise self._asking.answered(answer.status, answer.body)
        if answer.filtered:
            raise self._asking.unauthorised("Consul leaves out what the token may not read")
        self._index = answer.index if answer.index >= self._index else 0
        if self.rows is None or answer.body != self._body:
            try:
                self.rows = self._decoder.decode(answer.body)
            except msgspec.MsgspecError:
                raise self._asking.garbled("the answer cannot be read") from None
            self._body, self._fresh = answer.body, True
        self.answered_at = self._clock.now()
