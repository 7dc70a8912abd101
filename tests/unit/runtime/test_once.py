"""A daemon that runs once, live on the local ECS: each run and each mark by the truth."""

from __future__ import annotations

from collections import Counter
from typing import Any

from msgspec.structs import replace

from daemonctl.local.world import Behaviour
from daemonctl.local.world.ready_made import CLUSTER
from daemonctl.model.ids import ContainerInstanceArn, DaemonName
from daemonctl.model.plan import MarkOnce, StartTask
from daemonctl.model.reason import Code, Notice
from daemonctl.model.spec import DaemonSpec, Dependency, DependsOn, Share
from daemonctl.runtime.commands import Command, Verb
from daemonctl.runtime.report_status import daemon_document
from tests.simulation.loop import VirtualLoop
from tests.unit.runtime.rig import AGENT, Rig, on_virtual_time

SETUP = DaemonName("setup")
ATTRIBUTE = "daemonctl.once.setup"
ONCE = DaemonSpec(SETUP, "setup", once=True, max_unavailable=Share(2))
AFTER = replace(AGENT, depends_on=(Dependency(SETUP, DependsOn.SUCCESS),))
DEFINITION = {
    "family": "setup",
    "containerDefinitions": [
        {"name": "setup", "image": "setup", "memory": 16, "essential": True},
        {"name": "log", "image": "log", "memory": 16, "essential": False},
    ],
}
INSTANCES = 5


