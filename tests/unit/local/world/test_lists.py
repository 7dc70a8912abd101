"""ListTasks and ListContainerInstances: filters, pages, lag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from daemonctl.local.world.pages import token

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.local.world.conftest import Ecs


def test_running_hides_tasks_that_are_shutting_down(ecs: Ecs) -> None:
    """ "RUNNING hides tasks still shutting down …: list both RUNNING and STOPPED"."""
    one, two = ecs.start(*ecs.hosts[:2])
    ecs.after(5).call("StopTask", task=one)
    assert ecs.task(one)["lastStatus"] == "DEACTIVATING"
    assert ecs.listed() == [two]
    assert ecs.listed(desiredStatus="STOPPED") == [one]
    assert ecs.listed(desiredStatus="PENDING") == []


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, "abc"),
        ({"family": "consul-agent"}, "ab"),
        ({"family": "consul"}, ""),
        ({"startedBy": "me/1"}, "b"),
        ({"containerInstance": 0}, "ac"),
        ({"containerInstance": 0, "family": "consul-agent"}, "a"),
        ({"launchType": "EC2"}, "abc"),
        ({"launchType": "FARGATE"}, ""),
    ],
)
def test_filters(ecs: Ecs, filters: dict[str, Any], found: str) -> None:
    arns = {
        "a": ecs.start(ecs.hosts[0])[0],
        "b": ecs.start(ecs.hosts[1], startedBy="me/1")[0],
        "c": ecs.start(ecs.hosts[0], family="kibana")[0],
    }
    ecs.after(5)
    if "containerInstance" in filters:
        filters = {**filters, "containerInstance": ecs.hosts[0].rpartition("/")[2]}
    assert ecs.listed(**filters) == [arns[name] for name in found]


@pytest.mark.parametrize("how", ["REFUSE", "AND", "IGNORE"])
def test_started_by_with_another_filter(make: Callable[..., Ecs], how: str) -> None:
    """ "`startedBy` must be the only filter [M]; what happens when combined … (unverified)"."""
    ecs = make(started_by_combines=how)
    both = ecs.start(ecs.hosts[0], startedBy="me") + ecs.start(
        ecs.hosts[0], family="kibana", startedBy="me"
    )
    ecs.after(5)
    params = {"startedBy": "me", "family": "kibana"}
    if how == "REFUSE":
        assert ecs.refused("ListTasks", **params)[0] == "InvalidParameterException"
        assert ecs.refused("ListTasks", startedBy="me", desiredStatus="STOPPED")
    else:
        assert ecs.listed(**params) == (both[1:] if how == "AND" else both)
    assert ecs.listed(startedBy="me") == both


def test_unknown_names_are_refused(ecs: Ecs) -> None:
    assert ecs.refused("ListTasks", serviceName="x")[0] == "ServiceNotFoundException"
    assert ecs.refused("ListTasks", containerInstance="x")[0] == "InvalidParameterException"
    assert ecs.refused("ListTasks", cluster="x")[0] == "ClusterNotFoundException"
    assert ecs.refused("ListContainerInstances", status="INACTIVE")[0]  # "not a valid value"


@pytest.mark.parametrize("size", [1, 2, 7, 100, None])
def test_pages_give_everything_once(make: Callable[..., Ecs], size: int | None) -> None:
    ecs = make(instances=23)
    arns = ecs.start(*ecs.hosts[:10]) + ecs.start(*ecs.hosts[10:20]) + ecs.start(*ecs.hosts[20:])
    ecs.after(5)
    given = {} if size is None else {"maxResults": size}
    assert ecs.listed(**given) == arns
    assert ecs.pages("ListContainerInstances", "containerInstanceArns", **given) == ecs.hosts


def test_tasks_that_go_between_two_pages_disturb_no_other(make: Callable[..., Ecs]) -> None:
    ecs = make(instances=10)
    arns = ecs.start(*ecs.hosts)
    first = ecs.after(5).call("ListTasks", maxResults=4)
    for arn in arns[:6]:
        ecs.call("StopTask", task=arn)
    rest = ecs.call("ListTasks", maxResults=4, nextToken=first["nextToken"])
    assert first["taskArns"] + rest["taskArns"] == arns[:4] + arns[6:]


def test_a_short_page_may_have_a_next_one(make: Callable[..., Ecs]) -> None:
    """ "short pages may carry nextToken"; the switch turns it off."""
    for short in (True, False):
        ecs = make(instances=10, short_pages=short)
        ecs.start(*ecs.hosts)
        (late,) = ecs.start(ecs.hosts[0], family="kibana")
        where = {"containerInstance": ecs.hosts[0], "family": "kibana", "maxResults": 1}
        page = ecs.after(5).call("ListTasks", **where)
        assert page["taskArns"] == ([] if short else [late])
        assert ecs.listed(**where) == [late]


@pytest.mark.parametrize("size", [0, 101, -1])
def test_page_sizes_out_of_bounds(ecs: Ecs, size: int) -> None:
    """ "page 1-100"."""
    for operation in ("ListTasks", "ListContainerInstances"):
        assert ecs.refused(operation, maxResults=size)[0] == "InvalidParameterException"


@pytest.mark.parametrize("bad", ["x", "", "bnVsbA==", "WzEsIDJd", token({}, 1)])
def test_a_foreign_token_is_refused(ecs: Ecs, bad: str) -> None:
    """ "opaque; keep other params constant"."""
    if bad == "":
        ecs.call("ListTasks", nextToken=bad)
    else:
        assert ecs.refused("ListTasks", nextToken=bad) == (
            "InvalidParameterException",
            "Invalid token.",
        )


def test_a_new_task_is_unknown_for_a_moment(make: Callable[..., Ecs]) -> None:
    """ "ListTasks may omit and DescribeTasks call MISSING a task just started"."""
    ecs = make(listing_lag_seconds=(5.0, 5.0))
    (arn,) = ecs.start(ecs.hosts[0])
    ecs.after(4)
    assert ecs.listed() == []
    assert ecs.call("DescribeTasks", tasks=[arn])["failures"][0]["reason"] == "MISSING"
    ecs.after(2)
    assert ecs.listed() == [arn]
    assert ecs.task(arn)["taskArn"] == arn


def test_a_stale_list_shows_what_was(ecs: Ecs) -> None:
    stopped, stays = ecs.start(*ecs.hosts[:2])
    ecs.after(30).call("StopTask", task=stopped)
    (fresh,) = ecs.start(ecs.hosts[2])
    ecs.after(3)
    assert ecs.listed() == [stays, fresh]
    ecs.world.faults.set("stale_list", size=10.0)
    assert ecs.listed() == [stopped, stays]
    assert ecs.listed(desiredStatus="STOPPED") == []
    ecs.after(10)
    assert ecs.listed() == [stays, fresh]
    assert ecs.listed(desiredStatus="STOPPED") == [stopped]
    assert ecs.world.faults.hits["stale_list"] == 4


def test_a_stale_list_of_instances(ecs: Ecs) -> None:
    ecs.after(30).call("DeregisterContainerInstance", containerInstance=ecs.hosts[0])
    (new,) = ecs.world.add_instances("local", 1, ecs.now)
    ecs.after(1).world.faults.set("stale_list", size=10.0)
    instances = ("ListContainerInstances", "containerInstanceArns")
    assert ecs.pages(*instances) == ecs.hosts
    ecs.after(10)
    assert ecs.pages(*instances) == [*ecs.hosts[1:], new]


def test_instances_by_status_and_query(ecs: Ecs) -> None:
    ecs.call("UpdateContainerInstancesState", containerInstances=[ecs.hosts[0]], status="DRAINING")
    ecs.start(ecs.hosts[1])

    def find(**params: str) -> list[int]:
        found = ecs.pages("ListContainerInstances", "containerInstanceArns", **params)
        return [ecs.hosts.index(arn) for arn in found]

    assert find() == [0, 1, 2]
    assert find(status="DRAINING") == [0]
    assert find(status="ACTIVE") == [1, 2]
    assert find(status="REGISTERING") == []
    assert find(filter="attribute:ecs.availability-zone == us-east-1b") == [1]
    assert find(filter="not(task:group == family:consul-agent)") == [0, 2]
    assert find(filter="agentConnected == true and attribute:ecs.os-type == linux") == [0, 1, 2]
    assert find(filter="runningTasksCount > 0") == []
    assert ecs.after(10).call("ListContainerInstances", filter="runningTasksCount > 0")
    assert find(filter="runningTasksCount > 0") == [1]
    assert find(filter="agentVersion >= 1.80.0") == [0, 1, 2]
    assert find(filter="registeredAt < 2020-01-01") == []
    host = ecs.instance(ecs.hosts[2])["ec2InstanceId"]
    assert find(filter=f"ec2InstanceId == {host}") == [2]
    assert ecs.refused("ListContainerInstances", filter="==")[0] == "InvalidParameterException"


@pytest.mark.parametrize(
    ("operation", "member", "most"),
    [
        ("DescribeTasks", "tasks", 100),
        ("DescribeContainerInstances", "containerInstances", 100),
        ("DescribeServices", "services", 10),
        ("DescribeClusters", "clusters", 100),
    ],
)
def test_describe_takes_so_many(ecs: Ecs, operation: str, member: str, most: int) -> None:
    """ "≤100", services "≤10 per call"; unknown ones are MISSING."""
    names = [f"{n:032x}" for n in range(most + 1)]
    assert ecs.refused(operation, **{member: names})[0] == "InvalidParameterException"
    answer = ecs.call(operation, **{member: names[:most]})
    assert answer[member] == []
    assert {row["reason"] for row in answer["failures"]} == {"MISSING"}
    assert len(answer["failures"]) == most
    assert all(row["arn"].startswith("arn:aws:ecs:") for row in answer["failures"])
