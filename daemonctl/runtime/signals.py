"""The end of the process, as it is asked for from outside."""

from __future__ import annotations

import asyncio
import signal


def ended_by_signal() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT; a second one ends the process as it is."""
    loop, ending = asyncio.get_running_loop(), asyncio.Event()

    def end() -> None:
        ending.set()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(each)

    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, end)
    return ending
