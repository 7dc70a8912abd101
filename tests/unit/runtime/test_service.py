"""The whole loop on the local ECS in memory: converge, kill, repair, crash, end."""

from __future__ import annotations

import random

import pytest

from daemonctl.local.world import Behaviour
from daemonctl.local.world.ready_made import CLUSTER
from daemonctl.model.ids import DaemonName
from daemonctl.model.spec import DaemonSpec
from tests.simulation.loop import VirtualLoop
from tests.unit.runtime.rig import AGENT, REGISTRATOR, Rig, on_virtual_time


def test_every_instance_gets_both_daemons_in_order_and_a_killed_one_is_back() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        service = rig.start()
        await rig.until(lambda: rig.all_run(5), within=10)
        await rig.settle(5)
        assert rig.sink.violations == []
        assert sum(1 for _ in rig.live()) == 10
        assert {verdict.code for verdict in service.verdicts.values()} == {"READY"}
        plan = service.next_plan()
        assert plan is not None
        assert plan.actions == ()
        victim = next(iter(rig.live("consul-agent")))
        rig.world.kill_task(victim.arn, rig.clock.now())
        await rig.until(lambda: not rig.all_run(5), within=1)
        await rig.until(lambda: rig.all_run(5), within=10)
        await rig.settle(5)
        assert len(rig.sink.measured("repair_seconds")) == 1
        assert len(rig.sink.measured("convergence_seconds")) == 5
        assert rig.sink.total("events_received_total", outcome="applied") > 20
        assert rig.queued() == 0
        await service.stop()

    on_virtual_time(story)


def test_registrator_never_starts_before_its_agent_runs() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        rig.world.behave("consul-agent", Behaviour(start_seconds=(3.0, 8.0)))
        service = rig.start()
        await rig.until(lambda: rig.all_run(5))
        for arn in rig.instances:
            agent, registrator = (
                next(t for t in rig.live(family) if t.instance.arn == arn)
                for family in ("consul-agent", "registrator")
            )
            assert agent.started_at is not None
            assert registrator.created_at >= agent.started_at
        await service.stop()

    on_virtual_time(story)


def test_an_instance_that_joins_is_filled_and_one_that_goes_leaves_no_trace() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        service = rig.start()
        await rig.until(lambda: rig.all_run(5))
        rig.world.add_instances(CLUSTER, 2, rig.clock.now())
        await rig.until(lambda: rig.all_run(7), within=15)
        rig.world.terminate(rig.instances[0], rig.clock.now())
        observed = service.observed
        assert observed is not None
        await rig.until(lambda: rig.instances[0] not in observed.hosts, within=900)
        assert all(slot[0] != rig.instances[0] for slot in service.verdicts)
        assert service.counts[DaemonName("registrator")].desired == 6
        await service.stop()

    on_virtual_time(story)


def test_a_task_that_somebody_else_started_is_left_alone() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        foreign = rig.world.call(
            "ecs",
            "StartTask",
            {
                "cluster": CLUSTER,
                "containerInstances": [rig.instances[0]],
                "taskDefinition": "consul-agent",
                "startedBy": "by-hand",
            },
            rig.clock.now(),
        )
        arn = foreign["tasks"][0]["taskArn"]
        service = rig.start()
        await rig.until(lambda: rig.running("consul-agent") == 6)
        await rig.settle(120)
        assert arn in {task.arn for task in rig.live("consul-agent")}
        assert service.counts[DaemonName("consul-agent")].foreign == 1
        await service.stop()

    on_virtual_time(story)


@pytest.mark.parametrize("seed", range(12))
def test_a_crash_between_any_two_calls_and_a_restart_double_nothing(seed: int) -> None:
    async def story(loop: VirtualLoop) -> None:
        rig, dice = Rig(loop, latency=0.4), random.Random(seed)
        for _ in range(4):
            rig.start()
            await rig.settle(dice.uniform(0.2, 4.0))
            await rig.kill()
        service = rig.start()
        await rig.until(lambda: rig.all_run(5), within=40)
        await rig.settle(40)
        assert sum(1 for _ in rig.live()) == 10
        assert rig.sink.violations == []
        await service.stop()

    on_virtual_time(story)


@pytest.mark.parametrize("batch", range(1, 9))
def test_what_was_started_just_before_a_kill_is_waited_for_and_not_started_again(
    batch: int,
) -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop, latency=0.01, instances=8)
        one = rig.spec(daemons=(AGENT,))
        rig.start(one)
        await rig.until(lambda: len(rig.ever("consul-agent")) >= batch)
        await rig.settle(0.1)  # every call has its answer; a list may not show its task yet
        await rig.kill()
        service = rig.start(one)
        await rig.until(lambda: rig.running("consul-agent") == 8)
        assert len(rig.ever("consul-agent")) == 8
        await service.stop()

    on_virtual_time(story)


