"""Instance metadata, and how an agent that somebody else runs finds its way here by them."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from daemonctl.local.crew import Crew
from daemonctl.local.machines import Machines, Wanted
from daemonctl.local.world.instance import Host
from tests.unit.local.agents.conftest import Plane

TTL = "X-aws-ec2-metadata-token-ttl-seconds"


async def prepared(plane: Plane, **wanted: Any) -> tuple[Machines, Host]:
    machines = Machines(plane.up.live, Crew(plane.up.live))
    await machines.begin(plane.endpoint)
    return machines, await machines.add(Wanted(**wanted))


async def asked(host: Host, path: str) -> tuple[int, str]:
    url = f"http://127.0.0.1:{host.metadata_port}/latest/{path}"
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return answer.status, await answer.text()


async def test_it_says_what_ec2_would_say(plane: Plane) -> None:
    machines, host = await prepared(plane, private_ip="10.4.5.6", zone="us-east-1c")
    url = f"http://127.0.0.1:{host.metadata_port}/latest/api/token"
    async with aiohttp.ClientSession() as http:
        async with http.put(url, headers={TTL: "60"}) as answer:
            assert (answer.status, answer.headers[TTL]) == (200, "60")
            assert await answer.text()
        for ttl in ("0", "21601", "soon"):
            async with http.put(url, headers={TTL: ttl}) as answer:
                assert answer.status == 400
    _, text = await asked(host, "dynamic/instance-identity/document")
    document = json.loads(text)
    assert document["instanceId"] == host.id
    assert (document["privateIp"], document["availabilityZone"]) == ("10.4.5.6", "us-east-1c")
    assert (document["accountId"], document["architecture"]) == ("000000000000", "x86_64")
    assert (await asked(host, "dynamic/instance-identity/signature"))[0] == 200
    mac = "02:00:0a:04:05:06"
    for path, value in {
        "instance-id": host.id,
        "mac": mac,
        "local-ipv4": "10.4.5.6",
        "instance-type": "m5.large",
        "ami-id": host.image_id,
        "placement/region": "us-east-1",
        "placement/availability-zone": "us-east-1c",
        "placement/availability-zone-id": "use1-az3",
        "network/interfaces/macs": f"{mac}/",
        f"network/interfaces/macs/{mac}/vpc-id": host.vpc_id,
        f"network/interfaces/macs/{mac}/subnet-id": "subnet-us-east-1c",
        f"network/interfaces/macs/{mac}/subnet-ipv4-cidr-block": "10.4.5.0/24",
    }.items():
        assert await asked(host, f"meta-data/{path}") == (200, value), path
    assert "placement/" in (await asked(host, "meta-data/"))[1].split("\n")
    assert (await asked(host, "meta-data/spot/instance-action"))[0] == 404
    plane.world.terminate(host.id, plane.up.live.now())
    assert (await asked(host, "meta-data/instance-id"))[0] == 404
    await machines.close()


async def test_a_spot_interruption_is_announced_there(plane: Plane) -> None:
    machines, host = await prepared(plane)
    async with plane.agent(host.id) as agent:
        await agent.register()
        plane.world.interrupt(host.id, plane.up.live.now())
        status, text = await asked(host, "meta-data/spot/instance-action")
        assert (status, json.loads(text)["action"]) == (200, "terminate")
        assert json.loads(text)["time"].endswith("Z")
    await machines.close()


async def test_a_foreign_agent_joins_by_what_it_is_told(plane: Plane) -> None:
    machines, host = await prepared(plane)
    told = machines.environment(host)
    assert told["ECS_CLUSTER"] == "local"
    assert told["ECS_BACKEND_HOST"] == plane.endpoint
    assert told["AWS_EC2_METADATA_SERVICE_ENDPOINT"].endswith(f":{host.metadata_port}")
    _, text = await asked(host, "dynamic/instance-identity/document")
    async with plane.agent() as agent:
        agent.document = json.loads(text)
        row = await agent.register()
        assert row["ec2InstanceId"] == host.id
        await agent.connect()
        await agent.until(lambda: agent.kinds("TaskManifestMessage"))
    await machines.close()


@pytest.mark.parametrize("is_taken", [False, True])
async def test_after_a_restart_it_is_where_it_was_if_that_is_free(
    plane: Plane, is_taken: bool  # noqa: FBT001  a case
) -> None:  # fmt: skip
    machines, host = await prepared(plane)
    before = host.metadata_port
    if not is_taken:
        await machines.close()
    again = Machines(plane.up.live, Crew(plane.up.live))
    await again.begin(plane.endpoint)
    assert (host.metadata_port == before) is not is_taken
    assert (await asked(host, "meta-data/instance-id")) == (200, host.id)
    for each in (again, machines):
        await each.close()


async def test_machines_are_added_over_the_control_plane(plane: Plane) -> None:
    async with plane.agent() as agent:
        with pytest.raises(AssertionError, match="cannot be added here"):
            await agent.control("POST", "machines", cluster="local")
