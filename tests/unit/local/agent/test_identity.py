"""What a host says of itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from daemonctl.local.agent.address import default_address
from daemonctl.local.agent.identity import (
    Host,
    instance_id_of,
    is_instance_id,
    memory_mib,
    region_of,
    registration,
)
from daemonctl.local.world.capabilities import OFFERED

HOST = Host(
    instance_id="i-0123456789abcdef0",
    instance_type="m5.large",
    zone="eu-west-1b",
    private_ip="10.0.0.5",
    cpus=2,
    memory=7000,
    os_type="linux",
    architecture="x86_64",
    docker_version="20.10",
)


def params(arn: str | None = None) -> Any:
    return json.loads(json.dumps(registration(HOST, "local", arn)))


def test_resources_are_registered_as_by_the_ecs_agent() -> None:
    assert params()["totalResources"] == [
        {"name": "CPU", "type": "INTEGER", "integerValue": 2048},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": 7000},
        {"name": "PORTS", "type": "STRINGSET",
         "stringSetValue": ["22", "2375", "2376", "51678", "51679"]},
        {"name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": []},
    ]  # fmt: skip


def test_the_identity_document_names_the_machine() -> None:
    document = json.loads(params()["instanceIdentityDocument"])
    assert (
        document
        | {
            "instanceId": HOST.instance_id,
            "availabilityZone": "eu-west-1b",
            "region": "eu-west-1",
            "privateIp": "10.0.0.5",
            "instanceType": "m5.large",
        }
        == document
    )


def test_attributes_tell_what_the_host_is_and_can_do() -> None:
    rows = {row["name"]: row.get("value") for row in params()["attributes"]}
    assert (rows["ecs.availability-zone"], rows["ecs.os-type"]) == ("eu-west-1b", "linux")
    assert rows["ecs.capability.container-ordering"] is None
    assert len(rows) == len(params()["attributes"])
    assert 45 <= len(rows) <= 60
    named = {name for name in rows if "capability" in name}
    assert named <= {name for name, _ in OFFERED}, "names that ECS itself uses"


def test_it_registers_again_under_the_arn_it_had() -> None:
    assert "containerInstanceArn" not in params()
    assert params("arn:x")["containerInstanceArn"] == "arn:x"


@pytest.mark.parametrize(
    ("zone", "region"),
    [("us-east-1a", "us-east-1"), ("ap-northeast-2c", "ap-northeast-2"), ("local", "local")],
)
def test_a_zone_lies_in_its_region(zone: str, region: str) -> None:
    assert region_of(zone) == region


def test_the_same_engine_is_the_same_instance() -> None:
    made = instance_id_of("ABCD:EFGH")
    assert made == instance_id_of("ABCD:EFGH") != instance_id_of("ABCD:EFGI")
    assert is_instance_id(made)
    assert not is_instance_id("i-xyz")


def test_memory_is_told_in_whole_mib() -> None:
    assert memory_mib(2**30 + 2**20 - 1) == 1024


ROUTES = (
    "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
    "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
    "eth0\t00000000\t01004D0A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
    "eth0\t00004D0A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
)


def trie(*addresses: str) -> str:
    rows = [f"     |-- {address}\n        /32 host LOCAL\n" for address in addresses]
    return "Local:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 10.77.0.255\n        /32 link BROADCAST\n" + (
        "".join(rows)
    )


@pytest.mark.parametrize(
    ("routes", "addresses", "found"),
    [
        (ROUTES, ("127.0.0.1", "172.17.0.1", "10.77.0.11"), "10.77.0.11"),
        (ROUTES, ("127.0.0.1", "172.17.0.1"), "172.17.0.1"),
        (ROUTES, ("127.0.0.1",), None),
        ("Iface\n", ("127.0.0.1", "10.0.0.9"), "10.0.0.9"),
    ],
)
def test_a_hosts_address_is_the_one_towards_its_gateway(
    routes: str, addresses: tuple[str, ...], found: str | None
) -> None:
    assert default_address(routes, trie(*addresses)) == found
