from __future__ import annotations

from daemonctl.model.ids import ClusterAlias, Ec2InstanceId, Owner
from daemonctl.model.observed import Host
from daemonctl.runtime.sightings import Sightings, kept_at
from tests.stand_ins.consul import MemoryStore
from tests.unit.planning.scenery import NOW, host
from tests.unit.runtime.rig import Told

ARN = "arn:aws:ecs:eu-west-1:111122223333:cluster/web"
ROOT = "daemonctl/prod/111122223333/eu-west-1/web/"
ONE, TWO = Ec2InstanceId(f"i-{1:017x}"), Ec2InstanceId(f"i-{2:017x}")


def seen(number: int, at: float | None = NOW) -> Host:
    return host(number, registered_at=at)


def process(store: MemoryStore) -> Sightings:
    made = Sightings(store, Owner("prod"), ClusterAlias("web"), Told())
    made.open(ARN)
    return made


async def test_what_one_process_saw_the_next_one_knows() -> None:
    store = MemoryStore()
    first = process(store)
    first.note([seen(1), seen(2, NOW - 5), seen(3, None), host(4, ec2_id="mi-4")], ())
    await first.sync(NOW)
    second = process(store)
    await second.sync(NOW)
    assert second.held == {ONE: NOW, TWO: NOW - 5}
    assert await kept_at(store, ROOT) == second.held
    assert sorted(store.values) == [f"{ROOT}seen/1", f"{ROOT}seen/2"]


async def test_what_does_not_change_is_written_once() -> None:
    store = MemoryStore()
    sightings = process(store)
    for second in range(0, 100, 5):
        sightings.note([seen(1)], ())
        await sightings.sync(NOW + second)
    assert store.writes == 1


async def test_what_neither_ecs_nor_consul_has_is_forgotten() -> None:
    store = MemoryStore()
    sightings = process(store)
    sightings.note([seen(1), seen(2)], ())
    await sightings.sync(NOW)
    sightings.note([], [ONE])
    await sightings.sync(NOW + 20)
    assert sightings.held == await kept_at(store, ROOT) == {ONE: NOW}


async def test_nothing_is_forgotten_before_it_is_known_what_is_kept() -> None:
    store = MemoryStore()
    store.down = True
    sightings = process(store)
    sightings.note([seen(1)], ())
    await sightings.sync(NOW)
    sightings.note([], ())
    assert sightings.held == {ONE: NOW}


async def test_two_who_write_have_what_both_saw() -> None:
    store = MemoryStore()
    one, other = process(store), process(store)
    for each in (one, other):
        await each.sync(NOW)
    one.note([seen(1)], ())
    other.note([seen(17, NOW - 9)], ())  # its id ends alike
    for at in (20, 40, 60):
        await one.sync(NOW + at)
        await other.sync(NOW + at)
    kept = await kept_at(store, ROOT)
    assert sorted(kept.values()) == [NOW - 9, NOW]


async def test_a_store_that_is_away_is_told_once_and_tried_again() -> None:
    store = MemoryStore()
    sink = Told()
    sightings = Sightings(store, Owner("prod"), ClusterAlias("web"), sink)
    await sightings.sync(NOW)  # nobody said which cluster it is
    sightings.open(ARN)
    store.down = True
    sightings.note([seen(1)], ())
    for at in (0, 5, 61, 122):
        await sightings.sync(NOW + at)
    assert [line[1] for line in sink.lines] == ["the instances that were seen are not kept"]
    store.down = False
    await sightings.sync(NOW + 183)
    assert await kept_at(store, ROOT) == {ONE: NOW}


async def test_a_key_of_a_newer_daemonctl_is_left_alone() -> None:
    store = MemoryStore()
    newer = b'{"schema":9,"value":{}}'
    assert await store.put(f"{ROOT}seen/1", newer, 0)
    sightings = process(store)
    sightings.note([seen(1)], ())
    await sightings.sync(NOW)
    assert store.values[f"{ROOT}seen/1"].value == newer
    assert sightings.held == {ONE: NOW}
    assert await kept_at(store, ROOT) == {}
