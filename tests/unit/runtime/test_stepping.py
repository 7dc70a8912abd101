"""What is read again and again outlives errors, and nothing else."""

from __future__ import annotations

import asyncio

import pytest

from daemonctl.ports import ApiError
from daemonctl.runtime.stepping import step_for_ever
from tests.simulation.loop import VirtualClock, VirtualLoop
from tests.unit.runtime.rig import on_virtual_time


def test_waits_grow_until_a_step_succeeds_and_each_is_told() -> None:
    async def story(loop: VirtualLoop) -> None:
        clock, at, told = VirtualClock(loop), list[float](), list[str]()
        begin = clock.now()
        results: list[Exception | None] = [
            ApiError("Unreachable", "no route"),
            KeyError("bug"),
            ApiError("Timeout", "none"),
            None,
            ApiError("Timeout", "none"),
            None,
        ]

        async def step() -> None:
            at.append(clock.now() - begin)
            error = results[len(at) - 1] if len(at) <= len(results) else None
            if error is not None:
                raise error

        loops = asyncio.create_task(step_for_ever(step, told.append, clock, longest=3.0, pause=0.5))
        await clock.sleep(8.4)
        loops.cancel()
        assert at == [0, 1, 3, 6, 6.5, 7.5, 8.0]
        assert told == [
            "Unreachable: no route",
            "KeyError: 'bug'; this is a bug in daemonctl: report it",
            "Timeout: none",
            "",
            "Timeout: none",
            "",
            "",
        ]

    on_virtual_time(story)


def test_an_error_that_answers_a_cancellation_does_not_outlive_it() -> None:
    async def story(loop: VirtualLoop) -> None:
        clock, told = VirtualClock(loop), list[str]()

        async def step() -> None:
            try:
                await clock.sleep(60)
            except asyncio.CancelledError:
                raise ApiError("Closed", "on the way out") from None

        loops = asyncio.create_task(step_for_ever(step, told.append, clock, longest=3.0))
        await clock.sleep(1)
        loops.cancel()
        with pytest.raises(asyncio.CancelledError):
            await loops
        assert told == []

    on_virtual_time(story)
