"""Revisions beside the wanted one: what needs them, when they are looked up, who may go on."""

from __future__ import annotations

from msgspec.structs import replace

from daemonctl.model.desired import Desired, DesiredDaemon
from daemonctl.model.ids import ClusterAlias, DaemonName
from daemonctl.model.memory import DaemonMemory, Memory
from daemonctl.model.observed import Host
from daemonctl.model.rollout import Pause, Phase, Revision, Rollout
from daemonctl.model.spec import ClusterSpec, DaemonSpec
from daemonctl.runtime.definitions import health_checked, resolve
from daemonctl.runtime.definitions_known import Watch, joined, lacking, of_rollouts, running
from daemonctl.runtime.procession import may_follow
from tests.simulation.loop import VirtualLoop
from tests.unit.runtime.fakes import FakeCluster
from tests.unit.runtime.made import OWNER, definition, definition_arn, instance, stopped, task
from tests.unit.runtime.rig import on_virtual_time

AGENT = DaemonName("agent")
SPEC = DaemonSpec(AGENT, "agent")
CLUSTER = ClusterSpec(ClusterAlias("c"), "c", OWNER, "r", (SPEC,))
ONE, TWO, THREE = (definition_arn(f"agent:{number}") for number in (1, 2, 3))
ROLLOUT = Rollout(asked=Revision(THREE), target=Revision(TWO), last_good=Revision(ONE))


def memory(rollout: Rollout | None = ROLLOUT) -> Memory:
    return Memory(daemons={AGENT: DaemonMemory(rollout=rollout)})


def desired(*known: str) -> Desired:
    daemon = DesiredDaemon(SPEC, definition("agent:3"), known=tuple(map(definition, known)))
    return Desired(ClusterAlias("c"), "c", OWNER, (daemon,))


def test_a_rollout_needs_its_target_the_last_good_one_and_what_was_asked_for() -> None:
    assert of_rollouts(desired(), memory()) == {AGENT: (TWO, ONE, THREE)}
    assert of_rollouts(desired(), memory(None)) == {}
    assert of_rollouts(desired(), Memory()) == {}
    assert lacking(desired(), {AGENT: (TWO, ONE, THREE)}) == {AGENT: (TWO, ONE)}
    assert lacking(desired("agent:1", "agent:2"), {AGENT: (TWO, ONE, THREE)}) == {}


def test_what_runs_is_needed_too_of_ours_and_live() -> None:
    tasks = (
        task("a", definition=ONE),
        task("b", definition=TWO, started_by="somebody"),
        stopped("c", definition=TWO),
        task("d", definition=TWO, group="family:agent"),
    )
    found = running(desired(), [Host(instance("a"), tasks)])
    assert found == {AGENT: (ONE,)}
    assert joined(found, {AGENT: (THREE, ONE)}) == {AGENT: (ONE, THREE)}


def test_they_are_looked_up_once_and_afresh_with_the_config() -> None:
    async def story(loop: VirtualLoop) -> None:
        cluster = FakeCluster()
        cluster.definitions = {
            "agent": definition("agent:3"),
            ONE: definition("agent:1", active=False),
            TWO: definition("agent:2", has_health_check=True),
        }
        needed = {AGENT: (TWO, ONE, THREE, definition_arn("agent:99"))}
        first = await resolve(cluster, CLUSTER, (), afresh=True, needed=needed)
        [daemon] = first.daemons
        assert [(one.arn, one.active) for one in daemon.known] == [(ONE, False), (TWO, True)]
        assert health_checked(first) == (TWO,)
        made = len(cluster.made("describe_task_definition"))
        again = await resolve(cluster, CLUSTER, first.daemons, afresh=False, needed=needed)
        assert again == first
        assert len(cluster.made("describe_task_definition")) == made + 1  # the one that is lost
        await resolve(cluster, CLUSTER, first.daemons, afresh=True, needed=needed)
        assert len(cluster.made("describe_task_definition")) == 2 * made + 1
        none = await resolve(cluster, CLUSTER, first.daemons, afresh=False)
        assert none.daemons[0].known == ()

    on_virtual_time(story)


