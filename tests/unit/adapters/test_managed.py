from __future__ import annotations

from typing import Any

import pytest

from daemonctl.adapters.ecs.cluster import EcsCluster
from daemonctl.ports import ApiError
from tests.unit.adapters.actions import instance_arn
from tests.unit.adapters.conftest import Diary, Script


def hosts(*providers: str | None) -> dict[str, Any]:
    return {
        "containerInstances": [
            {
                "containerInstanceArn": instance_arn(n),
                "capacityProviderName": provider,
                "ec2InstanceId": f"i-{n}",
                "status": "ACTIVE",
                "attributes": [{"name": "ecs.os-type", "value": "linux"}],
                "registeredAt": 5.0,
                "version": 1,
            }
            for n, provider in enumerate(providers)
        ]
    }


PROVIDERS = {
    "capacityProviders": [
        {"name": "asg", "autoScalingGroupProvider": {"x": 1}},
        {"name": "mi", "managedInstancesProvider": {"x": 1}},
        {"name": "typed", "type": "MANAGED_INSTANCES"},
    ]
}
ARNS = [instance_arn(n) for n in range(5)]


async def test_managed_instances_are_told_and_providers_asked_for_once(
    cluster: EcsCluster, script: Script
) -> None:
    script.on("DescribeContainerInstances", hosts("asg", "mi", None, "typed", "unheard"))
    script.on("DescribeCapacityProviders", PROVIDERS)
    for _ in range(2):
        found = (await cluster.describe_container_instances(ARNS)).found
        assert [row.managed for row in found] == [False, True, False, True, False]
    assert script.named("DescribeCapacityProviders") == [
        {"capacityProviders": ["asg", "mi", "typed", "unheard"], "cluster": "web"}
    ]


async def test_no_leave_to_ask_is_told_once_and_means_not_managed(
    cluster: EcsCluster, script: Script, diary: Diary
) -> None:
    script.on("DescribeCapacityProviders", ApiError("AccessDeniedException", "no"))
    script.on("DescribeContainerInstances", hosts("mi"), hosts("mi", "other"))
    for _ in range(2):
        found = (await cluster.describe_container_instances(ARNS[:1])).found
        assert not found[0].managed
    assert len(script.named("DescribeCapacityProviders")) == 1
    assert [entry[1] for entry in diary.logs].count("capacity_providers_unknown") == 1


async def test_another_failure_to_ask_is_no_answer(cluster: EcsCluster, script: Script) -> None:
    script.on("DescribeContainerInstances", hosts("mi"))
    script.on("DescribeCapacityProviders", ApiError("ServerException", "no"), PROVIDERS)
    with pytest.raises(ApiError, match="ServerException"):
        await cluster.describe_container_instances(ARNS[:1])
    assert (await cluster.describe_container_instances(ARNS[:1])).found[0].managed


async def test_an_event_says_only_what_it_says(cluster: EcsCluster, script: Script) -> None:
    script.on("DescribeContainerInstances", hosts("mi"))
    script.on("DescribeCapacityProviders", PROVIDERS)
    (described,) = (await cluster.describe_container_instances(ARNS[:1])).found
    event = {"containerInstanceArn": ARNS[0], "status": "DRAINING", "version": 2}
    found = cluster.decode_instance(event)
    assert (found.status, found.version) == ("DRAINING", 2)
    assert found.managed
    assert (found.capacity_provider, found.ec2_id, found.registered_at) == ("mi", "i-0", 5.0)
    assert found.attributes is described.attributes
    # what it does say holds, an empty list too
    assert cluster.decode_instance({**event, "attributes": []}).attributes.values == {}
    unknown = cluster.decode_instance({**event, "containerInstanceArn": ARNS[1]})
    assert (unknown.ec2_id, unknown.managed, unknown.attributes.values) == ("", False, {})
    # once it is gone, nothing of it is kept
    script.replies["DescribeContainerInstances"] = [
        {"failures": [{"arn": ARNS[0], "reason": "MISSING"}]}
    ]
    assert (await cluster.describe_container_instances(ARNS[:1])).missing == (ARNS[0],)
    assert cluster.decode_instance(event).ec2_id == ""
    with pytest.raises(ValueError, match="containerInstanceArn"):
        cluster.decode_instance({"status": "ACTIVE"})
