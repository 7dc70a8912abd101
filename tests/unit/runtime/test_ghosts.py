"""Consul nodes of hosts that are gone, on the local ECS in memory."""

from __future__ import annotations

from daemonctl.model.discovery import Node, Serf
from daemonctl.model.memory import Freeze
from daemonctl.model.reason import Notice
from daemonctl.model.spec import GhostsSpec, Share
from tests.unit.runtime.grave import Yard, play

META = {"ecs-cluster": "local", "ecs-container-instance": "c" * 32, "ec2-instance-id": "i-0ff"}


def test_the_node_of_a_terminated_host_goes_and_no_other() -> None:
    async def story(yard: Yard) -> None:
        yard.start()
        await yard.joined()
        strangers = (
            Node("mine-elsewhere", "10.0.0.1", Serf.FAILED, META),  # another account's, never seen
            Node("other-cluster", "10.0.0.1", Serf.FAILED, {**META, "ecs-cluster": "x"}),
            Node("plain", "10.0.0.1", Serf.FAILED, {}),
            Node("server-2", "10.0.0.1", Serf.FAILED, {**META, "ec2-instance-id": yard.ec2[0]}),
        )
        for node in strangers:
            yard.registry.put(node)
        before = yard.there()
        yard.terminate(0)
        seconds = await yard.rig.until(lambda: yard.ec2[0] not in yard.registry.nodes, within=200)
        assert seconds < 60
        assert yard.calls == [("force_leave", yard.ec2[0])]
        assert yard.removed("terminated") == 1
        words = f"Consul node {yard.ec2[0]}: {yard.ec2[0]}: EC2 says that it is terminated"
        assert ("force-leave", "ok", words) in yard.rig.sink.deeds
        await yard.rig.settle(600)
        assert yard.there() == [name for name in before if name != yard.ec2[0]]
        assert yard.told(Notice.GHOSTS_REFUSED) == []

    play(story)


def test_the_node_of_a_drained_host_goes_at_once() -> None:
    async def story(yard: Yard) -> None:
        yard.start()
        await yard.joined()
        yard.gossip.rude[yard.ec2[1]] = None  # killed: it did not leave by itself
        await yard.rig.settle(100)  # the first look
        yard.drain(1)
        await yard.rig.until(lambda: yard.rig.running("consul-agent") == 2, within=100)
        seconds = await yard.rig.until(lambda: yard.ec2[1] not in yard.registry.nodes)
        assert seconds < 10  # six of them until the others notice
        assert yard.removed("drained") == 1
        assert yard.calls == [("force_leave", yard.ec2[1])]

    play(story)


def test_an_agent_that_left_by_itself_needs_nobody() -> None:
    async def story(yard: Yard) -> None:
        yard.start()
        await yard.joined()
        await yard.rig.settle(100)
        yard.drain(1)
        await yard.rig.until(lambda: yard.ec2[1] not in yard.registry.nodes, within=100)
        await yard.rig.settle(60)
        assert yard.calls == []

    play(story)


def test_a_stopped_host_and_a_dead_agent_are_no_ghosts() -> None:
    async def story(yard: Yard) -> None:
        yard.start()
        await yard.joined()
        yard.rig.world.stop(yard.rig.instances[0], yard.rig.clock.now())
        yard.gossip.cut[yard.ec2[1]] = None
        await yard.rig.settle(900)
        assert yard.calls == []
        assert set(yard.ec2) <= set(yard.there())

    play(story)


def test_what_ec2_has_forgotten_is_gone_if_it_was_seen_here_even_by_an_earlier_process() -> None:
    async def story(yard: Yard) -> None:
        yard.start()
        await yard.joined()
        await yard.rig.settle(30)  # kept by now
        await yard.rig.kill()
        yard.terminate(2)
        await yard.rig.settle(15)
        await yard.rig.clock.sleep(2 * 3600)
        yard.start()
        await yard.rig.until(lambda: yard.ec2[2] not in yard.registry.nodes, within=120)
        assert yard.removed("forgotten") == 1

    play(story)


def test_without_what_was_seen_it_stays() -> None:
    async def story(yard: Yard) -> None:
        yard.start()
        await yard.joined()
        await yard.rig.settle(30)
        await yard.rig.kill()
        yard.terminate(2)
        await yard.rig.settle(15)
        await yard.rig.clock.sleep(2 * 3600)
        yard.store.values.clear()
        yard.start()
        await yard.rig.settle(300)
        assert yard.ec2[2] in yard.registry.nodes

    play(story)


def test_frozen_none_is_removed_and_the_plan_shows_them() -> None:
    async def story(yard: Yard) -> None:
        service = yard.start()
        await yard.joined()
        service.memory.freeze = Freeze("ann", 0.0)
        yard.terminate(0)
        await yard.rig.until(lambda: len(service.ghosts) == 1, within=60)
        await yard.rig.settle(60)
        assert yard.calls == []
        service.memory.freeze = None
        await yard.rig.until(lambda: yard.calls != [], within=20)
        await yard.rig.until(lambda: service.ghosts == (), within=20)

    play(story)


def test_a_dry_run_tells_each_once_and_removes_none() -> None:
    async def story(yard: Yard) -> None:
        yard.start(None)
        await yard.joined()
        await yard.rig.kill()
        service = yard.start(dry_run=True)
        yard.terminate(0)
        await yard.rig.until(lambda: len(service.ghosts) == 1, within=60)
        await yard.rig.settle(120)
        dry = [words for _, outcome, words in yard.rig.sink.deeds if outcome == "dry-run"]
        assert dry == [f"Consul node {yard.ec2[0]}: {yard.ec2[0]}: EC2 says that it is terminated"]
        assert yard.calls == []

    play(story)


def test_where_removing_is_off_they_are_told() -> None:
    async def story(yard: Yard) -> None:
        yard.start(GhostsSpec(remove=False))
        await yard.joined()
        yard.terminate(0)
        await yard.rig.until(lambda: yard.told(Notice.GHOSTS) != [], within=60)
        (words,) = yard.told(Notice.GHOSTS)
        assert words == (
            f"Consul nodes whose hosts are gone: 1 ({yard.ec2[0]}); ghosts.remove is false"
        )
        await yard.rig.settle(60)
        assert yard.calls == []

    play(story)


def test_so_many_a_minute_and_the_rest_later() -> None:
    async def story(yard: Yard) -> None:
        yard.start(GhostsSpec(per_minute=20, max_share=Share(1)))
        await yard.joined()
        yard.terminate(0, 1)
        await yard.rig.until(lambda: len(yard.calls) == 1, within=60)
        await yard.rig.settle(50)
        assert len(yard.calls) == 1
        (words,) = yard.told(Notice.GHOSTS_HELD)
        assert words.endswith(f"1 ({yard.ec2[1]}) wait: perMinute is 20, maxShare 1")
        await yard.rig.until(lambda: len(yard.calls) == 2, within=20)
        await yard.rig.settle(10)
        assert yard.told(Notice.GHOSTS_HELD) == []

    play(story)
