"""``daemonctl plan`` shows the Consul nodes that would be removed; looking removes none."""

from __future__ import annotations

from msgspec.structs import replace

from daemonctl.adapters.ecs.buckets import Buckets
from daemonctl.adapters.ecs.cluster import EcsCluster
from daemonctl.cli.plan_text import plan_lines
from daemonctl.local.memory import MemoryTransport
from daemonctl.local.world.ready_made import CLUSTER
from daemonctl.model.reason import Notice
from daemonctl.model.spec import GhostsSpec
from daemonctl.ports.consul import CatalogError
from daemonctl.runtime.graves import Graves
from daemonctl.runtime.once import plan_now
from daemonctl.runtime.report import PlanDocument
from daemonctl.runtime.report_plan import plan_document
from tests.stand_ins.consul_catalog import MemoryCatalog
from tests.unit.runtime.grave import ALL, Yard, play


async def planned(yard: Yard, wish: GhostsSpec | None = ALL) -> PlanDocument:
    """As `daemonctl plan` does: with a process of its own."""
    rig = yard.rig
    transport = MemoryTransport(rig.world, rig.clock, latency=lambda: 0.05)
    buckets = Buckets(rig.clock, budget=0.5, jitter=lambda: 0.5)
    cluster = EcsCluster(transport, buckets, CLUSTER, rig.sink, rig.clock)
    spec = replace(rig.spec(), ghosts=wish)
    catalog = MemoryCatalog(yard.registry, rig.clock)
    graves = Graves(yard.nodes, yard.store, cluster, cluster.surroundings, rig.clock)
    return await plan_now(spec, cluster, rig.clock, catalog, graves)


def test_a_plan_of_ones_own_and_the_servers_show_the_same() -> None:
    async def story(yard: Yard) -> None:
        service = yard.start(GhostsSpec(remove=False))
        await yard.joined()
        await yard.rig.settle(120)
        yard.gossip.rude[yard.ec2[1]] = None
        yard.drain(1)
        yard.terminate(0)
        await yard.rig.until(lambda: len(service.ghosts) == 2, within=200)
        own = await planned(yard)
        kinds = {row.ec2_instance_id: row.kind for row in own.ghosts}
        assert kinds == {yard.ec2[0]: "terminated", yard.ec2[1]: "drained"}
        assert not own.nothing_to_do
        plan = service.next_plan()
        assert plan is not None
        removing = plan_document(service, plan)
        assert removing.ghosts == ()  # ghosts.remove is false there
        await yard.rig.kill()
        service = yard.start(dry_run=True)
        await yard.rig.until(lambda: len(service.ghosts) == 2, within=200)
        plan = service.next_plan()
        assert plan is not None
        assert plan_document(service, plan).ghosts == own.ghosts
        text = "\n".join(plan_lines([own]))
        assert "Consul nodes to remove, their hosts are gone:" in text
        assert "; 2 Consul nodes to remove" in text
        assert yard.calls == []

    play(story)


def test_what_was_forgotten_is_known_by_what_is_kept() -> None:
    async def story(yard: Yard) -> None:
        yard.start(GhostsSpec(remove=False))
        await yard.joined()
        await yard.rig.settle(30)
        await yard.rig.kill()
        yard.terminate(2)
        await yard.rig.settle(15)
        await yard.rig.clock.sleep(2 * 3600)
        (row,) = (await planned(yard)).ghosts
        assert row.kind == "forgotten"
        yard.store.down = True
        assert (await planned(yard)).ghosts == ()

    play(story)


def test_without_ghosts_in_the_config_nobody_looks() -> None:
    async def story(yard: Yard) -> None:
        document = await planned(yard, None)
        assert (document.ghosts, document.conditions) == ((), ())
        assert yard.nodes.reads == 0

    play(story)


def test_what_cannot_be_known_is_told() -> None:
    async def story(yard: Yard) -> None:
        async def servers() -> frozenset[str]:
            raise CatalogError("Unauthorised", "no")

        yard.nodes.servers = servers  # type: ignore[method-assign]  # Consul refuses
        document = await planned(yard)
        assert [row.notice for row in document.conditions] == [Notice.GHOSTS_REFUSED.value]

    play(story)
