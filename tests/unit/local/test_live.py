"""`--seed` and `--speed`: the same calls give the same, and time runs so many times faster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from daemonctl.local.world import Switches, WorldError
from tests.unit.local.live import Up, virtually

Clock = Callable[[], float]


async def told(clock: Clock, seed: int, speed: float) -> tuple[Any, ...]:
    """What a caller sees who does the same things at the same moments of the world's time."""
    began = clock()

    def since(times: dict[str, Any]) -> dict[str, Any]:
        return {
            name: round(value - began, 6) if name.endswith("At") else value
            for name, value in times.items()
        }

    async with Up(clock, seed=seed, speed=speed) as up:
        up.world.sqs.subscribe("local", "q")
        started = await up.ecs(
            "StartTask", taskDefinition="registrator", containerInstances=up.hosts
        )
        await asyncio.sleep(10 / speed)
        arns = [task["taskArn"] for task in started["tasks"]]
        await up.live.act("kill", task=arns[0], exit_code=3)
        await up.ecs("StopTask", task=arns[1])
        await asyncio.sleep(10 / speed)
        described = (await up.ecs("DescribeTasks", tasks=arns))["tasks"]
        messages = await up.sqs("ReceiveMessage", QueueUrl="q", MaxNumberOfMessages=10)
        return up.hosts, arns, [since(task) for task in described], len(messages["Messages"])


def test_the_same_seed_and_calls_give_the_same_ids_and_delays() -> None:
    first, again = (virtually(lambda clock: told(clock, 5, 1.0)) for _ in range(2))
    other = virtually(lambda clock: told(clock, 6, 1.0))
    assert first == again
    assert first[0] != other[0]
    delays = [
        [task["startedAt"] - task["createdAt"] for task in found[2]] for found in (first, other)
    ]
    assert delays[0] != delays[1]


@pytest.mark.parametrize("speed", [0.5, 10.0])
def test_speed_scales_all_of_it_and_changes_nothing_else(speed: float) -> None:
    """At another speed the same happens at the same moments of the world's time."""
    normal = virtually(lambda clock: told(clock, 5, 1.0))
    scaled = virtually(lambda clock: told(clock, 5, speed))
    assert scaled[:2] == normal[:2]
    for one, other in zip(scaled[2], normal[2], strict=True):
        assert list(one) == list(other)
        for name, value in one.items():
            want = pytest.approx(other[name], abs=1e-4) if name.endswith("At") else other[name]
            assert value == want, name
    assert scaled[3] == normal[3]


def test_a_long_poll_waits_real_seconds_whatever_the_speed() -> None:
    async def story(clock: Clock) -> tuple[float, float]:
        async with Up(clock, speed=10.0) as up:
            url = (await up.sqs("CreateQueue", QueueName="q"))["QueueUrl"]
            began, world_began = clock(), up.live.now()
            assert await up.sqs("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20) == {}
            return clock() - began, up.live.now() - world_began

    real, simulated = virtually(story)
    assert real == pytest.approx(20.0)
    assert simulated == pytest.approx(200.0)


def test_visibility_and_late_answers_are_of_the_worlds_seconds() -> None:
    async def story(clock: Clock) -> tuple[float, float]:
        async with Up(clock, speed=10.0) as up:
            url = (await up.sqs("CreateQueue", QueueName="q"))["QueueUrl"]
            await up.sqs("SendMessage", QueueUrl=url, MessageBody="m")
            await up.sqs("ReceiveMessage", QueueUrl=url, VisibilityTimeout=30)
            began = clock()
            assert await up.sqs("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20)
            hidden = clock() - began
            await up.live.act("set_fault", kind="latency", rate=1.0, seconds=None, size=5.0)
            began = clock()
            await up.ecs("ListTasks")
            return hidden, clock() - began

    hidden, late = virtually(story)
    assert hidden == pytest.approx(3.0)
    assert late == pytest.approx(0.5)


def test_the_quota_refills_in_the_worlds_seconds() -> None:
    async def story(clock: Clock) -> int:
        async with Up(clock, speed=10.0, switches=Switches()) as up:
            for _ in range(100):
                await up.ecs("ListTasks")
            with pytest.raises(WorldError, match="Rate exceeded"):
                await up.ecs("ListTasks")
            await asyncio.sleep(0.51)  # 20 a second, ten times as fast
            for _ in range(100):
                await up.ecs("ListTasks")
            return up.world.buckets.throttled["ListTasks"]

    assert virtually(story) == 1
