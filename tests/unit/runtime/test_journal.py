"""The journal's numbers, names and bounds."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from daemonctl.model.cluster import Attributes, ContainerInstance, Resources
from daemonctl.model.ids import ContainerInstanceArn, Ec2InstanceId
from daemonctl.model.observed import Host, Observed
from daemonctl.runtime.journal import LONGEST, Entry, Happened, Journal, first_after
from daemonctl.runtime.names import Ec2Ids

NOW = 1_800_000_000.0
PREFIX = "arn:aws:ecs:us-east-1:000000000000:container-instance/web"


def journal(**how: Any) -> Journal:
    return Journal(lambda: NOW, **how)


def row(words: str = "", instance: str = "") -> Entry:
    return Entry(Happened.VERDICT, "web", "consul-agent", instance, words=words)


def test_numbers_of_a_later_process_are_greater_and_the_ring_turns_as_ever() -> None:
    earlier = journal(first=first_after(NOW), size=3)
    seen = [earlier.add(row(str(n))) for n in range(5)][-1]
    assert seen == int(NOW) * 1_000_000 + 5
    assert [each.words for each in earlier.page(0, 9).events] == ["2", "3", "4"]
    later = journal(first=first_after(NOW + 1))
    empty = later.page(seen, 10)
    assert (empty.lost, empty.events) == (True, ())
    first = later.add(row())
    page = later.page(seen, 10)
    assert (page.lost, page.next) == (True, first)
    assert later.page(page.next, 10).lost is False
    assert later.page(empty.next, 10).lost is False
    assert first < 2**53  # exact in JavaScript


def test_words_are_bounded() -> None:
    held = journal()
    held.add(row("x" * 10 * LONGEST))
    (only,) = held.page(0, 1).events
    assert len(only.words) == LONGEST
    assert only.words.endswith("x…")


async def test_all_who_wait_are_rung_once_a_row() -> None:
    held = journal()
    first, second = held.grown(), held.grown()
    assert first is second
    held.add(row())
    held.add(row())
    await asyncio.wait_for(first, 5)
    assert not held.grown().done()


@pytest.fixture
def clusters() -> list[SimpleNamespace]:
    hosts = {}
    for letter in "abc":
        arn = ContainerInstanceArn(f"{PREFIX}/{letter * 32}")
        ec2_id = Ec2InstanceId(f"i-{letter * 17}")
        instance = ContainerInstance(
            arn=arn,
            ec2_id=ec2_id,
            status="ACTIVE",
            connected=True,
            attributes=Attributes({}),
            registered=Resources(),
            remaining=Resources(),
        )
        hosts[arn] = Host(instance)
    observed = Observed(hosts, complete=True, as_of=NOW, first_full_at=NOW)
    other = SimpleNamespace(spec=SimpleNamespace(alias="other"), observed=None)
    return [other, SimpleNamespace(spec=SimpleNamespace(alias="web"), observed=observed)]


def test_rows_carry_the_ec2_id_also_when_the_instance_has_just_left(
    clusters: list[SimpleNamespace],
) -> None:
    held = journal(ec2_id_of=Ec2Ids(lambda: clusters))
    held.add(row("here", "a" * 32))
    clusters[1].observed = None
    held.add(row("gone", "a" * 32))
    held.add(row("never seen", "b" * 32))
    ids = [each.ec2_instance_id for each in held.page(0, 9).events]
    assert ids == ["i-" + "a" * 17, "i-" + "a" * 17, ""]


def test_ids_are_held_in_bounds_and_per_cluster(clusters: list[SimpleNamespace]) -> None:
    ids = Ec2Ids(lambda: clusters, kept=2)
    assert ids("other", "a" * 32) == ""
    for letter in "abc":
        assert ids("web", letter * 32) == f"i-{letter * 17}"
    clusters[1].observed = None
    assert [ids("web", letter * 32) for letter in "abc"] == ["", "i-" + "b" * 17, "i-" + "c" * 17]
