from __future__ import annotations

from typing import Any

import pytest

from daemonctl.adapters.ecs.definition import definition
from daemonctl.model.cluster import Resources

ARN = "arn:aws:ecs:eu-west-1:111122223333:task-definition/consul-agent:4"


def needs(*containers: dict[str, Any], **task: Any) -> Resources:
    wire = {"taskDefinitionArn": ARN, "containerDefinitions": list(containers), **task}
    return definition(wire).needs


def test_containers_are_added_up_and_a_reservation_beats_a_limit() -> None:
    one = {"cpu": 100, "memory": 512, "memoryReservation": 128}
    assert needs(one, {"cpu": 28, "memory": 64}) == Resources(128, 192)
    assert needs({}) == Resources()


def test_values_of_the_whole_task_win() -> None:
    assert needs({"cpu": 100, "memory": 512}, cpu="256", memory="1024") == Resources(256, 1024)
    assert needs({"cpu": 100, "memory": 512}, cpu=".5 vCPU", memory="1 GB") == Resources(512, 1024)
    assert needs({"cpu": 100, "memory": 512}, cpu="256") == Resources(256, 512)
    for odd in ("lots", "1 acre", "1 2"):
        with pytest.raises(ValueError, match="no amount"):
            needs({}, cpu=odd)


PORTS = {
    "portMappings": [
        {"containerPort": 8500, "hostPort": 8500, "protocol": "tcp"},
        {"containerPort": 8600, "hostPort": 8600, "protocol": "udp"},
        {"containerPort": 8301, "hostPort": 0},
        {"containerPort": 8302},
        {"containerPortRange": "9000-9010"},
    ]
}


@pytest.mark.parametrize(
    ("mode", "tcp", "udp"),
    [
        (None, {8500}, {8600}),
        ("bridge", {8500}, {8600}),
        ("host", {8500, 8301, 8302}, {8600}),
        ("awsvpc", set(), set()),
        ("none", set(), set()),
    ],
)
def test_static_ports_by_network_mode(mode: str | None, tcp: set[int], udp: set[int]) -> None:
    found = needs(PORTS, networkMode=mode)
    assert (set(found.tcp), set(found.udp)) == (tcp, udp)


@pytest.mark.parametrize(
    ("containers", "tells"),
    [
        ([], False),
        ([{}], False),
        ([{"healthCheck": {"command": ["CMD", "true"]}}], True),
        # "The health check status of nonessential containers don't have an effect"
        ([{"healthCheck": {"command": ["x"]}, "essential": False}, {}], False),
        ([{"healthCheck": {"command": ["x"]}}, {"essential": False}], True),
        # "UNKNOWN: any essential container … is in an UNKNOWN state": for good, without a check
        ([{"healthCheck": {"command": ["x"]}}, {}], False),
    ],
)
def test_whether_ecs_can_ever_call_it_healthy(
    containers: list[dict[str, object]], *, tells: bool
) -> None:
    wire = {"taskDefinitionArn": ARN, "containerDefinitions": containers}
    assert definition(wire).has_health_check is tells


def test_what_it_requires_and_where_it_runs() -> None:
    found = definition(
        {
            "taskDefinitionArn": ARN,
            "status": "INACTIVE",
            "networkMode": "host",
            "requiresAttributes": [{"name": "com.amazonaws.ecs.capability.x"}, {"name": "gpu"}],
            "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
            "registeredAt": 5,
        }
    )
    assert found.requires == ("com.amazonaws.ecs.capability.x", "gpu")
    assert (found.os_family, found.cpu_architecture) == ("LINUX", "ARM64")
    assert (found.active, found.network_mode) == (False, "host")
    bare = definition({"taskDefinitionArn": ARN})
    assert (bare.active, bare.network_mode, bare.requires) == (True, "bridge", ())
    with pytest.raises(ValueError, match="taskDefinitionArn"):
        definition({})