def test_a_start_without_an_answer_is_looked_up_and_not_made_twice() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        rig.world.faults.set("ambiguous_start", until=rig.clock.now() + 3)
        rig.world.faults.set("event_lost")
        service = rig.start()
        await rig.until(lambda: rig.all_run(5))
        await rig.settle(100)
        assert rig.world.faults.hits["ambiguous_start"] > 0
        assert rig.starts("ambiguous") > 0
        assert len(rig.world.clusters[CLUSTER].tasks) == 10
        assert all(slot.expectation is None for slot in service.memory.slots.values())
        await service.stop()

    on_virtual_time(story)


def test_without_any_event_the_resync_repairs() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        service = rig.start()
        await rig.until(lambda: rig.all_run(5))
        rig.world.faults.set("event_lost")
        await rig.settle(30)
        rig.world.kill_task(next(iter(rig.live("registrator"))).arn, rig.clock.now())
        await rig.until(lambda: rig.all_run(5), within=700)
        await service.stop()

    on_virtual_time(story)


def test_without_a_queue_it_polls() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        service = rig.start(rig.spec(queue_url="", poll_seconds=2.0))
        await rig.until(lambda: rig.all_run(5), within=15)
        rig.world.kill_task(next(iter(rig.live("registrator"))).arn, rig.clock.now())
        await rig.settle(1)
        await rig.until(lambda: rig.all_run(5), within=10)
        assert rig.sink.total("aws_requests_total", operation="ReceiveMessage") == 0
        await service.stop()

    on_virtual_time(story)


def test_one_that_keeps_crashing_backs_off_and_the_rest_goes_on() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        crashing = Behaviour(exit_after=0.5, exit_code=3)
        rig.world.behave("registrator", crashing, instance=rig.instances[2])
        service = rig.start()
        await rig.until(lambda: rig.running("consul-agent") == 5)
        await rig.until(lambda: rig.running("registrator") >= 4)
        await rig.settle(300)
        memory = service.memory.slots[rig.instances[2], DaemonName("registrator")]
        assert memory.failure is not None
        assert memory.failure.streak >= 5
        started = [t for t in rig.world.clusters[CLUSTER].tasks.values() if "registr" in t.group]
        assert 5 <= len(started) - 4 <= 12
        assert rig.running("registrator") >= 4
        await service.stop()

    on_virtual_time(story)


def test_a_missing_cluster_is_told_in_one_line_and_found_once_it_is_there() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        service = rig.start(rig.spec(name="web", queue_url=""))
        await rig.settle(10)
        assert "ClusterNotFoundException" in service.trouble
        assert "\n" not in service.trouble
        told = [line for line in rig.sink.lines if line[1] == "the cluster cannot be found"]
        assert len(told) == 1
        rig.world.call("ecs", "CreateCluster", {"clusterName": "web"}, rig.clock.now())
        await rig.until(lambda: not service.trouble and service.observed is not None)
        assert service.conditions == ()
        await service.stop()

    on_virtual_time(story)


def test_a_missing_definition_holds_one_daemon_until_it_is_there() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        late = DaemonSpec(name=DaemonName("late"), task_definition="late")
        service = rig.start(rig.spec(daemons=(AGENT, REGISTRATOR, late), resync_seconds=60.0))
        await rig.until(lambda: rig.all_run(5))
        assert service.verdicts[rig.instances[0], DaemonName("late")].code == "NO_DEFINITION"
        container = {"name": "late", "image": "late", "memory": 32}
        rig.world.call(
            "ecs",
            "RegisterTaskDefinition",
            {"family": "late", "containerDefinitions": [container]},
            rig.clock.now(),
        )
        await rig.until(lambda: rig.running("late") == 5, within=90)
        await service.stop()

    on_virtual_time(story)


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 48, 57, 59])
def test_a_host_that_ec2_terminates_needs_no_call(seed: int) -> None:
    async def story(loop: VirtualLoop) -> None:
        rig, dice = Rig(loop), random.Random(seed)
        service = rig.start()
        await rig.until(lambda: rig.all_run(5))
        await rig.settle(2 + dice.random() * 3)
        before = len(rig.sink.actions)
        rig.world.terminate(rig.instances[dice.randrange(5)], rig.clock.now())
        await rig.settle(60)
        assert rig.sink.actions[before:] == []
        assert len(service.verdicts) == 8
        await service.stop()

    on_virtual_time(story)
