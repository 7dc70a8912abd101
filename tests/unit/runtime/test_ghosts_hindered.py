"""Removing Consul nodes where something is missing, changes in between, or does not answer."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from daemonctl.local.world.ready_made import CLUSTER
from daemonctl.model.discovery import Node, Serf
from daemonctl.model.ghosts import Entry
from daemonctl.model.ids import Ec2InstanceId
from daemonctl.model.reason import Notice
from daemonctl.model.rights import OPERATE, READ_SERVICES, WRITE_NODES
from daemonctl.model.spec import GhostsSpec
from daemonctl.ports import ApiError
from daemonctl.ports.consul import CatalogError
from daemonctl.runtime import dryrun
from daemonctl.runtime.report_instances import instance_document
from daemonctl.runtime.report_status import cluster_status
from tests.unit.runtime.grave import ALL, Yard, play


class Changing:
    """``Nodes`` where a node is another when it is read for the second time."""

    def __init__(self, yard: Yard, after: Node | None) -> None:
        self._yard = yard
        self._nodes = yard.nodes
        self._after = after
        self.reads = 0
        self.servers = yard.nodes.servers
        self.missing = yard.nodes.missing
        self.force_leave = yard.nodes.force_leave
        self.deregister = yard.nodes.deregister

    async def entry(self, name: str) -> Entry | None:
        self.reads += 1
        if self.reads == 2:
            self._yard.registry.remove(name)
            if self._after is not None:
                self._yard.registry.put(self._after)
        return await self._nodes.entry(name)


def test_without_operator_write_the_catalog_alone_is_cleaned() -> None:
    async def story(yard: Yard) -> None:
        yard.nodes.denied = (OPERATE,)
        yard.start()
        await yard.joined()
        yard.terminate(0)
        await yard.rig.until(lambda: yard.ec2[0] not in yard.registry.nodes, within=60)
        assert yard.calls == [("deregister", yard.ec2[0])]
        assert yard.removed("terminated") == 1
        await yard.rig.settle(60)
        (words,) = yard.told(Notice.CONSUL_RIGHTS)
        assert 'lacks operator = "write" (to make the gossip forget a failed agent)' in words

    play(story)


def test_the_config_may_spare_the_gossip() -> None:
    async def story(yard: Yard) -> None:
        yard.nodes.denied = (OPERATE,)
        yard.start(replace(ALL, force_leave=False))
        await yard.joined()
        yard.terminate(0)
        await yard.rig.until(lambda: yard.calls != [], within=60)
        assert yard.calls == [("deregister", yard.ec2[0])]
        await yard.rig.settle(60)
        assert yard.told(Notice.CONSUL_RIGHTS) == []

    play(story)


def test_without_node_write_nothing_goes_and_the_right_is_named() -> None:
    async def story(yard: Yard) -> None:
        yard.nodes.denied = (OPERATE, WRITE_NODES, READ_SERVICES)
        yard.start()
        await yard.joined()
        yard.terminate(0)
        await yard.rig.until(lambda: yard.told(Notice.GHOSTS_REFUSED) != [], within=60)
        (words,) = yard.told(Notice.GHOSTS_REFUSED)
        assert words == f"{yard.ec2[0]} stays: the token lacks {WRITE_NODES.rule}"
        assert yard.calls == []
        (words,) = yard.told(Notice.CONSUL_RIGHTS)
        for right in yard.nodes.denied:
            assert right.rule in words
        yard.nodes.denied = ()
        await yard.rig.until(lambda: yard.calls != [], within=20)
        await yard.rig.settle(70)
        assert yard.told(Notice.GHOSTS_REFUSED) == yard.told(Notice.CONSUL_RIGHTS) == []

    play(story)


def test_what_the_gossip_forgot_and_the_catalog_kept_is_deregistered() -> None:
    async def story(yard: Yard) -> None:
        yard.nodes.stuck = tuple(yard.ec2)
        yard.start()
        await yard.joined()
        yard.terminate(0)
        await yard.rig.until(lambda: yard.ec2[0] not in yard.registry.nodes, within=60)
        assert yard.calls == [("force_leave", yard.ec2[0]), ("deregister", yard.ec2[0])]
        assert yard.removed("terminated") == 1

    play(story)


def test_a_node_without_an_agent_is_deregistered() -> None:
    async def story(yard: Yard) -> None:
        yard.start()
        await yard.joined()
        left = yard.registry.nodes[yard.ec2[0]]
        yard.terminate(0)
        yard.registry.put(replace(left, name="left-over", serf=Serf.NONE))
        await yard.rig.until(lambda: "left-over" not in yard.registry.nodes, within=60)
        assert ("deregister", "left-over") in yard.calls

    play(story)


@pytest.mark.parametrize("alive", [True, False])
def test_a_name_that_a_new_host_takes_at_the_last_moment_is_kept(*, alive: bool) -> None:
    async def story(yard: Yard) -> None:
        yard.start(None)
        await yard.joined()
        await yard.rig.kill()
        yard.agents.cancel()  # what is in the catalog is the story's from here
        old = yard.registry.nodes[yard.ec2[0]]
        new = replace(old, meta={**old.meta, "ec2-instance-id": "i-0new"})
        if alive:
            new = replace(old, serf=Serf.ALIVE)
        yard.registry.put(replace(old, serf=Serf.FAILED))
        yard.terminate(0)
        await yard.rig.settle(15)
        changing = Changing(yard, new)
        yard.nodes = changing  # type: ignore[assignment]  # it does the same
        yard.start()
        await yard.rig.settle(120)
        assert changing.reads >= 2
        assert yard.registry.nodes[yard.ec2[0]] == new
        assert yard.calls == []

    play(story)


def test_who_takes_name_and_address_of_a_dead_host_keeps_them() -> None:
    async def story(yard: Yard) -> None:
        yard.start()
        await yard.joined()
        yard.terminate(0)
        (arn,) = yard.rig.world.add_instances(CLUSTER, 1, yard.rig.clock.now())
        new = yard.rig.world.clusters[CLUSTER].instances[arn].host.id
        yard.gossip.names[new] = yard.ec2[0]
        await yard.rig.until(
            lambda: (
                yard.registry.nodes[yard.ec2[0]].meta["ec2-instance-id"] == new
                if yard.ec2[0] in yard.registry.nodes
                else False
            ),
            within=200,
        )
        await yard.rig.settle(600)
        assert yard.registry.nodes[yard.ec2[0]].serf is Serf.ALIVE

    play(story)


def test_while_consul_is_away_nothing_is_concluded() -> None:
    async def story(yard: Yard) -> None:
        service = yard.start()
        await yard.joined()
        yard.registry.fail(down=True)
        yard.terminate(0)
        await yard.rig.settle(200)
        assert (yard.calls, service.ghosts) == ([], ())
        yard.registry.fail(down=False)
        await yard.rig.until(lambda: yard.calls != [], within=60)

    play(story)


def test_where_ec2_does_not_answer_it_is_told_and_nothing_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def denied(self: object, ids: Sequence[Ec2InstanceId]) -> dict[Ec2InstanceId, str]:
        raise ApiError("UnauthorizedOperation", "no ec2:DescribeInstances")

    async def story(yard: Yard) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("daemonctl.adapters.ecs.surroundings.EcsSurroundings.machines", denied)
            yard.start()
            await yard.joined()
            yard.terminate(0)
            await yard.rig.until(lambda: yard.told(Notice.GHOSTS_REFUSED) != [], within=60)
            (words,) = yard.told(Notice.GHOSTS_REFUSED)
            assert words == "UnauthorizedOperation: no ec2:DescribeInstances"
            await yard.rig.settle(60)
            assert yard.calls == []
        await yard.rig.until(lambda: yard.calls != [], within=60)

    play(story)


def test_status_and_explain_tell_of_them() -> None:
    async def story(yard: Yard) -> None:
        service = yard.start(GhostsSpec(remove=False))
        await yard.joined()
        now = yard.rig.clock.now
        row = cluster_status(service, now()).consul
        assert row is not None
        assert row.ghosts == 0
        yard.rig.world.disconnect(yard.rig.instances[0], now())  # ECS keeps listing it
        await yard.rig.settle(5)
        yard.terminate(0)
        await yard.rig.until(lambda: len(service.ghosts) == 1, within=60)
        row = cluster_status(service, now()).consul
        assert row is not None
        assert row.ghosts == 1
        (ghost,) = instance_document(service, yard.ec2[0]).consul_ghosts
        assert (ghost.node, ghost.kind) == (yard.ec2[0], "terminated")
        assert instance_document(service, yard.ec2[1]).consul_ghosts == ()

    play(story)


async def test_what_only_reads_removes_nothing() -> None:
    class Inner:
        async def servers(self) -> frozenset[str]:
            return frozenset({"server"})

        async def entry(self, name: str) -> None:
            return None

        async def missing(self, rights: object) -> tuple[()]:
            return ()

    nodes = dryrun.OnlyRead(Inner())  # type: ignore[arg-type]  # it has no way to remove
    assert await nodes.servers() == frozenset({"server"})
    assert await nodes.entry("x") is None
    assert await nodes.missing(()) == ()
    with pytest.raises(CatalogError):
        await nodes.force_leave("x")
    with pytest.raises(CatalogError):
        await nodes.deregister("x", 1)
