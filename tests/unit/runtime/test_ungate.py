"""Gates opened and removed by hand, tens at a time."""

from __future__ import annotations

from typing import Any

import pytest

from daemonctl.model.plan import SetGate
from daemonctl.ports import ApiError
from daemonctl.runtime.ungate import Ungated, ungate
from tests.simulation.loop import VirtualClock, VirtualLoop
from tests.unit.runtime.fakes import FakeCluster
from tests.unit.runtime.made import instance
from tests.unit.runtime.rig import on_virtual_time

NAME = "daemonctl.ready"
FULL = ApiError("AttributeLimitExceededException", "at most 10")


def cluster_of(count: int) -> FakeCluster:
    cluster = FakeCluster()
    cluster.add(*(instance(f"i{n:02}") for n in range(count)))
    return cluster


def played(cluster: FakeCluster, *, remove: bool = False) -> Ungated:
    found: list[Ungated] = []

    async def story(loop: VirtualLoop) -> None:
        found.append(await ungate("web", cluster, VirtualClock(loop), NAME, remove=remove))

    on_virtual_time(story)
    return found[0]


def opened(cluster: FakeCluster) -> list[int]:
    calls: list[Any] = [action for (action,) in cluster.made("put_attributes")]
    assert all(isinstance(one, SetGate) and one.opened for one in calls)
    return [len(one.instances) for one in calls]


def test_all_are_opened_by_tens() -> None:
    cluster = cluster_of(23)
    assert played(cluster) == Ungated("web", 23)
    assert opened(cluster) == [10, 10, 3]


def test_the_attribute_is_removed_by_tens() -> None:
    cluster = cluster_of(11)
    assert played(cluster, remove=True) == Ungated("web", 11)
    assert [len(args) - 1 for args in cluster.made("drop_attribute")] == [10, 1]


def test_one_that_ecs_refuses_is_named_and_the_others_go_on() -> None:
    cluster = cluster_of(3)
    cluster.fails["put_attributes"] = [FULL, FULL]
    found = played(cluster)
    assert found.done == 2
    assert found.refused == ("i00: AttributeLimitExceededException: at most 10",)
    assert opened(cluster) == [3, 1, 1, 1]


def test_a_throttle_is_waited_for() -> None:
    cluster = cluster_of(1)
    cluster.fails["put_attributes"] = [
        ApiError("ThrottlingException", "slow down"),
        ApiError("Unreachable", "gone", ambiguous=True),
    ]
    assert played(cluster) == Ungated("web", 1)
    assert opened(cluster) == [1, 1, 1]


def test_what_does_not_pass_ends_it() -> None:
    cluster = cluster_of(1)
    cluster.fails["put_attributes"] = [ApiError("AccessDeniedException", "no")]
    with pytest.raises(ApiError, match="AccessDenied"):
        played(cluster)
    late = cluster_of(1)
    late.fails["put_attributes"] = [ApiError("ThrottlingException", "slow down")] * 60
    with pytest.raises(ApiError, match="Throttling"):
        played(late)
