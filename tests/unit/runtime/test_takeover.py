"""The steps of docs/takeover.md on the local ECS in memory, watched at every tenth of a second."""

from __future__ import annotations

from msgspec import structs

from daemonctl.local.world.ready_made import CLUSTER
from daemonctl.model.spec import ClusterSpec
from tests.simulation.loop import VirtualLoop
from tests.unit.runtime.rig import AGENT, Rig, on_virtual_time

FAMILY = "consul-agent"
MARK = "daemonctl.takeover"
OF_ECS = [{"type": "memberOf", "expression": f"attribute:{MARK} !exists"}]
OF_DAEMONCTL = f"attribute:{MARK} exists"


class Watch:
    """How many tasks of the family each instance has, at every look."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.most = 0
        self.without: dict[str, float] = {}  # longest gap of an instance that had one, seconds
        self._had: dict[str, float] = {}

    def look(self) -> bool:
        now = self.rig.clock.now()
        for arn, instance in self.rig.world.clusters[CLUSTER].instances.items():
            here = [t for t in instance.tasks.values() if f"/{FAMILY}:" in t.definition.arn]
            self.most = max(self.most, sum(t.last_status != "STOPPED" for t in here))
            if any(t.last_status == "RUNNING" and t.desired_status == "RUNNING" for t in here):
                self._had[arn] = now
            elif arn in self._had and instance.status == "ACTIVE":
                gap = now - self._had[arn]
                self.without[arn] = max(gap, self.without.get(arn, 0.0))
        return False

    async def during(self, seconds: float) -> None:
        end = self.rig.clock.now() + seconds
        await self.rig.until(lambda: self.look() or self.rig.clock.now() >= end, seconds + 1)


def mark(rig: Rig, *arns: str) -> None:
    rows = [{"name": MARK, "value": "true", "targetId": arn} for arn in arns]
    rig.call("PutAttributes", attributes=rows)


def of_service(rig: Rig) -> int:
    return sum(task.group.startswith("service:") for task in rig.live(FAMILY))


async def with_a_service(rig: Rig) -> None:
    """Cluster ``local`` as it is before a takeover: ECS's own DAEMON service runs the agent."""
    rig.call(
        "CreateService",
        serviceName="agents",
        taskDefinition=FAMILY,
        schedulingStrategy="DAEMON",
    )
    await rig.until(lambda: rig.running(FAMILY) == 5)
    rig.call("UpdateService", service="agents", placementConstraints=OF_ECS)
    await rig.settle(40)  # ECS deploys the service anew for that, in its own way
    assert rig.running(FAMILY) == 5


def taking_over(rig: Rig) -> ClusterSpec:
    agent = structs.replace(AGENT, adopt=True, constraints=(OF_DAEMONCTL,))
    return rig.spec(daemons=(agent,), resync_seconds=30.0)


async def finish(rig: Rig, watch: Watch) -> None:
    """The last steps: the service, which has no tasks any more, and then the constraint go."""
    rig.call("DeleteService", service="agents")
    assert rig.service is not None
    rig.service.replace(structs.replace(rig.service.spec, daemons=(AGENT,)))
    await watch.during(60)
    assert of_service(rig) == 0
    assert rig.sink.violations == []
    await rig.service.stop()


def test_in_place_an_instance_never_has_two_and_is_without_for_seconds() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        await with_a_service(rig)
        rig.start(taking_over(rig))
        watch = Watch(rig)
        await watch.during(40)
        assert (of_service(rig), rig.running(FAMILY)) == (5, 5)
        for arn in rig.instances:
            mark(rig, arn)
            await watch.during(45)
        assert (of_service(rig), rig.running(FAMILY)) == (0, 5)
        await finish(rig, watch)
        assert rig.running(FAMILY) == 5
        assert watch.most == 1
        assert len(watch.without) == 5
        assert max(watch.without.values()) < 40.0  # a stop, at most 30 s of it, and a start

    on_virtual_time(story)


def test_with_new_instances_none_is_ever_without_and_none_has_two() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        await with_a_service(rig)
        rig.start(taking_over(rig))
        watch = Watch(rig)
        await watch.during(40)
        old = list(rig.instances)
        rig.world.add_instances(CLUSTER, 5, rig.clock.now(), attributes={MARK: "true"})
        await watch.during(30)
        assert (of_service(rig), rig.running(FAMILY)) == (5, 10)
        for arn in old:
            rig.call("UpdateContainerInstancesState", containerInstances=[arn], status="DRAINING")
            await watch.during(20)
            rig.world.terminate(arn, rig.clock.now())
            await watch.during(10)
        await watch.during(60)
        await finish(rig, watch)
        assert rig.running(FAMILY) == 5
        assert watch.most == 1
        assert watch.without == {}

    on_virtual_time(story)


def test_what_user_data_started_is_adopted_as_it_runs() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        for arn in rig.instances:
            rig.call("StartTask", containerInstances=[arn], taskDefinition=FAMILY)
        await rig.until(lambda: rig.running(FAMILY) == 5)
        service = rig.start(rig.spec(daemons=(structs.replace(AGENT, adopt=True),)))
        watch = Watch(rig)
        await watch.during(60)
        assert len(rig.ever(FAMILY)) == 5
        assert (watch.most, watch.without) == (1, {})
        words = {verdict.words for verdict in service.verdicts.values()}
        assert words == {"adopted (no startedBy)"}
        victim = next(iter(rig.live(FAMILY)))
        rig.world.kill_task(victim.arn, rig.clock.now())
        await rig.until(lambda: len(rig.ever(FAMILY)) == 6)
        assert rig.sink.violations == []
        await service.stop()

    on_virtual_time(story)
