"""Rollouts steered by an operator, on the local ECS in memory: the truth is what runs there."""

from __future__ import annotations

from collections import Counter
from typing import Any

from msgspec.structs import replace

from daemonctl.local.world import Behaviour
from daemonctl.local.world.ready_made import CONSUL_AGENT
from daemonctl.model.ids import DaemonName
from daemonctl.model.rollout import Outcome, Phase, Rollout
from daemonctl.model.spec import DaemonSpec, Share
from daemonctl.runtime.commands import Answer, Command, Verb
from tests.simulation.loop import VirtualLoop
from tests.unit.runtime.rig import AGENT, REGISTRATOR, Rig, on_virtual_time

NAME = DaemonName("consul-agent")
INSTANCES = 6


class Scene:
    """Six instances with both daemons, and a second revision of the agent."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.rig = Rig(loop, instances=INSTANCES)
        self.agent = replace(AGENT, task_definition="consul-agent:1", max_unavailable=Share(2))
        self.service = self.rig.start(self._spec(self.agent))

    def _spec(self, agent: DaemonSpec) -> Any:
        return self.rig.spec(queue_url="", poll_seconds=2.0, daemons=(agent, REGISTRATOR))

    async def begun(self) -> None:
        """All there, and so long that stops are allowed."""
        await self.rig.until(lambda: self.rig.all_run(INSTANCES), within=30)
        await self.rig.settle(70)

    def register(self) -> None:
        self.rig.world.call("ecs", "RegisterTaskDefinition", CONSUL_AGENT, self.rig.clock.now())

    def want(self, revision: int, **more: Any) -> None:
        wanted = replace(self.agent, task_definition=f"consul-agent:{revision}", **more)
        self.service.replace(self._spec(wanted))

    async def order(self, verb: Verb, **more: Any) -> Answer:
        return await self.service.order(Command(verb, "ann", NAME, **more))

    @property
    def rollout(self) -> Rollout:
        held = self.service.memory.daemons[NAME].rollout
        assert held is not None
        return held

    def runs(self) -> dict[int, int]:
        """Live agents by revision, by the truth."""
        return dict(Counter(task.definition.revision for task in self.rig.live("consul-agent")))

    async def ends(self, phase: Phase = Phase.STEADY, within: float = 300) -> None:
        await self.rig.until(lambda: self.rollout.phase is phase, within=within)


def test_paused_nothing_is_updated_and_what_dies_is_replaced() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.begun()
        scene.register()
        scene.want(2)
        await scene.rig.until(lambda: 2 in scene.runs(), within=60)
        assert (await scene.order(Verb.PAUSE, reason="Friday")).done
        await scene.rig.settle(20)
        held = scene.runs()
        assert set(held) == {1, 2}
        victim = next(t for t in scene.rig.live("consul-agent") if t.definition.revision == 1)
        now = scene.rig.clock.now()
        scene.rig.world.kill_task(victim.arn, now=now)
        await scene.rig.until(lambda: sum(scene.runs().values()) == INSTANCES - 1, within=5)
        await scene.rig.until(lambda: scene.rig.running("consul-agent") == INSTANCES, within=30)
        await scene.rig.settle(60)
        assert sum(scene.runs().values()) == INSTANCES
        assert abs(scene.runs()[1] - held[1]) <= 1
        assert (await scene.order(Verb.RESUME)).done
        await scene.ends()
        assert scene.runs() == {2: INSTANCES}
        assert scene.rig.sink.violations == []
        await scene.service.stop()

    on_virtual_time(story)


def test_undo_goes_back_and_stays_though_the_config_asks_for_the_other() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.begun()
        scene.register()
        scene.want(2)
        await scene.rig.until(lambda: scene.runs() == {2: INSTANCES}, within=200)
        await scene.ends()
        answer = await scene.order(Verb.UNDO)
        assert "begins: consul-agent:1 (undo)" in answer.words
        await scene.rig.until(lambda: scene.runs() == {1: INSTANCES}, within=200)
        await scene.ends()
        await scene.rig.settle(60)
        assert scene.runs() == {1: INSTANCES}
        assert [entry.outcome for entry in scene.rollout.history][-2:] == [
            Outcome.COMPLETE,
            Outcome.COMPLETE,
        ]
        assert scene.rig.sink.violations == []
        await scene.service.stop()

    on_virtual_time(story)


def test_undo_to_a_revision_that_has_to_be_looked_up_first() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.begun()
        for revision in (2, 3):
            scene.register()
            scene.want(revision)
            await scene.rig.until(lambda: scene.runs() == {revision: INSTANCES}, within=200)  # noqa: B023  used up before the next one
            await scene.ends()
        assert (await scene.order(Verb.UNDO, revision=1)).done
        assert scene.rollout.phase is Phase.ROLLING
        await scene.ends()
        assert scene.runs() == {1: INSTANCES}
        assert scene.rig.sink.violations == []
        await scene.service.stop()

    on_virtual_time(story)


def test_restart_replaces_every_task_once_and_within_the_budget() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.begun()
        before = {task.arn for task in scene.rig.live("consul-agent")}
        least = INSTANCES

        def replaced() -> bool:
            nonlocal least
            live = {task.arn for task in scene.rig.live("consul-agent")}
            least = min(least, scene.rig.running("consul-agent"))
            return len(live) == INSTANCES and not live & before

        assert (await scene.order(Verb.RESTART)).done
        await scene.rig.until(replaced, within=200)
        await scene.ends()
        await scene.rig.settle(60)
        assert len(scene.rig.ever("consul-agent")) == 2 * INSTANCES
        assert least >= INSTANCES - 2
        assert scene.rig.sink.violations == []
        await scene.service.stop()

    on_virtual_time(story)


def test_a_bad_revision_undoes_itself_and_the_report_names_who_failed() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.begun()
        scene.register()
        bad = Behaviour(exit_after=0.5, exit_code=7)
        scene.rig.world.behave("consul-agent:2", bad)
        scene.want(2)
        await scene.rig.until(lambda: scene.rollout.rollback_of is not None, within=200)
        await scene.ends()
        assert scene.runs() == {1: INSTANCES}
        failed = scene.rollout.failed
        assert failed
        assert {each.exit_code for each in failed} == {7}
        assert {each.container for each in failed} == {"consul-agent"}
        assert [entry.outcome for entry in scene.rollout.history][-2:] == [
            Outcome.ROLLED_BACK,
            Outcome.COMPLETE,
        ]
        assert scene.rig.sink.violations == []
        await scene.service.stop()

    on_virtual_time(story)
