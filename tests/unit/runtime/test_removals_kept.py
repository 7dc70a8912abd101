"""What is to go goes on going after a restart, where there is a store."""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.ids import DaemonName
from daemonctl.model.memory import Removal
from daemonctl.model.spec import DaemonSpec, OnRemove
from daemonctl.model.stored import pack, unpack
from daemonctl.ports.consul import Stored
from daemonctl.runtime.commands import Command, Verb
from tests.simulation.loop import VirtualLoop
from tests.stand_ins.consul import MemoryStore
from tests.unit.runtime.rig import AGENT, REGISTRATOR, Rig, on_virtual_time

LAST = DaemonSpec(DaemonName("node-exporter"), "node-exporter")
STOPPED = structs.replace(REGISTRATOR, on_remove=OnRemove.STOP, overrides='{"a": "secret"}')


def keys(store: MemoryStore) -> list[str]:
    """What is kept of removals, by daemon."""
    return [key.rsplit("/", 1)[-1] for key in sorted(store.values) if "/removals/" in key]


def key_of(store: MemoryStore, daemon: str) -> str:
    (found,) = [key for key in store.values if key.endswith(f"/removals/{daemon}")]
    return found


def of(rig: Rig, daemon: str) -> int:
    return rig.running(daemon)


def test_a_removal_that_a_crash_cut_short_goes_on() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig, store = Rig(loop, instances=10), MemoryStore()
        spec = rig.spec(daemons=(AGENT, STOPPED), resync_seconds=30.0)
        service = rig.start(spec, store=store)
        await rig.until(lambda: rig.all_run(10), within=20)
        only = structs.replace(spec, daemons=(AGENT,))
        service.replace(only)
        await rig.until(lambda: of(rig, "registrator") < 10, within=300)
        await rig.kill()
        assert of(rig, "registrator") > 0
        assert keys(store) == ["registrator"]
        service = rig.start(only, store=store)
        await rig.until(lambda: of(rig, "registrator") == 0, within=400)
        await rig.settle(60)
        assert keys(store) == []
        assert service.desired is not None
        assert (service.desired.removed, service.conditions) == ((), ())
        assert of(rig, "consul-agent") == 10
        assert rig.sink.violations == []
        await service.stop()

    on_virtual_time(story)


def test_one_that_left_the_config_while_nobody_ran_goes_as_well() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig, store = Rig(loop), MemoryStore()
        spec = rig.spec(daemons=(AGENT, STOPPED), resync_seconds=30.0)
        rig.start(spec, store=store)
        await rig.until(lambda: rig.all_run(5), within=20)
        await rig.kill()
        assert "secret" not in store.values[key_of(store, "registrator")].value.decode()
        service = rig.start(structs.replace(spec, daemons=(AGENT,)), store=store)
        await rig.until(lambda: of(rig, "registrator") == 0, within=400)
        await rig.settle(60)
        assert (keys(store), of(rig, "consul-agent")) == ([], 5)
        await service.stop()

    on_virtual_time(story)


def test_of_one_that_keeps_its_tasks_nothing_is_kept_and_they_run_on() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig, store = Rig(loop), MemoryStore()
        spec = rig.spec(daemons=(AGENT, STOPPED), resync_seconds=30.0)
        service = rig.start(spec, store=store)
        await rig.until(lambda: rig.all_run(5), within=20)
        service.replace(structs.replace(spec, daemons=(AGENT, REGISTRATOR)))
        await rig.settle(5)
        assert keys(store) == []
        await rig.kill()
        service = rig.start(structs.replace(spec, daemons=(AGENT,)), store=store)
        await rig.settle(200)
        assert rig.all_run(5)
        await service.stop()

    on_virtual_time(story)


def test_a_prune_goes_on_in_the_order_that_was_known() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig, store = Rig(loop, instances=4), MemoryStore()
        spec = rig.spec(resync_seconds=30.0)
        service = rig.start(spec, store=store)
        await rig.until(lambda: rig.all_run(4), within=20)
        none = structs.replace(spec, daemons=(LAST,))
        service.replace(none)
        await rig.settle(200)
        answer = await service.order(Command(Verb.PRUNE, "ann"))
        assert (answer.done, "said again" in answer.words) == (True, False)
        assert keys(store) == ["consul-agent", "registrator"]
        await rig.kill()
        service = rig.start(none, store=store)
        await rig.until(lambda: of(rig, "registrator") == 0, within=600)
        await rig.until(lambda: of(rig, "consul-agent") == 0, within=600)
        agents = {id(task.instance): task.told_to_stop_at for task in rig.ever("consul-agent")}
        for task in rig.ever("registrator"):
            until = agents[id(task.instance)]
            assert task.stopped_at is not None
            assert until is not None
            assert task.stopped_at <= until
        await rig.settle(60)
        assert keys(store) == []
        assert rig.sink.violations == []
        await service.stop()

    on_virtual_time(story)


def test_what_was_confirmed_of_misplaced_tasks_holds_for_its_day() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig, store = Rig(loop, instances=10), MemoryStore()
        elsewhere = structs.replace(AGENT, constraints=("attribute:tier == web",))
        spec = rig.spec(daemons=(AGENT,), resync_seconds=30.0)
        service = rig.start(spec, store=store)
        await rig.until(lambda: of(rig, "consul-agent") == 10, within=20)
        moved = structs.replace(spec, daemons=(elsewhere,))
        service.replace(moved)
        await rig.settle(200)
        answer = await service.order(Command(Verb.PRUNE, "ann", AGENT.name, misplaced=True))
        assert (answer.done, "said again" in answer.words) == (True, False)
        assert keys(store) == ["consul-agent"]
        await rig.kill()
        assert of(rig, "consul-agent") > 0
        service = rig.start(moved, store=store)
        await rig.until(lambda: of(rig, "consul-agent") == 0, within=600)
        assert rig.sink.violations == []
        await service.stop()
        # A confirmation is no onRemove: out of the config the daemon's tasks would run on.
        kept = unpack(store.values[key_of(store, "consul-agent")].value, Removal, 1)
        assert kept.spec is None

    on_virtual_time(story)


def test_a_removal_waits_for_the_store_and_another_hand_on_its_key_does_not_hinder_it() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig, store = Rig(loop), MemoryStore()
        spec = rig.spec(daemons=(AGENT, STOPPED), resync_seconds=30.0)
        rig.start(spec, store=store)
        await rig.until(lambda: rig.all_run(5), within=20)
        await rig.kill()
        store.down = True
        service = rig.start(structs.replace(spec, daemons=(AGENT,)), store=store)
        await rig.settle(200)
        assert rig.all_run(5)
        store.down = False
        await rig.until(lambda: of(rig, "registrator") < 5, within=200)
        key = key_of(store, "registrator")
        store.values[key] = Stored(key, pack(Removal(), 1), 999)
        store.lost = 1
        await rig.until(lambda: of(rig, "registrator") == 0, within=400)
        await rig.settle(60)
        assert (keys(store), service.unkept) == ([], "")
        await service.stop()

    on_virtual_time(story)
