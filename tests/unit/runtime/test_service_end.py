"""A cluster's service: its config replaced, its end, and what its events say."""

from __future__ import annotations

import json

import pytest

from daemonctl.local.world import Behaviour
from daemonctl.local.world.ready_made import CLUSTER
from daemonctl.model.spec import DaemonSpec
from tests.simulation.loop import VirtualLoop
from tests.unit.runtime.rig import AGENT, REGISTRATOR, Rig, on_virtual_time


def test_the_config_is_replaced_without_losing_the_view() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        service = rig.start(rig.spec(daemons=(AGENT,)))
        await rig.until(lambda: rig.running("consul-agent") == 5)
        first = service.observed
        service.replace(rig.spec())
        await rig.until(lambda: rig.all_run(5), within=10)
        assert service.observed is not None
        assert first is not None
        assert service.observed.first_full_at == first.first_full_at
        alone = DaemonSpec(name=REGISTRATOR.name, task_definition="registrator")
        service.replace(rig.spec(daemons=(alone,)))
        await rig.settle(5)
        assert all(slot[1] == "registrator" for slot in service.verdicts)
        assert rig.running("consul-agent") == 5
        await service.stop()

    on_virtual_time(story)


def test_the_end_waits_for_calls_in_flight_and_begins_none() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop, latency=2.0)
        service = rig.start()
        await rig.until(lambda: rig.sink.total("aws_requests_total", operation="ListTasks") >= 5)
        await rig.until(lambda: any(service.memory.slots.values()))
        began = rig.clock.now()
        await service.stop()
        assert 0.5 < rig.clock.now() - began < 5
        assert rig.starts() == 5
        await rig.settle(30)
        assert len(rig.world.clusters[CLUSTER].tasks) == 5

    on_virtual_time(story)


def test_a_call_that_outlives_the_end_is_told_as_ambiguous() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop, latency=12.0)
        service = rig.start(rig.spec(daemons=(AGENT,)))
        await rig.until(lambda: any(service.memory.slots.values()), within=200)
        began = rig.clock.now()
        await service.stop()
        assert rig.clock.now() - began == pytest.approx(5.0)
        assert rig.starts("ambiguous") == 5

    on_virtual_time(story)


def test_what_is_no_event_of_ours_is_counted_and_left_or_deleted() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        service = rig.start()
        await rig.until(lambda: rig.all_run(5))
        await rig.settle(5)
        foreign = {"clusterArn": "arn:aws:ecs:us-east-1:1:cluster/other"}
        bodies = [
            "{",
            json.dumps({"detail-type": "Something new", "detail": {}}),
            json.dumps({"detail-type": "ECS Task State Change", "detail": foreign}),
            json.dumps({"detail-type": "ECS Service Action", "detail": {}}),
        ]
        for body in bodies:
            url = rig.spec().queue_url
            params = {"QueueUrl": url, "MessageBody": body}
            rig.world.call("sqs", "SendMessage", params, rig.clock.now())
        await rig.settle(10)
        for outcome in ("broken", "unknown", "foreign", "irrelevant"):
            assert rig.sink.total("events_received_total", outcome=outcome) == 1, outcome
        assert rig.queued() == 2
        await service.stop()

    on_virtual_time(story)


def test_a_dependent_of_a_health_checked_daemon_starts_soon_after_it_is_healthy() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        checked = {
            "name": "checked",
            "image": "checked",
            "memory": 32,
            "healthCheck": {"command": ["CMD", "true"]},
        }
        rig.world.call(
            "ecs",
            "RegisterTaskDefinition",
            {"family": "checked", "containerDefinitions": [checked]},
            rig.clock.now(),
        )
        rig.world.behave("checked", Behaviour(healthy_after=20.0))
        agent = DaemonSpec(name=AGENT.name, task_definition="checked")
        service = rig.start(rig.spec(daemons=(agent, REGISTRATOR)))
        await rig.until(lambda: rig.running("checked") == 5)
        await rig.settle(15)
        assert rig.running("registrator") == 0
        await rig.until(lambda: rig.running("registrator") == 5, within=30)
        await service.stop()

    on_virtual_time(story)
