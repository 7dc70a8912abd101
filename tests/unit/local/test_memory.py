"""The world as a transport in memory: SDK-like errors, faults, latency, long polls."""

from __future__ import annotations

import asyncio
import random

import pytest

from daemonctl.local.memory import MemoryTransport
from daemonctl.local.world import Switches, World
from daemonctl.local.world.ready_made import seed
from daemonctl.ports import ApiError, Transport

NOW = 1_700_000_000.0


class VirtualClock:
    """Time that passes only by sleeping; one sleeper at a time."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def world() -> World:
    made = World(dice=random.Random(3).random, switches=Switches(listing_lag_seconds=(0.0, 0.0)))
    seed(made, 2, NOW)
    return made


@pytest.fixture
def memory(world: World, clock: VirtualClock) -> MemoryTransport:
    return MemoryTransport(world, clock)


async def start(transport: Transport, world: World) -> object:
    arn = next(iter(world.clusters["local"].instances))
    params = {
        "cluster": "local",
        "taskDefinition": "registrator",
        "containerInstances": [arn],
    }
    return (await transport.call("ecs", "StartTask", params))["tasks"]


def tasks(world: World) -> int:
    return len(world.clusters["local"].tasks)


async def refused(transport: Transport, service: str, operation: str, **params: object) -> ApiError:
    with pytest.raises(ApiError) as no:
        await transport.call(service, operation, params)
    return no.value


async def test_answers_are_the_worlds(memory: Transport) -> None:
    answer = await memory.call("ecs", "ListContainerInstances", {"cluster": "local"})
    assert len(answer["containerInstanceArns"]) == 2


async def test_refusals_have_the_codes_that_an_sdk_shows_and_are_not_ambiguous(
    memory: Transport,
) -> None:
    no = await refused(memory, "ecs", "ListTasks", cluster="nowhere")
    assert (no.code, no.ambiguous) == ("ClusterNotFoundException", False)
    no = await refused(memory, "sqs", "GetQueueUrl", QueueName="nowhere")
    assert (no.code, no.ambiguous) == ("AWS.SimpleQueueService.NonExistentQueue", False)


async def test_throttling_is_not_ambiguous_a_server_error_is_and_neither_did_anything(
    memory: Transport, world: World
) -> None:
    arn = next(iter(world.clusters["local"].instances))
    for kind, code, ambiguous in (
        ("throttle", "ThrottlingException", False),
        ("server_error", "ServerException", True),
    ):
        world.faults.clear()
        world.faults.set(kind)
        no = await refused(
            memory, "ecs", "StartTask", taskDefinition="registrator", containerInstances=[arn]
        )
        assert (no.code, no.ambiguous) == (code, ambiguous)
        assert world.faults.hits[kind] == 1
    assert tasks(world) == 0


async def test_an_ambiguous_start_is_done_in_both_ways_of_losing_the_answer(
    memory: Transport, world: World
) -> None:
    world.faults.set("ambiguous_start")
    codes = []
    for _ in range(12):
        with pytest.raises(ApiError) as no:
            await start(memory, world)
        assert no.value.ambiguous
        codes.append(no.value.code)
    assert sorted(dict.fromkeys(codes)) == ["ServerException", "Unreachable"]
    assert tasks(world) == world.faults.hits["ambiguous_start"] == 12


async def test_latency_is_half_before_and_half_after(world: World, clock: VirtualClock) -> None:
    memory = MemoryTransport(world, clock, latency=lambda: 3.0)
    await start(memory, world)
    assert clock.time == NOW + 3.0
    created = [task.created_at for task in world.clusters["local"].tasks.values()]
    assert created == [NOW + 1.5]


async def test_an_answer_that_is_too_late_is_a_time_out_of_something_done(
    memory: Transport, world: World, clock: VirtualClock
) -> None:
    world.faults.set("latency", size=61.0)
    with pytest.raises(ApiError) as no:
        await start(memory, world)
    assert (no.value.code, no.value.ambiguous) == ("Timeout", True)
    assert (tasks(world), clock.time) == (1, NOW + 60.0)
    world.faults.set("latency", size=5.0)
    await start(memory, world)
    assert clock.time == NOW + 65.0


async def test_what_is_cut_has_no_effect(memory: MemoryTransport, world: World) -> None:
    memory.cut()
    with pytest.raises(ApiError) as no:
        await start(memory, world)
    assert (no.value.code, no.value.ambiguous) == ("Unreachable", False)
    assert tasks(world) == 0


async def test_a_long_poll_answers_when_a_message_comes(
    memory: Transport, world: World, clock: VirtualClock
) -> None:
    url = world.subscribe("local", "events")
    world.sqs.send(world.sqs.find(url), "later", NOW, delay=7.0)
    answer = await memory.call("sqs", "ReceiveMessage", {"QueueUrl": url, "WaitTimeSeconds": 20})
    assert [row["Body"] for row in answer["Messages"]] == ["later"]
    assert NOW + 7.0 <= clock.time < NOW + 7.5


async def test_a_long_poll_sees_an_event_that_is_still_on_its_way(
    memory: Transport, world: World, clock: VirtualClock
) -> None:
    url = world.subscribe("local", "events")
    await start(memory, world)
    answer = await memory.call("sqs", "ReceiveMessage", {"QueueUrl": url, "WaitTimeSeconds": 20})
    assert answer["Messages"]
    assert NOW < clock.time < NOW + 1.0


async def test_a_long_poll_ends_empty_at_its_time(
    memory: Transport, world: World, clock: VirtualClock
) -> None:
    url = world.subscribe("local", "silent")
    world.clusters["local"].tasks.clear()
    answer = await memory.call("sqs", "ReceiveMessage", {"QueueUrl": url, "WaitTimeSeconds": 20})
    assert (answer, clock.time) == ({}, NOW + 20.0)


async def test_a_long_poll_that_is_cut_takes_no_message(world: World) -> None:
    class Cutting(VirtualClock):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            if self.time >= NOW + 5:
                memory.cut()

    memory = MemoryTransport(world, Cutting())
    url = world.subscribe("local", "silent")
    queue = world.sqs.find(url)
    world.sqs.send(queue, "mine", NOW, delay=5.0)
    with pytest.raises(ApiError):
        await memory.call("sqs", "ReceiveMessage", {"QueueUrl": url, "WaitTimeSeconds": 20})
    assert queue.counts(NOW + 10) == (1, 0, 0)
