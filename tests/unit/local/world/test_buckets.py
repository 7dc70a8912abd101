"""ECS's token buckets: the documented numbers, and that a bucket is a bucket."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemonctl.local.world.buckets import CATEGORIES, CATEGORY_OF, Buckets
from daemonctl.local.world.errors import WorldError
from daemonctl.local.world.switches import Switches

NOW = 1_700_000_000.0


def accepted(buckets: Buckets, operation: str, now: float) -> bool:
    try:
        buckets.take(operation, now)
    except WorldError:
        return False
    return True


@pytest.mark.parametrize(
    ("operation", "burst", "per_second"),
    [  # facts §5, [D:request-throttling]
        ("StartTask", 100, 40),
        ("UpdateContainerInstancesState", 100, 40),
        ("ListTasks", 100, 20),
        ("DescribeContainerInstances", 100, 20),
        ("DescribeClusters", 50, 20),
        ("CreateCluster", 20, 1),
        ("ListTagsForResource", 50, 20),
        ("TagResource", 20, 10),
        ("DescribeTaskDefinition", 50, 20),
        ("RegisterTaskDefinition", 20, 1),
        ("DeleteTaskDefinitions", 5, 1),
        ("DescribeServices", 100, 20),
        ("UpdateService", 50, 5),
        ("RegisterContainerInstance", 200, 120),
    ],
)
def test_burst_then_the_sustained_rate(operation: str, burst: int, per_second: int) -> None:
    buckets = Buckets(Switches())
    at_once = [accepted(buckets, operation, NOW) for _ in range(burst + 5)]
    assert at_once == [True] * burst + [False] * 5
    later = [accepted(buckets, operation, NOW + 1.0) for _ in range(per_second + 5)]
    assert later == [True] * per_second + [False] * 5
    assert buckets.spent == {operation: burst + per_second}
    assert buckets.throttled == {operation: 10}


def test_the_refusal_is_worded_as_ecs_does() -> None:
    buckets = Buckets(Switches(quota_scale=0.001))
    with pytest.raises(WorldError) as no:
        buckets.take("StartTask", NOW)
    found = (no.value.code, no.value.message, no.value.status)
    assert found == ("ThrottlingException", "Rate exceeded", 400)


def test_operations_of_a_category_share_and_others_do_not() -> None:
    buckets = Buckets(Switches())
    for _ in range(100):
        buckets.take("StartTask", NOW)
    assert not accepted(buckets, "StopTask", NOW)
    assert accepted(buckets, "ListTasks", NOW)


def test_no_operation_is_in_two_categories() -> None:
    assert len(CATEGORY_OF) == sum(len(rule.operations) for rule in CATEGORIES.values())


def test_waiting_just_long_enough_is_enough_whatever_the_rounding() -> None:
    for number in range(200):
        buckets = Buckets(Switches())
        now = NOW + number * 0.0137
        for _ in range(100):
            buckets.take("StartTask", now)
        assert not accepted(buckets, "StartTask", now + 0.9 / 40)
        assert accepted(buckets, "StartTask", now + 1 / 40)
        # as a float, this moment is a little less than one fortieth later than the last
        assert accepted(buckets, "StartTask", now + 2 / 40)


def test_a_bucket_that_rests_holds_no_more_than_its_burst() -> None:
    buckets = Buckets(Switches())
    buckets.take("StartTask", NOW)
    assert sum(accepted(buckets, "StartTask", NOW + 3_600) for _ in range(200)) == 100


def test_unlimited_counts_and_never_refuses() -> None:
    buckets = Buckets(Switches(quota_scale=math.inf))
    assert all(accepted(buckets, "StartTask", NOW) for _ in range(1_000))
    assert buckets.tokens("cluster resource modify", NOW) == math.inf
    assert buckets.spent == {"StartTask": 1_000}


def test_scale_scales_burst_and_rate() -> None:
    buckets = Buckets(Switches(quota_scale=0.1))
    assert sum(accepted(buckets, "StartTask", NOW) for _ in range(50)) == 10
    assert sum(accepted(buckets, "StartTask", NOW + 1) for _ in range(50)) == 4


def test_a_scale_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0, not 0"):
        Buckets(Switches(quota_scale=0))


def test_an_operation_outside_the_table_is_counted_only() -> None:
    buckets = Buckets(Switches())
    assert all(accepted(buckets, "ListAccountSettings", NOW) for _ in range(500))
    assert buckets.spent == {"ListAccountSettings": 500}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["StartTask", "StopTask", "RunTask"]),
            st.floats(min_value=-2.0, max_value=5.0),
        ),
        max_size=400,
    )
)
def test_never_more_than_the_burst_plus_the_flow(calls: list[tuple[str, float]]) -> None:
    """Also with a clock that goes back now and then."""
    buckets = Buckets(Switches())
    now = latest = NOW
    taken = 0
    for operation, gap in calls:
        now += gap / 10
        latest = max(latest, now)
        taken += accepted(buckets, operation, now)
        assert buckets.tokens("cluster resource modify", now) >= -1e-3
        assert taken <= 100 + 40 * (latest - NOW) + 1e-2
    assert sum(buckets.spent.values()) == taken
    assert taken + sum(buckets.throttled.values()) == len(calls)
