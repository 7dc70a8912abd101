"""What was acknowledged is there again after a crash at any moment; and files that are none."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemonctl.local.dice import Dice
from daemonctl.local.state import keeper as keeping
from daemonctl.local.state.codec import frozen
from daemonctl.local.state.file import StateError, StateFile
from daemonctl.local.state.keeper import Keeper
from daemonctl.local.world import World, WorldError
from tests.unit.local.live import Up, virtually

Clock = Callable[[], float]
QUEUE = {"QueueUrl": "daemonctl-local"}


def whole(up: Up) -> list[object]:
    """All that there is, but for the quota that reads have spent and the time of the last look."""
    up.live.look()
    rows = [row for row in frozen(up.world) if row[1] not in {"buckets", "world"}]
    return [up.dice.thrown, *rows]


async def step(up: Up, kind: int, number: int, wait: float) -> None:
    """One of many things that can happen, by numbers."""
    await asyncio.sleep(wait)
    host = up.hosts[number % len(up.hosts)]
    tasks = list(up.world.clusters["local"].tasks)
    last = list(up.world.hosts)[-1]
    task = tasks[number % len(tasks)] if tasks else "nothing"
    some: list[Callable[[], Any]] = [
        lambda: up.ecs("StartTask", taskDefinition="registrator", containerInstances=[host]),
        lambda: up.ecs("StopTask", task=task),
        lambda: up.ecs("ListTasks"),
        lambda: up.ecs("CreateService", serviceName="s", taskDefinition="kibana", desiredCount=3),
        lambda: up.sqs("ReceiveMessage", **QUEUE, MaxNumberOfMessages=5),
        lambda: up.sqs("SendMessage", **QUEUE, MessageBody=f"m{number}"),
        lambda: up.sqs("PurgeQueue", **QUEUE),
        lambda: up.live.act("disconnect", id=host),
        lambda: up.live.act("reconnect", id=host),
        lambda: up.live.act("reboot", id=host),
        lambda: up.live.act("add", cluster="local", count=1),
        lambda: up.live.act("kill", task=task, exit_code=number),
        lambda: up.live.act("set_fault", kind=FAULTS[number % 7], rate=0.5, seconds=40.0, size=2.0),
        lambda: up.live.act("clear_faults", kind=None),
        lambda: up.live.act(
            "behave", family="*", behaviour={"exit_after": 9.0 + number}, instance=None
        ),
        lambda: up.live.call("ec2", "TerminateInstances", {"InstanceIds": [last]}),
    ]  # fmt: skip
    try:
        await some[kind % len(some)]()
    except (WorldError, ConnectionError):
        return


FAULTS = ("throttle", "server_error", "latency", "event_lost", "event_doubled", "event_shuffled",
          "stale_list")  # fmt: skip
STEPS = st.lists(
    st.tuples(st.integers(0, 15), st.integers(0, 30), st.sampled_from([0.0, 0.3, 2.0, 11.0])),
    max_size=40,
)


@settings(max_examples=60)
@given(STEPS, st.sampled_from([1.0, 10.0]))
def test_a_crash_at_any_moment_loses_nothing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, float]], speed: float
) -> None:
    state = str(tmp_path_factory.mktemp("state") / "local.state")

    async def story(clock: Clock) -> tuple[list[object], list[object], int]:
        async with Up(clock, state=state, speed=speed) as up:
            for kind, number, wait in steps:
                await step(up, kind, number, wait)
            before = whole(up)
            now = up.live.now()
        async with Up(clock, state=state, speed=speed) as again:
            assert again.live.now() == pytest.approx(now)
            assert again.keeper is not None
            return before, whole(again), again.keeper.diverged

    before, after, diverged = virtually(story)
    assert diverged == 0
    assert after == before


def test_snapshots_come_at_bounded_intervals_and_end_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = str(tmp_path / "local.state")

    async def story(clock: Clock) -> list[int]:
        async with Up(clock, state=state) as up:
            assert up.keeper is not None
            seen = []
            for wait in (0.0, 29.0, 2.0, 500.0):
                await asyncio.sleep(wait)
                await up.sqs("SendMessage", **QUEUE, MessageBody="m")
                await asyncio.sleep(0.001)
                seen.append(up.keeper.entries)
            monkeypatch.setattr(keeping, "MOST_ENTRIES", 3)
            for _ in range(3):
                await up.sqs("SendMessage", **QUEUE, MessageBody="m")
            await asyncio.sleep(0.001)
            return [*seen, up.keeper.entries]

    assert virtually(story) == [1, 2, 0, 0, 0]


def test_the_world_goes_on_while_nobody_runs_it_and_its_time_never_goes_back(
    tmp_path: Path,
) -> None:
    state = str(tmp_path / "local.state")

    async def story(clock: Clock) -> list[float]:
        async with Up(clock, state=state, speed=10.0) as up:
            (task,) = (
                await up.ecs(
                    "StartTask", taskDefinition="registrator", containerInstances=up.hosts[:1]
                )
            )["tasks"]
            times = [up.live.now()]
        await asyncio.sleep(30.0)
        async with Up(clock, state=state, speed=1.0) as again:
            times.append(again.live.now())
            (row,) = (await again.ecs("DescribeTasks", tasks=[task["taskArn"]]))["tasks"]
            assert row["lastStatus"] == "RUNNING"
            await asyncio.sleep(5.0)
            times.append(again.live.now())
            return times

    times = virtually(story)
    assert times[1] - times[0] == pytest.approx(300.0)
    assert times[2] - times[1] == pytest.approx(5.0)


def test_what_cannot_be_written_is_not_answered_and_ends_it(tmp_path: Path) -> None:
    async def story(clock: Clock) -> None:
        async with Up(clock, state=str(tmp_path / "local.state")) as up:
            assert up.keeper is not None
            up.keeper.close()
            timer = up._timer
            assert timer is not None
            for _ in range(2):
                with pytest.raises(WorldError, match="InternalFailure: not written down"):
                    await up.sqs("SendMessage", **QUEUE, MessageBody="m")
            await asyncio.wait([timer])
            assert isinstance(timer.exception(), StateError)

    virtually(story)


def other_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE mine (x)")


def newer(path: Path) -> None:
    StateFile(str(path)).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 3")


def unknown(path: Path) -> None:
    world = World(dice=Dice(1))
    keeper = Keeper(str(path), world, Dice(1), lambda: 0.0)
    keeper.save(0.0, 1.0)
    keeper.close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO snapshot VALUES (1, 'Popen', '{}')")
        db.commit()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_text("a letter to somebody, long enough " * 9), "it is no state"),
        (other_database, "a database, but no state of a local ECS"),
        (newer, "of version 3; this daemonctl reads 2"),
        (unknown, "this daemonctl cannot read it: KeyError: 'Popen'"),
        (lambda path: path.mkdir(), "unable to open"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, make: Callable[[Path], object], words: str) -> None:
    path = tmp_path / "state"
    make(path)
    with pytest.raises(StateError, match=words) as no:
        Keeper(str(path), World(dice=Dice(1)), Dice(1), lambda: 0.0)
    assert str(path) in str(no.value)


def test_a_file_is_for_one_process_at_a_time(tmp_path: Path) -> None:
    path = str(tmp_path / "state")
    first = StateFile(path)
    with pytest.raises(StateError, match="another local ECS has it open"):
        StateFile(path)
    first.close()
    StateFile(path).close()
