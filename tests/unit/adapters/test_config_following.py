"""A config that is followed: the last good one stays in force, whatever its source does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from daemonctl.adapters.config import ConfigError, Fault, parse
from daemonctl.adapters.config.following import Following
from daemonctl.model.spec import Installation
from daemonctl.ports import SourceError
from tests.unit.adapters.configs import SHORTEST
from tests.unit.adapters.conftest import Diary, StandingClock

GOOD = parse(SHORTEST.encode())
BAD = ConfigError([Fault("owner", 1, "missing"), Fault("clusters", 2, "none")], "s3://b/k")
GONE = SourceError("the config s3://b/k cannot be read: NoSuchKey: no; check the name")

Turn = Installation | Exception | None
"""What a look finds: a new config, an error, or nothing new."""


class Turns:
    """ports.SpecSource by a script; the end of the script is the end of the following."""

    def __init__(self, *turns: Turn) -> None:
        self.turns = list(turns)
        self.found: Installation | Exception = GOOD

    async def look(self) -> bool:
        await asyncio.sleep(0)
        if not self.turns:
            raise asyncio.CancelledError
        turn = self.turns.pop(0)
        if isinstance(turn, SourceError):
            raise turn
        if turn is None:
            return False
        self.found = turn
        return True

    async def load(self) -> Installation:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    def close(self) -> None: ...


class Scene:
    def __init__(self, clock: StandingClock, diary: Diary, *turns: Turn) -> None:
        self.applied: list[Installation] = []
        self.source = Turns(*turns)
        self.following = Following(self.source, self._apply, clock=clock, sink=diary)

    async def _apply(self, installation: Installation) -> None:
        self.applied.append(installation)

    async def play(self) -> None:
        with pytest.raises(asyncio.CancelledError):
            await self.following.run()


@pytest.fixture
def scene(clock: StandingClock, diary: Diary) -> Callable[..., Scene]:
    return lambda *turns: Scene(clock, diary, *turns)


async def test_a_good_edit_comes_into_force(scene: Callable[..., Scene], diary: Diary) -> None:
    played = scene(None, GOOD, None)
    await played.play()
    assert played.applied == [GOOD]
    assert played.following.status.ok
    assert [event for _, event, _ in diary.logs] == ["config reloaded"]


async def test_a_bad_edit_is_told_with_every_fault_until_a_good_one(
    scene: Callable[..., Scene], diary: Diary
) -> None:
    played = scene(BAD, None)
    await played.play()
    assert played.applied == []
    status = played.following.status
    assert not status.ok
    assert status.words == ("s3://b/k: line 1: owner: missing; s3://b/k: line 2: clusters: none")
    assert [(level, event) for level, event, _ in diary.logs] == [("error", "config not reloaded")]
    played.source.turns = [GOOD]
    await played.play()
    assert played.following.status.ok


async def test_a_source_that_cannot_be_read_is_told_once_and_asked_ever_more_rarely(
    scene: Callable[..., Scene], diary: Diary, clock: StandingClock
) -> None:
    played = scene(*[GONE] * 8)
    await played.play()
    status = played.following.status
    assert (status.ok, status.words) == (False, str(GONE))
    assert clock.slept == [1, 2, 4, 8, 16, 30, 30, 30]
    assert [event for _, event, _ in diary.logs] == [
        "config cannot be read, the last good one stays"
    ]
    played.source.turns = [None, GONE]
    await played.play()
    assert clock.slept[-1] == 1
    played.source.turns = [None]
    await played.play()
    assert played.following.status.ok
    assert diary.logs[-1][1] == "config is read again"


async def test_what_was_bad_before_it_could_not_be_read_is_bad_after(
    scene: Callable[..., Scene],
) -> None:
    played = scene(BAD, GONE)
    await played.play()
    assert "NoSuchKey" in played.following.status.words
    played.source.turns = [None]
    await played.play()
    assert "owner: missing" in played.following.status.words


async def test_a_bug_does_not_end_the_following(scene: Callable[..., Scene]) -> None:
    played = scene(ZeroDivisionError("x"), GOOD)
    await played.play()
    assert played.applied == [GOOD]
    played = scene(GOOD, ZeroDivisionError("x"))
    await played.play()
    assert "ZeroDivisionError: x; this is a bug" in played.following.status.words
