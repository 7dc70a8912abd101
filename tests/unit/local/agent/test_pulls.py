"""ECS_IMAGE_PULL_BEHAVIOR."""

from __future__ import annotations

import asyncio

import pytest

from daemonctl.local.agent import pulls
from daemonctl.local.agent.engine import RefusedError
from tests.unit.local.agent.machine import Machine


async def outcome(behavior: str, *, is_there: bool, can_be_pulled: bool) -> tuple[bool, bool]:
    """Whether the task can go on, and whether a pull was tried."""
    machine = Machine()
    machine.images = {"i"} if is_there else set()
    machine.registry = {"i"} if can_be_pulled else set()
    try:
        await pulls.fetch(machine.connect("unix:///x"), "i", behavior)
    except RefusedError:
        return False, "pull i" in machine.calls
    return True, "pull i" in machine.calls


@pytest.mark.parametrize("can_be_pulled", [True, False])
@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("behavior", pulls.BEHAVIORS)
async def test_when_it_is_pulled_and_what_then(
    behavior: str, *, is_there: bool, can_be_pulled: bool
) -> None:
    cached = behavior in {pulls.ONCE, pulls.PREFER_CACHED} and is_there
    falls_back = behavior == pulls.DEFAULT and is_there
    goes_on, tried = await outcome(behavior, is_there=is_there, can_be_pulled=can_be_pulled)
    assert tried == (not cached)
    assert goes_on == (cached or can_be_pulled or falls_back)


async def test_a_pull_without_progress_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(images=set(), slow={"i"})
    engine = machine.connect("unix:///x")

    async def impatient(image: str, idle_seconds: float) -> None:
        assert idle_seconds == pulls.IDLE_SECONDS
        async with asyncio.timeout(0):
            await asyncio.Event().wait()

    monkeypatch.setattr(engine, "pull", impatient)
    with pytest.raises(TimeoutError):
        await pulls.fetch(engine, "i", pulls.DEFAULT)
    machine.images.add("i")
    await pulls.fetch(engine, "i", pulls.DEFAULT)
