"""``makeRoom`` on the local ECS in memory: who gives way, who does not, and how often."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from msgspec import structs

from daemonctl.local.world.ready_made import CLUSTER
from daemonctl.model.reason import Code, Notice
from tests.simulation.loop import VirtualLoop
from tests.unit.runtime.rig import AGENT, Rig, on_virtual_time

FAMILY = "consul-agent"
ROOMY = structs.replace(AGENT, make_room=("batch-*",))


async def full(rig: Rig, name: str = "batch-1", **more: Any) -> None:
    """One instance, which three tasks of a service fill."""
    container = {"name": "b", "image": "b", "cpu": 600, "memory": 2500, "essential": True}
    rig.call("RegisterTaskDefinition", family="batch", containerDefinitions=[container])
    healthy = {"minimumHealthyPercent": 50, "maximumPercent": 100}
    given = {"desiredCount": 3, "deploymentConfiguration": healthy, **more}
    rig.call("CreateService", serviceName=name, taskDefinition="batch", **given)
    await rig.until(lambda: rig.running("batch") == 3)


def play(story: Callable[[Rig], Coroutine[Any, Any, None]]) -> None:
    async def on(loop: VirtualLoop) -> None:
        rig = Rig(loop, instances=1)
        (arn,) = rig.instances
        instance = rig.world.clusters[CLUSTER].instances[arn]
        assert instance.remaining.cpu == 2048
        await story(rig)
        if rig.service is not None:
            await rig.service.stop()

    on_virtual_time(on)


def room_stops(rig: Rig) -> list[str]:
    reasons = [task.stopped_reason or "" for task in rig.ever("batch")]
    return [reason for reason in reasons if reason.startswith("daemonctl: ROOM:")]


def needy(rig: Rig) -> None:
    """A new revision of the agent, too large for what the service leaves."""
    container = {"name": "a", "image": "a", "cpu": 300, "memory": 300, "essential": True}
    rig.call("RegisterTaskDefinition", family=FAMILY, containerDefinitions=[container])


def test_the_fewest_tasks_give_way_and_the_daemon_starts() -> None:
    async def story(rig: Rig) -> None:
        await full(rig)
        needy(rig)
        rig.start(rig.spec(daemons=(ROOMY,), resync_seconds=30.0))
        await rig.until(lambda: rig.running(FAMILY) == 1, within=200)
        await rig.settle(60)
        (reason,) = room_stops(rig)
        assert reason == (
            "daemonctl: ROOM: consul-agent does not fit beside it; batch-1 has makeRoom"
        )
        assert rig.running("batch") == 2
        assert rig.sink.violations == []

    play(story)


def protect(rig: Rig) -> None:
    tasks = [task.arn for task in rig.live("batch")]
    rig.call("UpdateTaskProtection", tasks=tasks, protectionEnabled=True)


def nothing(rig: Rig) -> None:
    del rig


@pytest.mark.parametrize(
    ("name", "more", "before", "words"),
    [
        ("web", {}, nothing, "nothing here may give way"),
        (
            "batch-1",
            {"deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 200}},
            nothing,
            "what may give way is too small",
        ),
        ("batch-1", {}, protect, "is protected from scale-in"),
    ],
)
def test_who_may_not_give_way_stays_and_status_says_why(
    name: str, more: dict[str, Any], before: Callable[[Rig], None], words: str
) -> None:
    async def story(rig: Rig) -> None:
        await full(rig, name, **more)
        before(rig)
        needy(rig)
        service = rig.start(rig.spec(daemons=(ROOMY,), resync_seconds=30.0))
        await rig.settle(150)
        assert room_stops(rig) == []
        assert (rig.running(FAMILY), rig.running("batch")) == (0, 3)
        (verdict,) = service.verdicts.values()
        assert verdict.code is Code.NO_FIT
        (told,) = [one for one in service.conditions if one.notice is Notice.ROOM]
        assert (told.daemon, words in told.words) == (FAMILY, True)

    play(story)


def test_without_make_room_nobody_stops() -> None:
    async def story(rig: Rig) -> None:
        await full(rig)
        needy(rig)
        service = rig.start(rig.spec(daemons=(AGENT,), resync_seconds=30.0))
        await rig.settle(150)
        assert room_stops(rig) == []
        (verdict,) = service.verdicts.values()
        assert verdict.words.startswith("CPU: needs 300 units, 248 of 2048 left")

    play(story)


def test_a_race_that_is_lost_counts_as_the_attempt() -> None:
    async def story(rig: Rig) -> None:
        await full(rig)
        needy(rig)
        service = rig.start(rig.spec(daemons=(ROOMY,), resync_seconds=30.0))
        rig.latency = 2.0  # the start comes that much later than the stop
        await rig.until(lambda: bool(room_stops(rig)), within=300)
        rig.call("StartTask", taskDefinition="batch", containerInstances=list(rig.instances))
        rig.latency = 0.05
        await rig.settle(600)
        assert (len(room_stops(rig)), rig.running(FAMILY)) == (1, 0)
        assert rig.sink.violations == []
        assert {verdict.code for verdict in service.verdicts.values()} == {Code.NO_FIT}

    play(story)
