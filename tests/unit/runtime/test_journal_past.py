"""Rows of earlier processes and of other replicas in the journal."""

from __future__ import annotations

from daemonctl.runtime.journal import Entry, Happened, Journal, Kept, first_after

NOW = 1_800_000_000.0


def journal(started: float, size: int = 10_000) -> Journal:
    return Journal(lambda: started, first=first_after(started), size=size)


def row(words: str, cluster: str = "web") -> Entry:
    return Entry(Happened.VERDICT, cluster, "agent", words=words)


def words(held: Journal, after: int = 0) -> list[str]:
    return [each.words for each in held.page(after, 99).events]


def before(*told: str) -> tuple[Journal, list[Kept]]:
    earlier = journal(NOW)
    for one in told:
        earlier.add(row(one))
    return earlier, earlier.tail("web", 200)


def test_a_restart_shows_the_past_and_numbers_go_on_increasing() -> None:
    earlier, kept = before("a", "b")
    later = journal(NOW + 60)
    later.restore(kept, earlier.last)
    later.add(row("c"))
    rows = later.page(0, 99).events
    assert [each.words for each in rows] == ["a", "b", "c"]
    assert rows[0].at.timestamp() == NOW
    seqs = [each.seq for each in rows]
    assert seqs == sorted(set(seqs))


def test_a_client_resumes_over_a_clean_restart_without_a_gap() -> None:
    earlier, kept = before("a", "b")
    later = journal(NOW + 60)
    later.restore(kept, earlier.last)
    waiting = later.page(earlier.last, 9)
    assert (waiting.lost, waiting.events, waiting.next) == (False, (), earlier.last)
    later.add(row("c"))
    for after, told in ((earlier.last, ["c"]), (earlier.last - 1, ["b", "c"])):
        page = later.page(after, 9)
        assert (page.lost, [each.words for each in page.events]) == (False, told)
    assert later.page(later.last, 9).lost is False


def test_after_a_crash_rows_may_be_missing_and_that_is_told() -> None:
    earlier, kept = before("a", "b")
    later = journal(NOW + 60)
    later.restore(kept, 0)
    later.add(row("c"))
    page = later.page(earlier.last, 9)
    assert (page.lost, [each.words for each in page.events]) == (True, ["c"])
    page = later.page(earlier.last - 1, 9)
    assert (page.lost, [each.words for each in page.events]) == (True, ["b", "c"])
    assert later.page(earlier.last - 1, 1).lost is False


def test_one_tail_that_was_cut_off_is_enough() -> None:
    earlier = journal(NOW)
    earlier.add(row("a"))
    earlier.add(row("b", "batch"))
    for ended in ((earlier.last, 0), (0, earlier.last)):
        later = journal(NOW + 60)
        later.restore(earlier.tail("web", 9), ended[0])
        later.restore(earlier.tail("batch", 9), ended[1])
        later.add(row("c"))
        assert words(later) == ["a", "b", "c"]
        assert later.page(earlier.last, 9).lost
    later = journal(NOW + 60)
    later.restore(earlier.tail("batch", 9), earlier.last)
    later.restore(earlier.tail("web", 9), earlier.last - 1)
    assert not later.page(earlier.last, 9).lost


def test_whoever_takes_over_from_a_younger_replica_goes_on_behind_its_numbers() -> None:
    older = journal(NOW - 600)
    older.add(row("standby"))
    younger, kept = before("a", "b")
    for ended, lost in ((younger.last, False), (0, True)):
        taking = journal(NOW - 600)
        taking.add(row("standby"))
        taking.restore(kept, ended)
        taking.add(row("c"))
        assert words(taking) == ["standby", "a", "b", "c"]
        page = taking.page(younger.last, 9)
        assert (page.lost, [each.words for each in page.events]) == (lost, ["c"])
        assert taking.page(older.last, 9).lost  # rows of the other one are new to it
        assert taking.page(taking.last, 9).lost is False


def test_what_is_held_already_changes_nothing() -> None:
    held, kept = before("a", "b")
    held.restore(kept, 0)
    held.restore([], 0)
    held.add(row("c"))
    assert words(held) == ["a", "b", "c"]
    assert held.page(held.last - 1, 9).lost is False


def test_the_past_is_bounded_with_the_rest() -> None:
    earlier, kept = before("a", "b", "c")
    later = journal(NOW + 60, size=4)
    later.restore(kept, earlier.last)
    for n in range(20):
        later.add(row(str(n)))
        assert len(words(later)) == 4
    assert words(later) == ["16", "17", "18", "19"]
    assert [kept.entry.words for kept in later.tail("web", 2)] == ["18", "19"]
    assert later.tail("other", 2) == []
    assert later.page(earlier.last, 9).lost
