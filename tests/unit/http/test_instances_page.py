"""Pages of instances: filters, and rows that come and go while somebody turns the pages."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemonctl.runtime.report import NotFoundError

LETTERS = "0123456789abcdef"
ZONES = ("ap-northeast-1a", "ap-northeast-1c")


def show(ex: SimpleNamespace, example: Any, letters: str) -> None:
    """The cluster, with these instances; every other one in the second zone."""
    hosts = {}
    for letter in letters:
        attributes = {"ecs.availability-zone": ZONES[int(letter, 16) % 2]}
        made = ex.instance(letter, attributes=ex.Attributes(attributes))
        hosts[made.arn] = ex.Host(made)
    example.show(observed=ex.replace(ex.facts().observed, hosts=hosts))


def ids(page: Any) -> str:
    return "".join(row.id[0] for row in page.instances)


def test_of_one_zone(ex: SimpleNamespace) -> None:
    example = ex.Example()
    show(ex, example, "0123456")
    page = example.report.instances("web", "", 2, zone=ZONES[0])
    assert (ids(page), page.total, page.next[:1]) == ("02", 4, "2")
    page = example.report.instances("web", page.next, 2, zone=ZONES[0])
    assert (ids(page), page.total, page.next) == ("46", 4, "")


def test_of_one_zone_with_a_verdict(ex: SimpleNamespace) -> None:
    report = ex.Example().report
    assert ids(report.instances("web", "", 9, "BACKOFF", "ap-northeast-1a")) == "b"
    assert ids(report.instances("web", "", 9, "MISPLACED", "ap-northeast-1a")) == ""


def test_an_unknown_zone_is_told_with_those_that_there_are(ex: SimpleNamespace) -> None:
    example = ex.Example()
    show(ex, example, "0123")
    with pytest.raises(NotFoundError, match='zone "x"; there are: ap-northeast-1a, ap-north'):
        example.report.instances("web", "", 2, zone="x")
    show(ex, example, "")
    with pytest.raises(NotFoundError, match="there are: none"):
        example.report.instances("web", "", 2, zone="x")


def test_before_the_first_full_view_no_row_says_nothing(ex: SimpleNamespace) -> None:
    example = ex.Example()
    assert example.report.instances("web", "", 9).known
    for observed in (None, ex.replace(ex.facts().observed, hosts={}, first_full_at=None)):
        example.show(observed=observed)
        page = example.report.instances("web", "", 9)
        assert (page.known, page.total) == (False, 0)


@settings(max_examples=40)
@given(
    st.lists(st.sets(st.sampled_from(LETTERS)), min_size=1, max_size=12),
    st.integers(1, 5),
)
def test_rows_that_stay_are_told_once_whatever_comes_and_goes(
    ex: SimpleNamespace, turns: list[set[str]], limit: int
) -> None:
    """At each turn of a page other instances are there."""
    example = ex.Example()
    after, told, seen = "", "", list[set[str]]()
    for turn in range(len(LETTERS) + 1):
        there = turns[min(turn, len(turns) - 1)]
        seen.append(there)
        show(ex, example, "".join(sorted(there)))
        page = example.report.instances("web", after, limit)
        told += ids(page)
        after = page.next
        if not after:
            break
    stayed = set.intersection(*seen)
    assert sorted(set(told)) == sorted(told)
    assert stayed <= set(told)
