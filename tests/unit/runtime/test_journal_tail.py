"""The journal's tail in the store: what a restart shows, and what two writers do to each other."""

from __future__ import annotations

import asyncio

from daemonctl.model.ids import ClusterAlias, Owner
from daemonctl.model.stored import pack, unpack
from daemonctl.ports.consul import Stored
from daemonctl.runtime.journal import Entry, Happened, Journal, Kept, first_after
from daemonctl.runtime.journal_tail import MOST_BYTES, MOST_ROWS, JournalTail, Tail
from daemonctl.runtime.service import ClusterService
from tests.simulation.loop import VirtualClock, VirtualLoop, VirtualSchedule
from tests.stand_ins.consul import MemoryStore
from tests.unit.runtime.fakes import FakeCluster
from tests.unit.runtime.rig import Told, on_virtual_time
from tests.unit.runtime.test_fleet import cluster

ARN = "arn:aws:ecs:eu-west-1:1:cluster/web"
KEY = "daemonctl/prod/1/eu-west-1/web/journal"


def row(words: str, cluster: str = "web") -> Entry:
    return Entry(Happened.ACTION, cluster, "agent", words=words)


class Process:
    """One controller's journal beside a store, from its start to its end."""

    def __init__(self, loop: VirtualLoop, store: MemoryStore, *, alias: str = "web") -> None:
        self.clock = VirtualClock(loop)
        self.told = Told()
        self.journal = Journal(self.clock.now, first=first_after(self.clock.now()))
        of = (store, self.journal, Owner("prod"), ClusterAlias(alias))
        self.tail = JournalTail(*of, clock=self.clock, sink=self.told)
        self.task = asyncio.create_task(self.tail.run(ARN))

    async def end(self) -> None:
        await self.crash()
        await self.tail.close()

    async def crash(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    @property
    def words(self) -> list[str]:
        return [each.words for each in self.journal.page(0, 999).events]


def kept(store: MemoryStore) -> Tail:
    return unpack(store.values[KEY].value, Tail, 1)


def test_a_restart_shows_what_was_decided_before_it() -> None:
    async def story(loop: VirtualLoop) -> None:
        store = MemoryStore()
        first = Process(loop, store)
        first.journal.add(row("a"))
        first.journal.add(row("of another cluster", "batch"))
        await first.clock.sleep(6)
        last = first.journal.add(row("b"))  # within the last seconds
        await first.end()
        await first.clock.sleep(1)
        second = Process(loop, store)
        await second.clock.sleep(1)
        assert second.words == ["a", "b"]
        second.journal.add(row("c"))
        page = second.journal.page(last, 9)
        assert (page.lost, [each.words for each in page.events]) == (False, ["c"])
        await second.clock.sleep(6)
        await second.crash()
        await second.clock.sleep(1)
        third = Process(loop, store)
        await third.clock.sleep(1)
        assert third.words == ["a", "b", "c"]
        third.journal.add(row("d"))
        assert third.journal.page(second.journal.last, 9).lost
        assert third.told.lines == []
        await third.crash()

    on_virtual_time(story)


def test_it_is_written_at_most_every_few_seconds_and_not_without_news() -> None:
    async def story(loop: VirtualLoop) -> None:
        store = MemoryStore()
        process = Process(loop, store)
        for n in range(300):
            process.journal.add(row(str(n)))
            await process.clock.sleep(0.1)
        assert 5 <= store.writes <= 8
        await process.clock.sleep(6)
        before = store.writes
        process.journal.add(row("of another cluster", "batch"))
        await process.clock.sleep(60)
        assert store.writes == before
        assert len(kept(store).rows) == MOST_ROWS
        assert kept(store).rows[-1].entry.words == "299"
        await process.crash()

    on_virtual_time(story)


def test_it_stays_below_what_consul_takes() -> None:
    async def story(loop: VirtualLoop) -> None:
        store = MemoryStore()
        process = Process(loop, store)
        for n in range(MOST_ROWS):
            process.journal.add(row(f"{n} " + "\N{SNOWMAN}" * 5000))
        await process.clock.sleep(6)
        raw = store.values[KEY].value
        assert len(raw) <= MOST_BYTES
        rows = kept(store).rows
        assert len(rows) > MOST_ROWS // 4
        assert rows[-1].entry.words.startswith("199 ")
        await process.crash()

    on_virtual_time(story)


def test_what_another_controller_wrote_meanwhile_is_kept_among_ours() -> None:
    async def story(loop: VirtualLoop) -> None:
        store = MemoryStore()
        process = Process(loop, store)
        await process.clock.sleep(6)
        theirs = Kept(first_after(process.clock.now()), process.clock.now(), row("theirs"))
        await store.put(KEY, pack(Tail((theirs,)), 1), 0)
        process.journal.add(row("ours"))
        await process.clock.sleep(12)
        assert [each.entry.words for each in kept(store).rows] == ["ours", "theirs"]
        later = process.journal.add(row("later"))
        assert later > theirs.seq
        await process.clock.sleep(6)
        assert [each.entry.words for each in kept(store).rows] == ["ours", "theirs", "later"]
        await process.crash()

    on_virtual_time(story)


def test_a_store_that_is_down_or_loses_answers_is_told_once_and_caught_up_with() -> None:
    async def story(loop: VirtualLoop) -> None:
        store = MemoryStore()
        process = Process(loop, store)
        await process.clock.sleep(1)
        store.down = True
        process.journal.add(row("a"))
        await process.clock.sleep(60)
        (line,) = process.told.lines
        assert line[1] == "the journal's tail cannot be loaded or saved"
        store.down, store.lost = False, 1
        await process.clock.sleep(12)
        process.journal.add(row("b"))
        await process.clock.sleep(12)
        assert [each.entry.words for each in kept(store).rows] == ["a", "b"]
        assert process.words == ["a", "b"]
        seqs = [each.seq for each in kept(store).rows]
        assert seqs[1] == seqs[0] + 1  # looking up what was lost leaves no gap
        store.down = True
        process.journal.add(row("c"))
        await process.end()
        assert [each.entry.words for each in kept(store).rows] == ["a", "b"]

    on_virtual_time(story)


def test_what_a_newer_daemonctl_wrote_is_left_alone() -> None:
    async def story(loop: VirtualLoop) -> None:
        store = MemoryStore()
        newer = Stored(KEY, pack({"rows": "otherwise"}, 2), 7)
        store.values[KEY] = newer
        process = Process(loop, store)
        process.journal.add(row("a"))
        await process.clock.sleep(30)
        await process.end()
        assert store.values[KEY] == newer
        (line,) = process.told.lines
        assert "schema 2" in str(line[2]["error"])

    on_virtual_time(story)


def test_a_cluster_s_service_saves_its_tail_also_as_it_ends() -> None:
    async def story(loop: VirtualLoop) -> None:
        store, clock = MemoryStore(), VirtualClock(loop)
        journal = Journal(clock.now, first=first_after(clock.now()))
        told = Told()
        service = ClusterService(
            cluster("c"),
            cluster=FakeCluster(),
            events=None,
            clock=clock,
            schedule=VirtualSchedule(loop),
            sink=told,
            store=store,
            tail=JournalTail(
                store, journal, Owner("prod"), ClusterAlias("c"), clock=clock, sink=told
            ),
        )
        service.start()
        await clock.sleep(3)
        journal.add(row("last words", "c"))
        await service.stop()
        (key,) = [key for key in store.values if key.endswith("/c/journal")]
        tail = unpack(store.values[key].value, Tail, 1)
        assert [each.entry.words for each in tail.rows] == ["last words"]
        assert tail.ended == journal.last

    on_virtual_time(story)
