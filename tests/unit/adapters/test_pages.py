from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from daemonctl.adapters.ecs.pages import PAGE, by_hundreds
from daemonctl.ports import ApiError

ARNS = [str(number) for number in range(2 * PAGE + 1)]


async def test_a_hundred_that_fails_ends_the_others_and_is_no_cancellation_of_who_waits() -> None:
    ended: list[str] = []

    async def describe(arns: Sequence[str]) -> str:
        if arns[0] == ARNS[PAGE]:
            raise ApiError("Timeout", "no answer")
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(arns[0])
        return ""

    with pytest.raises(ApiError, match="Timeout"):
        await by_hundreds(ARNS, describe)
    me = asyncio.current_task()
    assert me is not None
    assert me.cancelling() == 0  # or whoever rides an error out would take it for the end
    assert sorted(ended) == sorted([ARNS[0], ARNS[2 * PAGE]])


async def test_who_is_cancelled_takes_the_hundreds_along() -> None:
    ended: list[str] = []
    begun = asyncio.Event()

    async def describe(arns: Sequence[str]) -> str:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(arns[0])
        return ""

    waiting = asyncio.create_task(by_hundreds(ARNS[:PAGE], describe))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended == [ARNS[0]]
