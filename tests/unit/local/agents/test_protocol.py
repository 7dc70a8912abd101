"""The control plane as an agent sees it: register, find, connect, obey, report."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from daemonctl.local.api.session import Spans
from tests.unit.local.agents.conftest import PATIENT, Plane, gone, joined
from tests.unit.local.agents.fake_agent import ATTRIBUTES, FakeAgent, Refused

INSTANCE = "ECS Container Instance State Change"


async def test_an_agent_registers_and_connects(plane: Plane) -> None:
    async with plane.agent() as agent:
        row = await agent.register(tags=[{"key": "team", "value": "a"}])
        have = {(item["name"], item.get("value")) for item in row["attributes"]}
        assert {(item["name"], item.get("value")) for item in ATTRIBUTES} <= have
        assert ("ecs.availability-zone", "us-east-1b") in have
        assert ("ecs.instance-type", "m5.large") in have
        assert (row["ec2InstanceId"], row["status"]) == ("i-0123456789abcdef0", "ACTIVE")
        assert row["agentConnected"] is False
        assert row["tags"] == [{"key": "team", "value": "a"}]
        await agent.connect()
        await agent.until(lambda: agent.kinds("TaskManifestMessage"))
        row = await plane.row(agent.arn)
        assert row["agentConnected"] is True
        assert row["versionInfo"]["agentVersion"] == "1.105.0"
        assert [told["agentConnected"] for told in plane.told(INSTANCE)] == [False, True]
        found: Any = await plane.up.live.call("ec2", "DescribeInstances", {})
        machine = found["Reservations"][0]["Instances"][0]
        assert machine["PrivateIpAddress"] == "10.9.0.7"
        assert machine["Placement"]["AvailabilityZone"] == "us-east-1b"


async def test_members_that_only_agents_know_are_taken(plane: Plane) -> None:
    """Amazon's agent sends a clientToken and a zoneId; the public model has neither."""
    async with plane.agent() as agent:
        await agent.register(clientToken="b2c1", platformDevices=[])
        assert await agent.call("DiscoverPollEndpoint", containerInstance=agent.arn, zoneId="")
        with pytest.raises(Refused) as caught:
            await agent.call("DiscoverPollEndpoint", containerInstance=3, zoneId="")
        assert caught.value.code == "SerializationException"
        with pytest.raises(Refused, match="Unknown parameter"):
            await agent.call("ListTasks", zoneId="")


async def test_what_ecs_knows_by_the_document_alone(plane: Plane) -> None:
    async with plane.agent() as agent:
        agent.document["architecture"] = "arm64"
        row = await agent.register(attributes=[{"name": "ecs.os-type", "value": "linux"}])
        have = {item["name"]: item.get("value") for item in row["attributes"]}
        assert have == {
            "ecs.ami-id": "ami-12345678",
            "ecs.availability-zone": "us-east-1b",
            "ecs.cpu-architecture": "arm64",
            "ecs.instance-type": "m5.large",
            "ecs.os-type": "linux",
        }


async def test_what_is_not_acknowledged_is_sent_again_in_order() -> None:
    spans = Spans(heartbeat=60.0, silence=600.0, resend=0.05)
    async with Plane(spans) as plane, await joined(plane) as agent:
        agent.acks = False
        first, second = await plane.start(agent), await plane.start(agent)
        await agent.until(lambda: len(agent.orders) >= 6)
        sent = [order["tasks"][0]["arn"] for order in agent.orders[:6]]
        assert sent == [first, second] * 3
        await agent.say("AckRequest", messageId=agent.orders[0]["messageId"])
        count = len(agent.orders)
        await agent.until(lambda: len(agent.orders) >= count + 4)
        assert [o["tasks"][0]["arn"] for o in agent.orders[-2:]] == [second] * 2


async def test_orders_wait_for_an_agent_that_is_cut_off(plane: Plane) -> None:
    async with await joined(plane) as agent:
        arn = await plane.start(agent)
        await agent.until(lambda: agent.orders)
        await agent.call("SubmitTaskStateChange", task=arn, status="RUNNING")
        await agent.cut()
        await gone(plane, agent)
        assert [told["agentConnected"] for told in plane.told(INSTANCE)][-1] is False
        shown = await plane.task(arn)
        assert (shown["lastStatus"], shown["connectivity"]) == ("RUNNING", "DISCONNECTED")
        await plane.up.ecs("StopTask", task=arn)
        assert await failure(plane, agent) == "AGENT"
        agent.heard.clear()
        await agent.connect(seq=99)
        await agent.until(lambda: agent.kinds("TaskManifestMessage"))
        assert [order["tasks"][0]["desiredStatus"] for order in agent.orders] == ["STOPPED"]
        assert agent.kinds("TaskManifestMessage")[0]["timeline"] > 99
        assert (await plane.row(agent.arn))["agentConnected"] is True


async def failure(plane: Plane, agent: FakeAgent) -> str:
    answer = await plane.up.ecs(
        "StartTask", taskDefinition="registrator", containerInstances=[agent.arn]
    )
    reason: str = answer["failures"][0]["reason"]
    return reason


async def test_a_second_socket_replaces_the_first_without_a_flap(plane: Plane) -> None:
    async with await joined(plane) as agent:
        first, before = agent.acs, len(plane.told(INSTANCE))
        await agent.connect()
        await agent.until(lambda: agent.kinds("closed"))
        assert first is not None
        assert first.closed
        assert agent.is_open
        assert (await plane.row(agent.arn))["agentConnected"] is True
        assert len(plane.told(INSTANCE)) == before


