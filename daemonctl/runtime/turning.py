"""The loop around a cluster's writer: it outlives any bug in a turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from daemonctl.ports import Clock
from daemonctl.runtime.crew import Backoff
from daemonctl.runtime.inbox import Inbox

_LONGEST_WAIT: Final = 30.0  # seconds between two turns that fail


async def turn_for_ever(
    turn: Callable[[], None],
    failed: Callable[[Exception, float], None],
    inbox: Inbox,
    clock: Clock,
) -> None:
    """A turn whenever the inbox has something. One that fails is made again after a while.

    ``failed`` gets the error and the seconds until then.
    """
    backoff = Backoff(1.0, _LONGEST_WAIT)
    while True:
        await inbox.wait()
        await asyncio.sleep(0)  # those who are about to say something get in
        try:
            turn()
        except Exception as error:  # noqa: BLE001 - the loop outlives any bug in a turn
            wait = backoff.wait()
            failed(error, wait)
            await clock.sleep(wait)
            inbox.ring()
        else:
            backoff.reset()
