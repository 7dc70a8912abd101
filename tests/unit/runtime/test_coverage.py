"""The whole loop with a registrator that is ready once what runs beside it is in Consul."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec.structs import replace

from daemonctl.local.world.ready_made import CLUSTER
from daemonctl.local.world.task import Task
from daemonctl.model.plan import StopTask
from daemonctl.model.reason import Code, Notice
from daemonctl.model.spec import ConsulSpec
from daemonctl.runtime.datacenter import Datacenter
from daemonctl.runtime.doorbell import Doorbell
from daemonctl.runtime.report import InstanceDocument
from daemonctl.runtime.report_instances import instance_document
from daemonctl.runtime.report_status import cluster_status
from daemonctl.runtime.service import ClusterService
from tests.simulation.loop import VirtualLoop
from tests.stand_ins.consul_catalog import MemoryCatalog
from tests.stand_ins.gossip import Gossip
from tests.stand_ins.registrator import Registrators
from tests.unit.runtime.rig import AGENT, REGISTRATOR, Rig, on_virtual_time

DAEMONS = (replace(AGENT, agent_alive=True), replace(REGISTRATOR, services_registered=True))
FIRST_LOOK = 660.0


class Stage:
    """A rig with a service of kibana, and Consul and the registrators beside it."""

    def __init__(self, loop: VirtualLoop, instances: int = 3, tasks: int = 6) -> None:
        self.rig = rig = Rig(loop, instances=instances)
        self.gossip = Gossip(rig.world, CLUSTER, "consul-agent", rig.clock)
        self.registry = self.gossip.registry
        self.there = Registrators(rig.world, CLUSTER, self.registry, rig.clock)
        self.loops = [
            asyncio.ensure_future(self.gossip.run()),
            asyncio.ensure_future(self.there.run()),
        ]
        rig.call("CreateService", serviceName="web", taskDefinition="kibana", desiredCount=tasks)

    def start(self, **changes: Any) -> ClusterService:
        dry_run = changes.pop("dry_run", False)
        fields = {"daemons": DAEMONS, "consul": ConsulSpec("http://consul")} | changes
        catalog = MemoryCatalog(self.registry, self.rig.clock)
        return self.rig.start(
            self.rig.spec(**fields),
            dry_run=dry_run,
            datacenter=Datacenter(catalog, "dc1", self.rig.clock, self.rig.sink),
            doorbell=Doorbell(self.there.client(), self.rig.clock),
        )

    async def end(self, service: ClusterService) -> None:
        assert self.rig.sink.violations == []
        await service.stop()
        for loop in self.loops:
            loop.cancel()
        await asyncio.gather(*self.loops, return_exceptions=True)

    def web(self) -> list[Task]:
        return [task for task in self.rig.live("kibana") if task.last_status == "RUNNING"]

    def document(self, service: ClusterService, task: Task) -> InstanceDocument:
        return instance_document(service, task.instance.arn.rsplit("/", 1)[-1])

    def code(self, service: ClusterService, task: Task) -> tuple[Code, str]:
        verdict = service.verdicts[task.instance.arn, REGISTRATOR.name]
        return verdict.code, verdict.words

    def restarts(self) -> int:
        return sum(
            isinstance(action, StopTask) and action.code == Code.COVERAGE and outcome == "ok"
            for action, outcome, _ in self.rig.sink.actions
        )

    async def steady(self, service: ClusterService) -> None:
        await self.rig.until(lambda: self.rig.all_run(3) and len(self.web()) == 6, within=90)
        await self.rig.settle(45)
        assert {each.code for each in service.verdicts.values()} == {Code.READY}


def on_stage(
    story: Callable[[Stage, ClusterService], Awaitable[None]], look: float = 0.0, **changes: Any
) -> None:
    """The story, from the time on when all is READY, or ``look`` seconds later."""

    async def played(loop: VirtualLoop) -> None:
        stage = Stage(loop)
        service = stage.start(**changes)
        await stage.steady(service)
        await stage.rig.settle(look)
        await story(stage, service)
        await stage.end(service)

    on_virtual_time(played)


def counts(service: ClusterService, now: float) -> tuple[int, int]:
    row = cluster_status(service, now).coverage
    assert row is not None
    assert row.words == ""
    return row.unregistered_tasks, row.stale_services


def test_where_all_is_registered_nothing_is_said_and_little_is_read() -> None:
    async def story(stage: Stage, service: ClusterService) -> None:
        assert counts(service, stage.rig.clock.now()) == (0, 0)
        before = stage.there.reads
        await stage.rig.settle(300)
        assert stage.there.reads == before  # nothing rings: nothing is read
        assert service.conditions == ()
        stage.there.ring()
        await stage.rig.settle(5)
        assert stage.there.reads == before + 3  # each once, in turn

    on_stage(story)


def test_a_gap_is_named_and_registrator_restarted_for_it_once() -> None:
    async def story(stage: Stage, service: ClusterService) -> None:
        victim = stage.web()[0]
        stage.there.deaf[victim.arn] = stage.rig.clock.now()
        took = await stage.rig.until(lambda: service.conditions != (), within=60)
        assert took < 10
        assert counts(service, stage.rig.clock.now()) == (1, 0)
        assert service.conditions[0].notice is Notice.UNREGISTERED
        code, words = stage.code(service, victim)
        assert code is Code.READY
        assert "published ports not in Consul: kibana-1-kibana port " in words
        [gap] = stage.document(service, victim).unregistered
        assert gap.endswith(f"(task {victim.arn.rsplit('/', 1)[-1]})")
        await stage.rig.until(lambda: stage.restarts() == 1, within=250)
        await stage.rig.settle(60)  # the new one sees it
        assert counts(service, stage.rig.clock.now()) == (0, 0)
        stage.there.deaf[victim.arn] = stage.rig.clock.now() + 10_000  # for good
        await stage.rig.settle(1500)
        assert stage.restarts() == 1
        assert stage.code(service, victim)[1].endswith("a restart of registrator has not helped")

    on_stage(story, look=FIRST_LOOK)


def test_a_registrator_that_registers_nothing_is_not_ready_and_is_replaced() -> None:
    async def story(stage: Stage, service: ClusterService) -> None:
        victim = stage.web()[0]
        ec2 = victim.instance.host.id
        stage.there.quiet[ec2] = None
        stage.there.services[ec2] = {}
        stage.there.ring()
        await stage.rig.until(lambda: stage.code(service, victim)[0] is Code.UNHEALTHY, within=20)
        assert "none of the 2 ports" in stage.code(service, victim)[1]
        before = len(stage.rig.ever("registrator"))
        await stage.rig.until(lambda: len(stage.rig.ever("registrator")) > before, within=120)
        stage.there.quiet.clear()
        await stage.rig.settle(60)
        assert {each.code for each in service.verdicts.values()} == {Code.READY}

    on_stage(story, look=FIRST_LOOK)


def leave_behind(stage: Stage, victim: Task) -> str:
    """The task's container dies while its registrator looks away; its id in Consul."""
    ec2 = victim.instance.host.id
    stage.there.quiet[ec2] = None
    held = stage.there.services[ec2]
    [entry] = [key for key in held if victim.arn[-12:] in key]
    stage.rig.world.kill_task(victim.arn, stage.rig.clock.now())
    return entry


