"""The keeper: what must outlive the process, between memory and store."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from daemonctl.model.ids import ClusterAlias, DaemonName
from daemonctl.model.memory import DaemonMemory, Freeze
from daemonctl.model.rollout import Pause, Phase, Revision, Rollout
from daemonctl.model.stored import pack
from daemonctl.ports.consul import Stored
from daemonctl.runtime.commands import Answer, Command, Verb
from daemonctl.runtime.service import ClusterService
from tests.simulation.loop import VirtualClock, VirtualLoop, VirtualSchedule
from tests.stand_ins.consul import MemoryStore
from tests.unit.runtime.fakes import FakeCluster
from tests.unit.runtime.made import OWNER, definition_arn
from tests.unit.runtime.rig import Told, on_virtual_time
from tests.unit.runtime.test_fleet import cluster

AGENT = DaemonName("agent")
OLD, NEW = Revision(definition_arn("agent:1")), Revision(definition_arn("agent:2"))
HELD = Rollout(asked=NEW, target=OLD, last_good=OLD, phase=Phase.HALTED, rollback_of=NEW)
ROOT = f"daemonctl/{OWNER}/1/eu-west-1/c/"
ROLLOUT, FREEZE = f"{ROOT}rollouts/{AGENT}", f"{ROOT}freeze"


class Scene:
    """A cluster's service beside a store; ``restart`` is a new process."""

    def __init__(self, loop: VirtualLoop, store: MemoryStore | None = None) -> None:
        self.loop = loop
        self.clock = VirtualClock(loop)
        self.store = store or MemoryStore()
        self.told = Told()
        self.service = self.start()

    def start(self) -> ClusterService:
        fake = FakeCluster()
        service = ClusterService(
            replace(cluster("c"), alias=ClusterAlias("c")),
            cluster=fake,
            events=None,
            clock=self.clock,
            schedule=VirtualSchedule(self.loop),
            sink=self.told,
            store=self.store,
        )
        service.start()
        return service

    async def restart(self) -> None:
        await self.service.crash()
        self.service = self.start()
        await self.clock.sleep(3)

    def remember(self, rollout: Rollout) -> None:
        """As a plan does."""
        self.service.memory.daemons[AGENT] = DaemonMemory(rollout=rollout)
        self.service._reconciler.inbox.ring()

    @property
    def rollout(self) -> Rollout | None:
        held = self.service.memory.daemons.get(AGENT)
        return None if held is None else held.rollout

    @property
    def unsaved(self) -> list[str]:
        return list(self.service.memory.unsaved)

    async def order(self, verb: Verb, **more: Any) -> Answer:
        return await self.service.order(Command(verb, "ann", **more))


def test_a_rollout_and_a_freeze_survive_a_crash() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.clock.sleep(3)
        assert scene.service.memory.stored
        scene.remember(HELD)
        await scene.clock.sleep(1)
        assert (scene.unsaved, sorted(scene.store.values)) == ([], [ROLLOUT])
        answer = await scene.order(Verb.FREEZE)
        assert "lost" not in answer.words
        assert "not saved" not in answer.words
        held = scene.service.memory.freeze
        await scene.restart()
        assert scene.rollout == HELD
        assert scene.service.memory.freeze == held
        await scene.order(Verb.UNFREEZE)
        await scene.restart()
        assert scene.service.memory.freeze is None
        assert scene.told.lines == []
        await scene.service.stop()

    on_virtual_time(story)


def test_what_is_saved_is_not_written_again() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.clock.sleep(3)
        scene.remember(HELD)
        await scene.clock.sleep(100)
        assert scene.store.writes == 1
        await scene.restart()
        await scene.clock.sleep(100)
        assert scene.store.writes == 1
        await scene.service.stop()

    on_virtual_time(story)


def test_a_pause_is_answered_once_it_is_saved() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.clock.sleep(3)
        scene.remember(HELD)
        answer = await scene.order(Verb.PAUSE, daemon=AGENT, reason="Friday")
        assert answer.words == "updates wait for resume; repair goes on"
        await scene.restart()
        assert scene.rollout is not None
        assert scene.rollout.pause is not None
        assert scene.rollout.pause.words == "by ann: Friday"
        await scene.service.stop()

    on_virtual_time(story)


