"""A dry run: decided and told once, never sent, and nothing is remembered of it."""

from __future__ import annotations

from daemonctl.model.reason import Notice
from daemonctl.runtime.dryrun import Overlay
from daemonctl.runtime.reconcile import Reconciler
from tests.simulation.loop import VirtualLoop
from tests.stand_ins.consul import MemoryStore
from tests.unit.runtime.made import instance, instance_arn, seen, stopped, task
from tests.unit.runtime.rig import Rig, on_virtual_time
from tests.unit.runtime.test_reconcile import DESIRED, Scene


def dry(loop: VirtualLoop) -> Scene:
    scene = Scene(loop)
    scene.reconciler = Reconciler(
        DESIRED,
        cluster=scene.cluster,
        clock=scene.clock,
        crew=scene.crew,
        sink=scene.told,
        dry_run=True,
    )
    scene.crew.spawn(scene.reconciler.run(), "dry")
    return scene


def test_a_decision_is_told_once_while_it_stands_and_again_when_it_comes_again() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = dry(loop)
        await scene.full()
        await scene.clock.sleep(100)
        [(action, outcome, words)] = scene.told.actions
        assert (outcome, words) == ("dry-run", action.words)
        now = scene.clock.now()
        await scene.put(seen(instance("b"), now))
        await scene.clock.sleep(20)
        assert [each.instances for each, _, _ in scene.told.actions] == [  # type: ignore[union-attr]  # starts
            (instance_arn("a"),),
            (instance_arn("b"),),
        ]
        await scene.put(seen(task("t", "a", started_at=now), scene.clock.now()))
        await scene.clock.sleep(20)
        ended = stopped("t", "a", started_at=now, stopped_at=scene.clock.now())
        await scene.put(seen(ended, scene.clock.now()))
        await scene.clock.sleep(30)
        assert len(scene.told.actions) == 3
        assert scene.starts() == 0
        await scene.end()

    on_virtual_time(story)


def test_nothing_is_remembered_of_what_was_not_sent() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = dry(loop)
        await scene.full()
        await scene.clock.sleep(300)
        assert scene.reconciler.memory.slots == {}
        assert scene.reconciler.verdicts[instance_arn("a"), DESIRED.daemons[0].spec.name].code == (
            "START"
        )
        assert [each.notice for each in scene.reconciler.conditions] == [Notice.DRY_RUN]
        await scene.end()

    on_virtual_time(story)


def test_beside_a_cluster_it_decides_what_a_plan_would_and_writes_nothing() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        service = rig.start(rig.spec(queue_url="", poll_seconds=5.0), dry_run=True)
        await rig.settle(60)
        told = {action.instances for action, outcome, _ in rig.sink.actions if outcome == "dry-run"}  # type: ignore[union-attr]  # starts
        assert len(told) == 5
        assert list(rig.live()) == []
        writes = ("StartTask", "StopTask")
        assert [rig.sink.total("aws_requests_total", operation=each) for each in writes] == [0, 0]
        await service.stop()

    on_virtual_time(story)


async def test_an_overlay_reads_the_store_and_writes_only_to_itself() -> None:
    store = MemoryStore()
    first = await store.put("a/1", b"theirs", 0)
    assert first is not None
    await store.put("a/2", b"theirs", 0)
    over = Overlay(store)
    assert await over.put("a/1", b"ours", 0) is None
    second = await over.put("a/1", b"ours", first)
    assert second is not None
    assert await over.put("a/3", b"ours", 0) is not None
    assert not await over.delete("a/2", 99)
    assert await over.delete("a/2", 2)
    assert [(one.key, one.value) for one in await over.list("a/")] == [
        ("a/1", b"ours"),
        ("a/3", b"ours"),
    ]
    assert await over.get("a/2") is None
    assert await over.put("a/1", b"again", second) is not None
    assert [one.value for one in await store.list("a/")] == [b"theirs", b"theirs"]