class Scene:
    """Five instances; the agents begin after a run that takes three seconds."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.rig = Rig(loop, instances=INSTANCES)
        self.register()
        self.rig.world.behave("setup", Behaviour(exit_after=3.0, exit_code=0))

    @property
    def spec(self) -> Any:
        return self.rig.spec(daemons=(ONCE, AFTER))

    def register(self) -> None:
        self.rig.world.call("ecs", "RegisterTaskDefinition", DEFINITION, self.rig.clock.now())

    def marks(self) -> list[str | None]:
        instances = self.rig.world.clusters[CLUSTER].instances.values()
        return [one.attributes.get(ATTRIBUTE) for one in instances]

    def runs(self) -> Counter[tuple[str, int]]:
        """How often each revision was started, by instance."""
        actions = [one for one, became, _ in self.rig.sink.actions if became == "ok"]
        starts = [one for one in actions if isinstance(one, StartTask) and one.daemon == SETUP]
        return Counter((arn, int(one.definition[-1])) for one in starts for arn in one.instances)

    def most_at_once(self) -> int:
        return len([one for one in self.rig.live("setup") if one.definition.revision == 2])


def test_it_runs_once_everywhere_is_marked_and_its_dependents_follow() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        service = scene.rig.start(scene.spec)
        await scene.rig.until(lambda: scene.rig.running("consul-agent") == INSTANCES, within=60)
        await scene.rig.until(lambda: scene.marks() == ["setup:1"] * INSTANCES, within=30)
        assert set(scene.runs().values()) == {1}
        calls = [one for one, _, _ in scene.rig.sink.actions if isinstance(one, MarkOnce)]
        assert sum(len(one.marks) for one in calls) == INSTANCES
        told = daemon_document(service, "setup").daemon
        assert (told.type, told.desired, told.ready, told.updated, told.available) == (
            ("ONCE", *[INSTANCES] * 4)
        )  # fmt: skip
        scene.rig.world.add_instances(CLUSTER, 1, scene.rig.clock.now())
        await scene.rig.until(lambda: scene.marks().count("setup:1") == INSTANCES + 1, within=60)
        before = len(scene.rig.sink.actions)
        await scene.rig.settle(4000)  # ECS has forgotten the stopped tasks
        kinds = {type(one).__name__ for one, _, _ in scene.rig.sink.actions[before:]}
        assert kinds <= {"StartTask"}  # the last agent
        assert max(scene.runs().values()) == 1
        assert scene.rig.sink.violations == []
        await service.stop()

    on_virtual_time(story)


def test_a_controller_that_dies_before_the_mark_is_succeeded_by_one_that_sets_it() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        scene.rig.start(scene.spec)
        await scene.rig.until(lambda: any(t.stop_code for t in _ended(scene)), within=60)
        await scene.rig.kill()
        assert None in scene.marks()
        await scene.rig.settle(30)
        service = scene.rig.start(scene.spec)
        await scene.rig.until(lambda: scene.marks() == ["setup:1"] * INSTANCES, within=60)
        assert set(scene.runs().values()) == {1}
        await service.stop()
        again = scene.rig.start(scene.spec)
        await scene.rig.until(lambda: scene.rig.running("consul-agent") == INSTANCES, within=60)
        await scene.rig.settle(60)
        assert set(scene.runs().values()) == {1}
        assert scene.rig.sink.violations == []
        await again.stop()

    on_virtual_time(story)


def _ended(scene: Scene) -> list[Any]:
    tasks = scene.rig.world.clusters[CLUSTER].tasks.values()
    return [task for task in tasks if task.definition.family == "setup"]


def test_a_run_that_fails_is_tried_again_and_nothing_begins_before_it_works() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        host = ContainerInstanceArn(scene.rig.instances[0])
        scene.rig.world.behave("setup", Behaviour(exit_after=1.0, exit_code=3), instance=host)
        service = scene.rig.start(scene.spec)
        await scene.rig.until(lambda: scene.runs()[host, 1] >= 3, within=90)
        verdict = service.verdicts[host, SETUP]
        assert verdict.code in (Code.BACKOFF, Code.START, Code.IN_FLIGHT, Code.SETTLING)
        assert scene.rig.running("consul-agent") == INSTANCES - 1
        scene.rig.world.behave("setup", Behaviour(exit_after=1.0, exit_code=0), instance=host)
        await scene.rig.until(lambda: scene.rig.running("consul-agent") == INSTANCES, within=120)
        assert scene.rig.sink.violations == []
        await service.stop()

    on_virtual_time(story)


def test_another_revision_runs_again_on_few_at_a_time_and_stops_nothing() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        service = scene.rig.start(scene.spec)
        await scene.rig.until(lambda: scene.marks() == ["setup:1"] * INSTANCES, within=60)
        agents = {task.arn for task in scene.rig.live("consul-agent")}
        scene.register()
        service.replace(scene.spec)
        most = 0

        def done() -> bool:
            nonlocal most
            most = max(most, scene.most_at_once())
            return scene.marks() == ["setup:2"] * INSTANCES

        await scene.rig.until(lambda: scene.most_at_once() > 0, within=60)
        told = daemon_document(service, "setup").rollout
        assert told is not None
        assert (told.result, told.target) == ("UNDER_WAY", "setup:2")
        assert Notice.ROLLOUT in [one.notice for one in service.conditions]
        await scene.rig.until(done, within=120)
        assert most == 2
        assert {task.arn for task in scene.rig.live("consul-agent")} == agents
        told = daemon_document(service, "setup").rollout
        assert told is not None
        assert (told.result, told.words) == ("COMPLETE", "setup:2 has run on 5 of 5 instances")
        await service.stop()

    on_virtual_time(story)


def test_there_is_no_rollout_to_pause_and_that_is_said() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        service = scene.rig.start(scene.spec)
        await scene.rig.until(lambda: scene.marks() == ["setup:1"] * INSTANCES, within=60)
        for verb in (Verb.PAUSE, Verb.RESUME, Verb.UNDO, Verb.RESTART):
            answer = await service.order(Command(verb, "ann", SETUP))
            assert not answer.done
            assert "it is of type ONCE" in answer.words
        await service.stop()

    on_virtual_time(story)


def test_an_instance_without_room_for_the_mark_is_named_and_runs_it_once_all_the_same() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        host = scene.rig.instances[0]
        rows = [{"name": f"own.{n}", "value": "x", "targetId": host} for n in range(10)]
        params = {"cluster": CLUSTER, "attributes": rows}
        scene.rig.world.call("ecs", "PutAttributes", params, scene.rig.clock.now())
        service = scene.rig.start(scene.spec)
        await scene.rig.until(lambda: scene.marks().count("setup:1") == INSTANCES - 1, within=60)
        await scene.rig.settle(5000)
        (told,) = [one for one in service.conditions if one.notice is Notice.ONCE_REFUSED]
        assert "it has ten custom attributes" in told.words
        assert set(scene.runs().values()) == {1}
        assert scene.rig.running("consul-agent") == INSTANCES
        await service.stop()

    on_virtual_time(story)