def test_while_the_store_is_down_what_changed_is_unsaved_and_that_is_said() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.clock.sleep(3)
        scene.store.down = True
        scene.remember(HELD)
        await scene.clock.sleep(1)
        assert scene.unsaved == [AGENT]
        words = "the state of rollouts cannot be saved: Unreachable: Consul cannot be reached"
        assert scene.service.unkept == words
        answer = await scene.order(Verb.PAUSE, daemon=AGENT)
        assert answer.done
        assert answer.words.endswith(f"; not saved yet: {words}")
        scene.store.down = False
        await scene.clock.sleep(40)
        assert (scene.unsaved, scene.service.unkept) == ([], "")
        assert [line[1] for line in scene.told.lines] == [
            "the state of rollouts cannot be loaded or saved",
            "the state of rollouts is saved again",
        ]
        await scene.service.stop()

    on_virtual_time(story)


def test_what_the_store_has_goes_before_what_was_found_out_without_it() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.clock.sleep(3)
        scene.remember(HELD)
        await scene.order(Verb.FREEZE)
        scene.store.down = True
        await scene.restart()
        guess = Rollout(asked=NEW, target=NEW)
        scene.remember(guess)
        await scene.clock.sleep(1)
        assert scene.unsaved == [AGENT]
        refused = await scene.order(Verb.RESUME, daemon=AGENT)
        assert not refused.done
        assert refused.words.startswith("the store has not told yet how the rollout stands")
        scene.store.down = False
        await scene.clock.sleep(40)
        assert (scene.rollout, scene.unsaved) == (HELD, [])
        assert scene.service.memory.freeze is not None
        assert scene.store.writes == 2
        await scene.service.stop()

    on_virtual_time(story)


def test_a_freeze_is_obeyed_before_the_store_answers_and_kept_after_it() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        scene.store.down = True
        await scene.clock.sleep(3)
        answer = await scene.order(Verb.FREEZE)
        assert answer.words.endswith("cannot be loaded: Unreachable: Consul cannot be reached")
        assert scene.service.memory.freeze is not None
        scene.store.down = False
        await scene.clock.sleep(40)
        assert list(scene.store.values) == [FREEZE]
        await scene.service.stop()

    on_virtual_time(story)


def test_a_write_that_lost_its_answer_is_looked_up() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.clock.sleep(3)
        scene.store.lost = 1
        scene.remember(HELD)
        await scene.clock.sleep(5)
        assert (scene.unsaved, scene.store.writes) == ([], 1)
        later = replace(HELD, pause=Pause(scene.clock.now()))
        scene.remember(later)
        await scene.clock.sleep(5)
        assert (scene.unsaved, scene.store.writes) == ([], 2)
        await scene.service.stop()

    on_virtual_time(story)


def test_what_somebody_else_has_written_counts() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await scene.clock.sleep(3)
        scene.remember(HELD)
        await scene.clock.sleep(1)
        theirs = replace(HELD, pause=Pause(scene.clock.now(), "by bob"))
        scene.store.values[ROLLOUT] = Stored(ROLLOUT, pack(theirs, 1), 99)
        scene.remember(replace(HELD, phase=Phase.ROLLING))
        await scene.clock.sleep(1)
        assert (scene.rollout, scene.unsaved) == (theirs, [])
        assert scene.store.values[ROLLOUT].index == 99
        await scene.service.stop()

    on_virtual_time(story)


def test_what_a_newer_daemonctl_wrote_is_left_alone_and_updates_wait() -> None:
    async def story(loop: VirtualLoop) -> None:
        store = MemoryStore()
        newer = Stored(ROLLOUT, pack({"asked": "something else"}, 2), 7)
        store.values[ROLLOUT] = newer
        store.values[f"{ROOT}lease"] = Stored(f"{ROOT}lease", b"not ours", 8)
        scene = Scene(loop, store)
        await scene.clock.sleep(3)
        scene.remember(HELD)
        await scene.clock.sleep(60)
        assert store.values[ROLLOUT] == newer
        assert scene.unsaved == [AGENT]
        assert f"{ROLLOUT} is not overwritten: it has schema 2" in scene.service.unkept
        del store.values[ROLLOUT]  # as the words say
        await scene.clock.sleep(60)
        assert scene.unsaved == []
        assert sorted(store.values) == [f"{ROOT}lease", ROLLOUT]
        await scene.service.stop()

    on_virtual_time(story)


def test_without_a_store_it_says_that_a_freeze_is_lost() -> None:
    async def story(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        service = ClusterService(
            cluster("c"),
            cluster=FakeCluster(),
            events=None,
            clock=clock,
            schedule=VirtualSchedule(loop),
            sink=Told(),
        )
        service.start()
        await clock.sleep(3)
        answer = await service.order(Command(Verb.FREEZE, "ann"))
        assert answer.words.endswith(
            "the freeze is lost when daemonctl restarts: the config names no consul to keep it"
        )
        assert (Freeze("ann", clock.now()), service.unkept) == (service.memory.freeze, "")
        await service.stop()

    on_virtual_time(story)