def test_what_a_dead_container_left_is_taken_out_through_its_agent() -> None:
    async def story(stage: Stage, service: ClusterService) -> None:
        victim = stage.web()[0]
        entry = leave_behind(stage, victim)
        await stage.rig.until(lambda: counts(service, stage.rig.clock.now())[1] == 1, within=30)
        assert stage.document(service, victim).stale_services[0].startswith(entry)
        kept = stage.there.services[victim.instance.host.id]
        assert entry in kept  # for a while it may only be late
        await stage.rig.until(lambda: entry not in kept, within=90)
        others = [each for each in stage.web() if each.instance is victim.instance]
        assert all(any(each.arn[-12:] in key for key in kept) for each in others[:1])
        assert stage.rig.sink.total("actions", action="DeregisterService", outcome="ok") == 1

    on_stage(story, look=FIRST_LOOK)


def test_an_agent_that_cannot_be_reached_is_named_with_the_next_step() -> None:
    async def story(stage: Stage, service: ClusterService) -> None:
        victim = stage.web()[0]
        stage.there.unreachable = True
        entry = leave_behind(stage, victim)
        await stage.rig.settle(150)
        assert entry in stage.there.services[victim.instance.host.id]
        told = [each for each in service.conditions if each.notice is Notice.STALE_SERVICES]
        assert "Unreachable: " in told[0].words
        assert entry in told[0].words
        assert "Unreachable: " in stage.document(service, victim).stale_services[0]

    on_stage(story, look=FIRST_LOOK)


