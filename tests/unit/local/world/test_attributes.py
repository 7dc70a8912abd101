"""Attributes, capacity providers, tags and clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.local.world.conftest import Ecs


def put(ecs: Ecs, *rows: tuple[str, str | None], host: int = 0) -> None:
    made = [
        {"name": name, "targetId": ecs.hosts[host]} | ({} if value is None else {"value": value})
        for name, value in rows
    ]
    ecs.call("PutAttributes", attributes=made)


@pytest.mark.parametrize("emits", [False, True])
def test_attributes(make: Callable[..., Ecs], emits: bool) -> None:  # noqa: FBT001  a switch
    """ "delete by name+target"; "PutAttributes … (unverified)" events are a switch."""
    ecs = make(attributes_emit=emits)
    put(ecs, ("daemonctl.ready", "true"), ("flag", None))
    put(ecs, ("daemonctl.ready", "false"), host=1)

    def names(**params: str) -> list[tuple[int, str, str | None]]:
        rows: Any = ecs.pages(
            "ListAttributes", "attributes", targetType="container-instance", **params
        )
        return [(ecs.hosts.index(r["targetId"]), r["name"], r.get("value")) for r in rows]

    ready = "daemonctl.ready"
    assert names(attributeName=ready) == [(0, ready, "true"), (1, ready, "false")]
    assert names(attributeName=ready, attributeValue="true") == [(0, ready, "true")]
    assert ecs.instance(ecs.hosts[0])["version"] == 1 + emits
    short = ecs.hosts[0].rpartition("/")[2]
    ecs.call(
        "DeleteAttributes",
        attributes=[{"name": ready, "targetId": short, "targetType": "container-instance"}],
    )
    assert names(attributeName=ready) == [(1, ready, "false")]
    assert {"name": "flag"} in ecs.instance(ecs.hosts[0])["attributes"]
    every = names(maxResults=7)
    assert (
        len(every)
        == len(set(every))
        == sum(len(row.attributes) for row in ecs.cluster.instances.values())
    )


def test_ten_custom_attributes_and_all_or_none(ecs: Ecs) -> None:
    """ "custom ≤10"; "+AttributeLimitExceededException"."""
    put(ecs, *((f"a{n}", "x") for n in range(9)))
    rows = [{"name": name, "value": "x", "targetId": ecs.hosts[0]} for name in ("a8", "a9", "a10")]
    assert ecs.refused("PutAttributes", attributes=rows)[0] == "AttributeLimitExceededException"
    assert len(ecs.cluster.instances[ecs.hosts[0]].custom) == 9
    put(ecs, ("a8", "y"), ("a9", "x"))
    ecs.call("DeleteAttributes", attributes=[rows[0]])
    put(ecs, ("b", "x"))


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([], "InvalidParameterException"),
        ([{"name": "a", "targetId": "HOST"}] * 11, "InvalidParameterException"),  # "≤10 per call"
        ([{"name": "", "targetId": "HOST"}], "InvalidParameterException"),
        ([{"name": "a" * 129, "targetId": "HOST"}], "InvalidParameterException"),  # "1-128"
        ([{"name": "a", "value": "b" * 129, "targetId": "HOST"}], "InvalidParameterException"),
        ([{"name": "a", "targetId": "0123"}], "InvalidParameterException"),  # "needs targetType"
        (
            [{"name": "a", "targetId": "0123", "targetType": "container-instance"}],
            "TargetNotFoundException",
        ),
    ],
)
def test_attributes_that_are_refused(ecs: Ecs, rows: list[dict[str, str]], code: str) -> None:
    made = [{k: ecs.hosts[0] if v == "HOST" else v for k, v in row.items()} for row in rows]
    assert ecs.refused("PutAttributes", attributes=made)[0] == code


def test_capacity_providers(ecs: Ecs) -> None:
    assert ecs.call("DescribeCapacityProviders")["capacityProviders"] == []
    ecs.call(
        "CreateCapacityProvider",
        name="managed",
        managedInstancesProvider={"infrastructureRoleArn": "arn:aws:iam::0:role/x"},
    )
    (arn,) = ecs.world.add_instances("local", 1, ecs.now, capacity_provider="managed")
    name = ecs.instance(arn)["capacityProviderName"]
    answer = ecs.call("DescribeCapacityProviders", capacityProviders=[name, "other"])
    assert answer["capacityProviders"][0]["type"] == "MANAGED_INSTANCES"
    assert answer["failures"][0]["reason"] == "MISSING"
    assert "capacityProviderName" not in ecs.instance(ecs.hosts[0])


def test_tags(ecs: Ecs) -> None:
    (task,) = ecs.start(ecs.hosts[0])
    cluster = ecs.call("DescribeClusters", clusters=["local"])["clusters"][0]["clusterArn"]
    definition = ecs.call("ListTaskDefinitions")["taskDefinitionArns"][0]
    for arn in (ecs.hosts[0], task, cluster, definition):
        ecs.call("TagResource", resourceArn=arn, tags=[{"key": k, "value": "1"} for k in "ab"])
        ecs.call("UntagResource", resourceArn=arn, tagKeys=["a", "c"])
        tags = ecs.call("ListTagsForResource", resourceArn=arn)["tags"]
        assert tags == [{"key": "b", "value": "1"}]
    many = [{"key": f"k{n}", "value": ""} for n in range(50)]
    assert ecs.refused("TagResource", resourceArn=task, tags=many)[0]  # "≤50 tags"
    ecs.call("StopTask", task=task)
    assert ecs.refused("TagResource", resourceArn=task, tags=[])[0] == "ResourceNotFoundException"


def test_clusters(ecs: Ecs) -> None:
    """ "registeredContainerInstancesCount = ACTIVE+DRAINING"."""
    ecs.call("UpdateContainerInstancesState", containerInstances=ecs.hosts[:1], status="DRAINING")
    ecs.call("DeregisterContainerInstance", containerInstance=ecs.hosts[1])
    ecs.start(ecs.hosts[2])
    row = ecs.after(10).call("DescribeClusters", clusters=["local"])["clusters"][0]
    assert row["registeredContainerInstancesCount"] == 2
    assert (row["runningTasksCount"], row["pendingTasksCount"]) == (1, 0)
    first = ecs.call("CreateCluster", clusterName="other")
    assert ecs.call("CreateCluster", clusterName="other") == first
    assert len(ecs.call("ListClusters")["clusterArns"]) == 2
    assert ecs.refused("DeleteCluster")[0] == "ClusterContainsContainerInstancesException"
    ecs.call("DeleteCluster", cluster="other")
    assert ecs.refused("ListTasks", cluster="other")[0] == "ClusterNotFoundException"
    assert ecs.refused("ListTasks", cluster=row["clusterArn"].replace("us-east-1", "eu-west-1"))
    assert ecs.call("ListTasks", cluster=row["clusterArn"])["taskArns"]
