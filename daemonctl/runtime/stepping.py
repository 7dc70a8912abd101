"""The loop around something that is read again and again: an error, or a bug, does not end it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NoReturn

from daemonctl.ports import Clock
from daemonctl.runtime.crew import Backoff, end_if_cancelled, why_failed


async def step_for_ever(
    step: Callable[[], Awaitable[None]],
    told: Callable[[str], None],
    clock: Clock,
    *,
    longest: float,
    pause: float = 0.0,
) -> NoReturn:
    """Steps, ``pause`` seconds apart; one that fails is tried again, ever later up to ``longest``.

    ``told`` gets after each step why it failed, or "" where it did not.
    """
    backoff = Backoff(1.0, longest)
    while True:
        try:
            await step()
        except Exception as error:  # noqa: BLE001 - a bug in a step must not end the loop
            end_if_cancelled()
            told(why_failed(error))
            await clock.sleep(backoff.wait())
            continue
        told("")
        backoff.reset()
        if pause:
            await clock.sleep(pause)