def test_a_dry_run_takes_nothing_out() -> None:
    async def story(loop: VirtualLoop) -> None:
        stage = Stage(loop)
        service = stage.start()
        await stage.steady(service)
        await service.stop()
        stage.rig.sink.verdicts.clear()
        dry = stage.start(dry_run=True)
        await stage.rig.settle(FIRST_LOOK + 30)
        victim = stage.web()[0]
        entry = leave_behind(stage, victim)
        await stage.rig.settle(200)
        assert counts(dry, stage.rig.clock.now())[1] == 1
        assert entry in stage.there.services[victim.instance.host.id]
        await stage.end(dry)

    on_virtual_time(story)


def test_in_an_outage_nothing_is_known_and_nothing_is_done() -> None:
    async def story(stage: Stage, service: ClusterService) -> None:
        victim = stage.web()[0]
        stage.there.deaf[victim.arn] = stage.rig.clock.now()
        entry = leave_behind(stage, stage.web()[1])
        await stage.rig.settle(20)
        stage.registry.fail(down=True)
        stage.there.ring()
        await stage.rig.settle(400)
        assert stage.restarts() == 0
        assert any(entry in held for held in stage.there.services.values())
        assert stage.code(service, victim)[0] is Code.UNKNOWN
        assert stage.document(service, victim).unregistered == ()
        row = cluster_status(service, stage.rig.clock.now()).coverage
        assert row is not None
        assert row.words.startswith("Unreachable: ")
        stage.registry.fail(down=False)
        stage.there.ring()
        stage.there.quiet.clear()
        await stage.rig.until(lambda: stage.restarts() == 1, within=300)

    on_stage(story, look=FIRST_LOOK)


def test_without_a_queue_listings_are_enough() -> None:
    async def story(stage: Stage, service: ClusterService) -> None:
        stage.rig.call("UpdateService", service="web", desiredCount=9)
        await stage.rig.until(lambda: len(stage.web()) == 9, within=60)
        await stage.rig.settle(120)
        assert counts(service, stage.rig.clock.now()) == (0, 0)
        assert stage.rig.sink.total("actions", action="DeregisterService") == 0

    on_stage(story, queue_url="", poll_seconds=10.0)


def test_a_daemon_that_stops_asking_lets_others_tasks_go() -> None:
    async def story(stage: Stage, service: ClusterService) -> None:
        observed = service.observed
        assert observed is not None
        assert sum(len(host.tasks) for host in observed.hosts.values()) == 12
        service.replace(stage.rig.spec(consul=ConsulSpec("http://consul")))
        await stage.rig.settle(10)
        observed = service.observed
        assert observed is not None
        assert sum(len(host.tasks) for host in observed.hosts.values()) == 6
        assert all(host.registered is None for host in observed.hosts.values())

    on_stage(story)