def test_what_was_wanted_before_is_known_without_asking() -> None:
    async def story(loop: VirtualLoop) -> None:
        cluster = FakeCluster()
        cluster.definitions = {"agent:1": definition("agent:1"), "agent:2": definition("agent:2")}
        pinned = replace(CLUSTER, daemons=(replace(SPEC, task_definition="agent:1"),))
        first = await resolve(cluster, pinned, (), afresh=True)
        other = replace(CLUSTER, daemons=(replace(SPEC, task_definition="agent:2"),))
        needed = {AGENT: (ONE,)}
        second = await resolve(cluster, other, first.daemons, afresh=False, needed=needed)
        assert [one.arn for one in second.daemons[0].known] == [ONE]
        assert len(cluster.made("describe_task_definition")) == 2

    on_virtual_time(story)


def test_a_family_is_followed_where_that_is_asked_for_and_when_its_turn_has_come() -> None:
    async def story(loop: VirtualLoop) -> None:
        cluster = FakeCluster()
        cluster.definitions = {"agent": definition("agent:1")}
        following = replace(CLUSTER, daemons=(replace(SPEC, follow=True),))
        first = await resolve(cluster, following, (), afresh=True)
        cluster.definitions = {"agent": definition("agent:2")}
        turn = False
        offered = []

        async def now() -> str | None:
            found = await resolve(
                cluster,
                following,
                first.daemons,
                afresh=False,
                may_follow=lambda name, one: offered.append((name, one.arn)) or turn,
            )
            wanted = found.daemons[0].definition
            return None if wanted is None else wanted.arn

        assert await now() == ONE
        turn = True
        assert await now() == TWO
        assert offered == [(AGENT, TWO)] * 2
        cluster.definitions = {"agent": definition("agent:1")}
        assert await now() == ONE
        assert len(offered) == 2

    on_virtual_time(story)


def test_the_watch_rings_once_for_what_is_new() -> None:
    rung = []
    watch = Watch()
    watch.ring = lambda: rung.append(1)
    watch.look(desired(), memory(None))
    assert rung == []
    for _ in range(3):
        watch.look(desired(), memory())
    assert len(rung) == 1
    watch.look(desired("agent:1", "agent:2"), memory())
    watch.look(desired(), memory(replace(ROLLOUT, last_good=None)))
    assert len(rung) == 2


class Cluster:
    def __init__(self, alias: str, rollout: Rollout | None, looked: float | None = 100.0) -> None:
        daemon = replace(SPEC, follow=not alias.startswith("still"))
        self.spec = replace(CLUSTER, alias=ClusterAlias(alias), daemons=(daemon,))
        self.looked_up_at = looked
        self._rollout = rollout

    def rollout_of(self, name: DaemonName) -> Rollout | None:
        assert name == AGENT
        return self._rollout


DONE = Rollout(asked=Revision(TWO), target=Revision(TWO))
ROLLING = replace(DONE, phase=Phase.ROLLING)


def test_one_cluster_after_the_other() -> None:
    def second(first: Cluster, third: Rollout | None = DONE) -> bool:
        clusters = (first, Cluster("b", DONE), Cluster("c", third))
        return may_follow(clusters, ClusterAlias("b"), AGENT, since=50.0)

    assert second(Cluster("a", DONE))
    assert second(Cluster("still-pinned", ROLLING))
    assert not second(Cluster("a", ROLLING))
    assert not second(Cluster("a", None))
    assert not second(Cluster("a", DONE, looked=40.0))  # it may have missed what is new
    assert not second(Cluster("a", DONE, looked=None))
    assert not second(Cluster("a", replace(DONE, phase=Phase.HALTED)))
    assert not second(Cluster("a", replace(DONE, target=Revision(ONE))))  # rolled back, undone
    assert not second(Cluster("a", replace(DONE, pause=Pause(1.0))))
    assert not second(Cluster("a", DONE), third=ROLLING)
    assert second(Cluster("a", DONE), third=None)
    assert may_follow((Cluster("b", DONE),), ClusterAlias("b"), AGENT, since=50.0)
