"""daemonctl's own ECS service, by the task metadata endpoint and ECS."""

from __future__ import annotations

import json

import pytest
from msgspec import structs

from daemonctl.adapters.ecs.own import METADATA, OwnService
from daemonctl.ports import Cluster
from tests.stand_ins.metadata import metadata
from tests.stand_ins.sink import Silent
from tests.unit.runtime.fakes import FakeCluster
from tests.unit.runtime.made import task

PREFIX = "arn:aws:ecs:eu-west-1:1:task/own/"


class Asked:
    """Makes clusters, and remembers which."""

    def __init__(self, cluster: FakeCluster) -> None:
        self.cluster = cluster
        self.where: list[tuple[str, str]] = []

    def __call__(self, region: str, name: str) -> Cluster:
        self.where.append((region, name))
        return self.cluster


def a_service() -> FakeCluster:
    cluster = FakeCluster()
    for name, since, status in (
        ("b", 20.0, "RUNNING"),
        ("a", 30.0, "RUNNING"),
        ("c", 1.0, "PENDING"),
    ):
        one = task(name, "i1", last_status=status)
        cluster.add(structs.replace(one, group="service:daemonctl", started_at=since))
    return cluster


async def test_the_running_tasks_of_its_service_the_oldest_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = a_service()
    mine = next(arn for arn in cluster.tasks if arn.endswith("/a"))
    asked = Asked(cluster)
    told = json.dumps({"Cluster": "own", "TaskARN": mine, "Family": "daemonctl"}).encode()
    with metadata(told) as at:
        monkeypatch.setenv(METADATA, at)
        own = OwnService(asked, Silent())
        assert await own.mine() == mine
        assert [arn.rsplit("/", 1)[1] for arn in await own.running()] == ["b", "a"]
    assert await own.mine() == mine  # asked once
    assert asked.where == [(mine.split(":")[3], "own")]


async def test_a_task_of_no_service_has_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = FakeCluster()
    cluster.add(task("a", "i1"))
    (mine,) = cluster.tasks
    with metadata(json.dumps({"Cluster": "own", "TaskARN": mine}).encode()) as at:
        monkeypatch.setenv(METADATA, at)
        assert await OwnService(Asked(cluster), Silent()).running() == ()


@pytest.mark.parametrize(("status", "body"), [(500, b"{}"), (200, b"no JSON")])
async def test_metadata_that_cannot_be_read_is_no_task(
    monkeypatch: pytest.MonkeyPatch, status: int, body: bytes
) -> None:
    asked = Asked(FakeCluster())
    with metadata(body, status) as at:
        monkeypatch.setenv(METADATA, at)
        own = OwnService(asked, Silent())
        assert await own.mine() == ""
        assert await own.running() == ()
    assert asked.where == []


async def test_outside_ecs_it_is_no_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(METADATA, raising=False)
    own = OwnService(Asked(FakeCluster()), Silent())
    assert (await own.mine(), await own.running()) == ("", ())
