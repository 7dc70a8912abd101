from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.cluster import AttributePool, Attributes
from daemonctl.model.ids import (
    ClusterAlias,
    DaemonName,
    Owner,
    TaskDefinitionArn,
    daemon_of,
    family_of,
    group_of,
    revision_of,
    short,
    started_by,
)
from daemonctl.model.memory import NOTHING, SlotMemory
from daemonctl.model.plan import StopKind, StopTask
from daemonctl.model.reason import MISSING_CODES, Code
from daemonctl.model.spec import ClusterSpec, Share
from daemonctl.model.status import Counts
from tests.unit.planning.scenery import (
    AGENT,
    NOW,
    REGISTRATOR,
    arn,
    crash,
    instance,
    spec,
    stopping,
    task,
    task_arn,
)

DEFINITION = TaskDefinitionArn("arn:aws:ecs:eu-west-1:000000000000:task-definition/agent:7")


def test_the_marks_are_those_of_the_interface() -> None:
    assert started_by(Owner("prod")) == "daemonctl/prod"
    assert group_of(AGENT) == "daemonctl-consul-agent"
    assert daemon_of("daemonctl-consul-agent") == AGENT
    assert daemon_of("family:consul-agent") is None


def test_the_longest_owner_makes_a_mark_that_ecs_takes() -> None:
    assert len(started_by(Owner("x" * 16))) <= 36


def test_a_revision_is_the_definition_and_the_overrides() -> None:
    assert (short(DEFINITION), family_of(DEFINITION)) == ("agent:7", "agent")
    assert revision_of(DEFINITION, "") == DEFINITION
    assert revision_of(DEFINITION, '{"cpu":1}') == f'{DEFINITION}#{{"cpu":1}}'


@pytest.mark.parametrize(
    ("share", "whole", "count", "text"),
    [
        (Share(10, percent=True), 100, 10, "10%"),
        (Share(10, percent=True), 19, 1, "10%"),
        (Share(10, percent=True), 3, 1, "10%"),
        (Share(10, percent=True), 0, 1, "10%"),
        (Share(3), 1, 3, "3"),
    ],
)
def test_a_share_is_a_count_or_per_cent_rounded_down_at_least_one(
    share: Share, whole: int, count: int, text: str
) -> None:
    assert (share.of(whole), str(share)) == (count, text)


def test_equal_attributes_are_one_object() -> None:
    pool = AttributePool()
    one = pool.intern({"a": "1", "b": "2"})
    assert pool.intern({"b": "2", "a": "1"}) is one
    assert pool.intern({"a": "1"}) is not one


def test_a_zone_is_an_attribute() -> None:
    assert instance().zone == "eu-west-1a"
    assert instance(attributes=Attributes({})).zone == ""


def test_a_task_lives_while_it_is_wanted_and_has_not_stopped() -> None:
    assert task(last="PENDING").live
    assert not stopping().live
    assert not task(last="STOPPED").live
    assert [t.stopped for t in (crash(), stopping(), task())] == [True, False, False]


def test_a_task_runs_since_ecs_says_or_since_it_was_seen() -> None:
    assert task(started_at=NOW - 9).running_since == NOW - 9
    assert task(started_at=None, first_seen=NOW - 7).running_since == NOW - 7


def test_ecs_is_told_a_reason_of_at_most_255_characters() -> None:
    stop = StopTask(AGENT, arn(), task_arn(), StopKind.REPAIR, Code.DUPLICATE, "x" * 300)
    assert stop.reason.startswith("daemonctl: DUPLICATE: xxx")
    assert len(stop.reason) == 255


def test_a_cluster_wants_addresses_where_an_override_asks_for_one() -> None:
    plain = ClusterSpec(ClusterAlias("web"), "web", Owner("prod"), "eu-west-1", (spec(),))
    assert not plain.wants_private_ips
    asking = spec(REGISTRATOR, overrides='["{{ privateIp }}"]')
    assert structs.replace(plain, daemons=(spec(), asking)).wants_private_ips


def test_memory_of_nothing_is_empty() -> None:
    assert SlotMemory().empty
    assert NOTHING.empty
    assert not SlotMemory(writes=(NOW,)).empty


def test_unavailable_is_what_should_run_and_cannot_be_counted_on() -> None:
    assert Counts(desired=5, available=3).unavailable == 2


def test_codes_of_missing_tasks_are_those_that_should_run() -> None:
    assert Code.START in MISSING_CODES
    assert Code.CONSTRAINT not in MISSING_CODES
    assert DaemonName("x") == "x"
