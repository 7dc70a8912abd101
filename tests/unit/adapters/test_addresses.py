from __future__ import annotations

from typing import Any

from daemonctl.adapters.ecs.buckets import Buckets
from daemonctl.adapters.ecs.cluster import EcsCluster
from daemonctl.ports import ApiError
from tests.unit.adapters.actions import instance_arn
from tests.unit.adapters.conftest import Diary, Script, StandingClock

ARNS = [instance_arn(n) for n in range(3)]
HOSTS = {
    "containerInstances": [
        {"containerInstanceArn": arn, "ec2InstanceId": ec2, "status": "ACTIVE", "version": 1}
        for arn, ec2 in zip(ARNS, ("i-0", "i-1", "mi-2"), strict=True)
    ]
}


def ec2(token: str, **addresses: str) -> dict[str, Any]:
    rows = [{"InstanceId": f"i-{k[1:]}", "PrivateIpAddress": v} for k, v in addresses.items()]
    return {"Reservations": [{"Instances": rows}], **({"NextToken": token} if token else {})}


def wired(script: Script, diary: Diary, *, private_ips: bool) -> EcsCluster:
    clock = StandingClock()
    buckets = Buckets(clock, budget=1.0, jitter=lambda: 0.0)
    return EcsCluster(script, buckets, "web", diary, clock, private_ips=private_ips)


async def test_addresses_come_from_ec2_page_by_page_and_are_asked_for_once(
    script: Script, diary: Diary
) -> None:
    cluster = wired(script, diary, private_ips=True)
    script.on("DescribeContainerInstances", HOSTS)
    script.on("DescribeInstances", ec2("more", i0="10.0.0.1"), ec2("", i1="10.0.0.2"))
    for _ in range(2):
        found = (await cluster.describe_container_instances(ARNS)).found
        assert [row.private_ip for row in found] == ["10.0.0.1", "10.0.0.2", ""]
    asked = {"Filters": [{"Name": "instance-id", "Values": ["i-0", "i-1"]}]}
    assert script.named("DescribeInstances") == [asked, {**asked, "NextToken": "more"}]


async def test_an_event_leaves_the_address_as_it_was_described(
    script: Script, diary: Diary
) -> None:
    cluster = wired(script, diary, private_ips=True)
    script.on("DescribeContainerInstances", HOSTS)
    script.on("DescribeInstances", ec2("", i0="10.0.0.1", i1="10.0.0.2"))
    await cluster.describe_container_instances(ARNS)
    told = cluster.decode_instance(
        {"containerInstanceArn": ARNS[0], "status": "ACTIVE", "version": 2}
    )
    assert told.private_ip == "10.0.0.1"


async def test_ec2_is_not_asked_where_no_override_wants_an_address(
    script: Script, diary: Diary
) -> None:
    cluster = wired(script, diary, private_ips=False)
    script.on("DescribeContainerInstances", HOSTS)
    assert (await cluster.describe_container_instances(ARNS)).found[0].private_ip == ""
    assert script.named("DescribeInstances") == []


async def test_no_leave_to_ask_ec2_is_told_once_and_leaves_the_address_open(
    script: Script, diary: Diary
) -> None:
    cluster = wired(script, diary, private_ips=True)
    script.on("DescribeContainerInstances", HOSTS)
    script.on("DescribeInstances", ApiError("UnauthorizedOperation", "no"))
    for _ in range(2):
        assert (await cluster.describe_container_instances(ARNS)).found[0].private_ip == ""
    assert [event for _, event, _ in diary.logs] == ["private_addresses_unknown"]