async def test_registering_again_gives_the_same_arn(plane: Plane) -> None:
    async with await joined(plane) as agent:
        arn, first = agent.arn, await plane.start(agent)
        await agent.until(lambda: agent.orders)
        assert (await agent.register())["containerInstanceArn"] == arn
        agent.arn = None  # its memory is lost, and with it what it was told to run
        agent.heard.clear()
        assert (await agent.register())["containerInstanceArn"] == arn
        await agent.until(lambda: agent.orders)
        assert agent.orders[0]["tasks"][0]["arn"] == first
        agent.document["instanceType"] = "m5.xlarge"
        with pytest.raises(Refused, match="was previously registered as m5"):
            await agent.register()


async def test_heartbeats_and_silence() -> None:
    spans = Spans(heartbeat=0.05, silence=1.5, resend=60.0)
    async with Plane(spans) as plane, await joined(plane) as agent:
        await agent.until(lambda: len(agent.kinds("HeartbeatMessage")) >= 8)
        assert agent.kinds("HeartbeatMessage")[0]["healthy"] is True
        agent.acks = False
        await agent.until(lambda: agent.kinds("closed"))
        await gone(plane, agent)


async def test_the_manifest_lets_an_agent_find_what_nobody_wants(plane: Plane) -> None:
    async with await joined(plane) as agent:
        arn = await plane.start(agent)
        other = arn[:-4] + "beef"
        await agent.connect()
        await agent.until(lambda: len(agent.kinds("TaskManifestMessage")) == 2)
        manifest = agent.kinds("TaskManifestMessage")[1]
        assert [(t["taskArn"], t["desiredStatus"]) for t in manifest["tasks"]] == [(arn, "RUNNING")]
        candidates = [{"taskArn": one, "desiredStatus": "STOPPED"} for one in (arn, other)]
        await agent.say(
            "TaskStopVerificationMessage",
            messageId=manifest["messageId"],
            stopCandidates=candidates,
        )
        await agent.until(lambda: agent.kinds("TaskStopVerificationAck"))
        ack = agent.kinds("TaskStopVerificationAck")[0]
        assert ack["messageId"] == manifest["messageId"]
        assert [task["taskArn"] for task in ack["stopTasks"]] == [other]


async def test_who_is_refused_a_socket(plane: Plane) -> None:
    async with await joined(plane) as agent:
        await agent.cut()
        plane.world.disconnect(agent.arn or "", plane.up.live.now())
        with pytest.raises(Refused) as caught:
            await agent.call("DiscoverPollEndpoint", containerInstance=agent.arn)
        assert caught.value.code == "ServerException"
        assert await refused(agent, agent.arn) == (503, "ServerException")
        plane.world.reconnect(agent.arn or "", plane.up.live.now())
        await agent.connect()
        await plane.up.ecs("DeregisterContainerInstance", containerInstance=agent.arn, force=True)
        await agent.until(lambda: agent.kinds("InactiveInstanceException"))
        await agent.until(lambda: agent.kinds("closed"))
        assert await refused(agent, agent.arn) == (400, "InactiveInstanceException")
        assert await refused(agent, "arn:aws:ecs:x") == (400, "InvalidInstanceException")
        agent.arn = None
        assert (await agent.register())["status"] == "ACTIVE"  # a new one, on the same machine


async def refused(agent: FakeAgent, arn: str | None) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http:
        query = {"containerInstanceArn": arn or ""}
        async with http.get(agent.endpoint + "/acs/ws", params=query) as answer:
            return answer.status, json.loads(await answer.text())["type"]


async def test_a_terminated_machine_is_cut_off_and_stays_out(plane: Plane) -> None:
    async with await joined(plane) as agent:
        name = agent.document["instanceId"]
        await plane.up.live.call("ec2", "TerminateInstances", {"InstanceIds": [name]})
        await agent.until(lambda: agent.kinds("closed"))
        assert agent.orders == []
        await gone(plane, agent)
        with pytest.raises(Refused):
            await agent.call("DiscoverPollEndpoint", containerInstance=agent.arn)
        assert await refused(agent, agent.arn) == (400, "InvalidInstanceException")
        agent.arn = None
        with pytest.raises(Refused, match="is shutting-down"):
            await agent.register()


async def test_an_agent_that_does_not_come_back_after_a_restart_is_lost(tmp_path: Path) -> None:
    state = str(tmp_path / "ecs.sqlite")
    async with Plane(state=state) as plane, plane.agent() as agent:
        await agent.register()
        await plane.up.live.act("agent_connected", agent=agent.arn, sequence=0, versions={})
    spans = Spans(heartbeat=60.0, silence=600.0, resend=600.0, grace=0.05)
    async with Plane(spans, state=state) as plane:
        await gone(plane, agent)


async def test_a_wrong_document_is_refused(plane: Plane) -> None:
    async with plane.agent() as agent:
        for document in ("no json", "[]", "{}"):
            with pytest.raises(Refused, match="not valid"):
                await agent.call("RegisterContainerInstance", instanceIdentityDocument=document)
        plane.world.add_instances("local", 1, plane.up.live.now())
        agent.document["instanceId"] = next(iter(plane.world.hosts))
        with pytest.raises(Refused, match="simulated"):
            await agent.register()


async def test_frames_that_say_nothing_are_passed_over(plane: Plane) -> None:
    async with await joined(plane) as agent:
        assert agent.acs is not None
        for words in ("", "no json", "[]", '{"type": "AckRequest", "message": 3}'):
            await agent.acs.send_str(words)
        await plane.start(agent)
        await agent.until(lambda: agent.orders)
        assert PATIENT.resend == 600.0
        await asyncio.sleep(0)
        assert agent.is_open
