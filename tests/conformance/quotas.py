"""Facts §5: token buckets, and what throttling looks like."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from daemonctl.local.world import WorldError
from tests.conformance.place import Place
from tests.conformance.table import fact

Call = tuple[str, dict[str, Any]]
STOP: Call = ("StopTask", {"task": "x"})
PUT: Call = ("PutAttributes", {"attributes": [{"name": "a", "targetId": "x"}]})
LIST: Call = ("ListTasks", {})
DESCRIBE: Call = ("DescribeTasks", {"tasks": ["x"]})


def is_bucket(ecs: Place, burst: int, per_second: int, *calls: Call) -> None:
    """The calls in turn share a bucket: its burst at once, then so many a second."""
    ecs.after(1_000)

    def throttled(count: int) -> int:
        codes = [
            ecs.refusal(operation, **params)
            for operation, params in (calls[turn % len(calls)] for turn in range(count))
        ]
        return codes.count("ThrottlingException")

    assert (throttled(burst), throttled(1)) == (0, 1)
    ecs.after(1.0)
    assert (throttled(per_second), throttled(1)) == (0, 1)


@fact(
    5,
    "Cluster resource modify: StartTask, StopTask, RunTask, Put/DeleteAttributes, "
    "UpdateContainerInstancesState, DeregisterContainerInstance: 100/40",
)
def cluster_resource_modify(ecs: Place) -> None:
    host = ecs.hosts[0]
    is_bucket(
        ecs, 100, 40, STOP, PUT,
        ("StartTask", {"taskDefinition": "nothing", "containerInstances": [host]}),
        ("RunTask", {"taskDefinition": "nothing"}),
        ("DeleteAttributes", {"attributes": [{"name": "a", "targetId": host}]}),
        ("UpdateContainerInstancesState", {"containerInstances": [host], "status": "ACTIVE"}),
        ("DeregisterContainerInstance", {"containerInstance": "x"}),
    )  # fmt: skip


@fact(
    5,
    "Cluster resource read: ListContainerInstances, DescribeContainerInstances, "
    "ListTasks, DescribeTasks, ListAttributes: 100/20",
)
def cluster_resource_read(ecs: Place) -> None:
    is_bucket(
        ecs, 100, 20, LIST, DESCRIBE, ("ListContainerInstances", {}),
        ("DescribeContainerInstances", {"containerInstances": ["x"]}),
        ("ListAttributes", {"targetType": "container-instance"}),
    )  # fmt: skip


@fact(
    5,
    "Cluster read · modify; Tag read · modify: 50/20 · 20/1; 50/20 · 20/10",
)
def cluster_and_tags(ecs: Place) -> None:
    host = ecs.hosts[0]
    is_bucket(ecs, 50, 20, ("DescribeClusters", {}), ("ListClusters", {}))
    is_bucket(ecs, 20, 1, ("CreateCluster", {"clusterName": "c"}))
    is_bucket(ecs, 50, 20, ("ListTagsForResource", {"resourceArn": host}))
    is_bucket(ecs, 20, 10, ("TagResource", {"resourceArn": host, "tags": []}))


@fact(
    5,
    "Task-def read · modify: 50/20 · 20/1",
)
def task_definitions(ecs: Place) -> None:
    describe = ("DescribeTaskDefinition", {"taskDefinition": "kibana"})
    is_bucket(ecs, 50, 20, describe, ("ListTaskDefinitions", {}))
    row = {"name": "a", "image": "x", "memory": 9}
    register = ("RegisterTaskDefinition", {"family": "f", "containerDefinitions": [row]})
    is_bucket(ecs, 20, 1, register, ("DeregisterTaskDefinition", {"taskDefinition": "f:1"}))


@fact(
    5,
    "Service read · modify: 100/20 · 50/5; Agent modify: 200/120",
)
def services_and_agents(ecs: Place) -> None:
    is_bucket(ecs, 100, 20, ("ListServices", {}), ("DescribeServices", {"services": ["x"]}))
    is_bucket(ecs, 50, 5, ("UpdateService", {"service": "x"}), ("DeleteService", {"service": "x"}))
    is_bucket(ecs, 200, 120, ("RegisterContainerInstance", {"containerInstanceArn": "x"}))


@fact(
    5,
    'Error `ThrottlingException`, HTTP 400, "Rate exceeded".',
    wire=True,
)
def throttling(ecs: Place) -> None:
    for _ in range(20):
        ecs.call("CreateCluster", clusterName="c")
    with pytest.raises(
        (WorldError, ClientError), match=r"ThrottlingException.*Rate exceeded"
    ) as no:
        ecs.call("CreateCluster", clusterName="c")
    if isinstance(no.value, WorldError):
        assert no.value.status == 400
    else:
        assert no.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
