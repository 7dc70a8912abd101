"""The whole loop with a daemon that is ready once Consul says so."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from daemonctl.local.world.ready_made import CLUSTER
from daemonctl.model.reason import Notice
from daemonctl.model.spec import ConsulSpec
from daemonctl.runtime.datacenter import Datacenter
from daemonctl.runtime.report_instances import instance_document
from daemonctl.runtime.report_status import cluster_status
from daemonctl.runtime.service import ClusterService
from tests.simulation.loop import VirtualLoop
from tests.stand_ins.consul_catalog import MemoryCatalog
from tests.stand_ins.gossip import Gossip
from tests.unit.runtime.rig import AGENT, REGISTRATOR, Rig, on_virtual_time

ASKING = replace(AGENT, agent_alive=True)


class Stage:
    """A rig, and Consul beside it."""

    def __init__(self, loop: VirtualLoop, instances: int = 3) -> None:
        self.rig = Rig(loop, instances=instances)
        self.gossip = Gossip(self.rig.world, CLUSTER, "consul-agent", self.rig.clock)
        self.agents = asyncio.ensure_future(self.gossip.run())
        catalog = MemoryCatalog(self.gossip.registry, self.rig.clock)
        self.datacenter = Datacenter(catalog, "dc1", self.rig.clock, self.rig.sink)

    def start(self) -> ClusterService:
        spec = self.rig.spec(daemons=(ASKING, REGISTRATOR), consul=ConsulSpec("http://consul"))
        return self.rig.start(spec, datacenter=self.datacenter)

    async def end(self, service: ClusterService) -> None:
        await service.stop()
        self.agents.cancel()
        await asyncio.gather(self.agents, return_exceptions=True)

    def codes(self, service: ClusterService) -> dict[str, int]:
        found: dict[str, int] = {}
        for verdict in service.verdicts.values():
            found[verdict.code.value] = found.get(verdict.code.value, 0) + 1
        return found


def test_registrator_starts_where_the_agent_has_joined() -> None:
    async def story(loop: VirtualLoop) -> None:
        stage = Stage(loop)
        service = stage.start()
        await stage.rig.until(lambda: stage.rig.running("consul-agent") == 3)
        assert stage.rig.running("registrator") == 0
        await stage.rig.until(lambda: stage.rig.all_run(3), within=15)
        await stage.rig.settle(3)
        assert stage.codes(service) == {"READY": 6}
        assert stage.rig.sink.violations == []
        status = cluster_status(service, stage.rig.clock.now())
        assert status.consul is not None
        assert (status.consul.known, status.consul.words) == (True, "")
        shown = instance_document(service, stage.rig.instances[0].rsplit("/", 1)[-1])
        assert shown.consul_agent.startswith("ALIVE: Consul node ")
        await stage.end(service)

    on_virtual_time(story)


def test_an_agent_that_the_others_cannot_reach_is_replaced() -> None:
    async def story(loop: VirtualLoop) -> None:
        stage = Stage(loop, 6)
        service = stage.start()
        await stage.rig.until(lambda: stage.rig.all_run(6), within=60)
        await stage.rig.settle(700)
        victim = next(iter(stage.rig.live("consul-agent")))
        stage.gossip.cut[victim.instance.host.id] = None
        await stage.rig.settle(10)
        assert stage.codes(service) == {"READY": 11, "UNHEALTHY": 1}
        await stage.rig.until(lambda: victim.desired_status == "STOPPED", within=120)
        stage.gossip.cut.clear()
        await stage.rig.settle(30)
        assert stage.codes(service) == {"READY": 12}
        await stage.end(service)

    on_virtual_time(story)


def test_in_an_outage_agents_are_kept_and_status_says_what_is_unknown() -> None:
    """Consul being down must not keep Consul agents down."""

    async def story(loop: VirtualLoop) -> None:
        stage = Stage(loop)
        service = stage.start()
        await stage.rig.until(lambda: stage.rig.all_run(3), within=60)
        await stage.rig.settle(5)
        stage.gossip.registry.fail(down=True)
        await stage.rig.settle(75)
        assert stage.codes(service) == {"UNKNOWN": 3, "READY": 3}
        assert [each.notice for each in service.conditions] == [Notice.CONSUL_UNKNOWN]
        status = cluster_status(service, stage.rig.clock.now())
        assert status.consul is not None
        assert not status.consul.known
        assert status.consul.words.startswith("Consul has not answered for ")
        assert "Unreachable: Consul cannot be reached; starts go by what" in status.consul.words
        stopped = [task for task in stage.rig.live() if task.desired_status == "STOPPED"]
        assert stopped == []
        for task in [*stage.rig.live()][:2]:
            stage.rig.world.kill_task(task.arn, stage.rig.clock.now())
        for task in [*stage.rig.live("registrator")][:1]:
            stage.rig.world.kill_task(task.arn, stage.rig.clock.now())
        await stage.rig.until(lambda: stage.rig.all_run(3), within=60)
        await stage.rig.settle(600)
        ours = [one for one in stage.rig.sink.actions if one[0].__class__.__name__ == "StopTask"]
        assert ours == []
        stage.gossip.registry.fail(down=False)
        await stage.rig.settle(20)
        assert stage.codes(service) == {"READY": 6}
        assert stage.rig.sink.violations == []
        await stage.end(service)

    on_virtual_time(story)


def test_a_start_in_an_outage_goes_by_ecs() -> None:
    async def story(loop: VirtualLoop) -> None:
        stage = Stage(loop)
        stage.gossip.registry.fail(down=True)
        service = stage.start()
        await stage.rig.until(lambda: stage.rig.all_run(3), within=60)
        assert service.conditions == ()  # the first answer may still be on its way
        await stage.rig.settle(60)
        assert [each.notice for each in service.conditions] == [Notice.CONSUL_UNKNOWN]
        words = instance_document(service, stage.rig.instances[0].rsplit("/", 1)[-1]).consul_agent
        assert words == "not known: Consul's catalog is not known now"
        await stage.end(service)

    on_virtual_time(story)
