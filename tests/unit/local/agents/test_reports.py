"""What an agent reports of its tasks, and how ECS shows it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.local.agents.conftest import Plane, joined
from tests.unit.local.agents.fake_agent import Refused

TASK = "ECS Task State Change"


async def test_a_task_runs_and_dies_as_the_agent_says(plane: Plane) -> None:
    async with await joined(plane) as agent:
        arn = await plane.start(agent)
        await agent.until(lambda: agent.orders)
        order = agent.orders[0]
        assert (order["containerInstanceArn"], order["seqNum"]) == (agent.arn, 2)
        (task,) = order["tasks"]
        assert (task["arn"], task["desiredStatus"]) == (arn, "RUNNING")
        assert (await plane.task(arn))["lastStatus"] == "PENDING"
        name = task["containers"][0]["name"]
        running = {"containerName": name, "runtimeId": "d1", "status": "RUNNING"}
        await agent.call(
            "SubmitTaskStateChange",
            task=arn,
            status="RUNNING",
            containers=[running],
            pullStartedAt=1_760_000_000.5,
            pullStoppedAt=1_760_000_001.0,
        )
        shown = await plane.task(arn)
        assert (shown["lastStatus"], shown["pullStartedAt"]) == ("RUNNING", 1_760_000_000.5)
        assert shown["containers"][0]["runtimeId"] == "d1"
        assert (await plane.row(agent.arn))["runningTasksCount"] == 1
        await agent.call(
            "SubmitTaskStateChange",
            task=arn,
            status="STOPPED",
            containers=[running | {"status": "STOPPED", "exitCode": 137, "reason": "OOM"}],
            executionStoppedAt=1_760_000_100.0,
        )
        shown = await plane.task(arn)
        assert shown["stopCode"] == "EssentialContainerExited"
        assert shown["stoppedReason"] == "Essential container in task exited"
        assert shown["executionStoppedAt"] == 1_760_000_100.0
        container = shown["containers"][0]
        assert (container["lastStatus"], container["exitCode"]) == ("STOPPED", 137)
        assert container["reason"] == "OOM"
        assert plane.told(TASK)[-1]["containers"][0]["exitCode"] == 137
        assert (await plane.row(agent.arn))["runningTasksCount"] == 0


async def test_a_stop_is_an_order_and_keeps_its_reason(plane: Plane) -> None:
    async with await joined(plane) as agent:
        arn = await plane.start(agent)
        await agent.until(lambda: agent.orders)
        await agent.call("SubmitTaskStateChange", task=arn, status="RUNNING")
        await plane.up.ecs("StopTask", task=arn, reason="update")
        await agent.until(lambda: len(agent.orders) == 2)
        (task,) = agent.orders[1]["tasks"]
        assert (task["arn"], task["desiredStatus"]) == (arn, "STOPPED")
        assert agent.orders[1]["seqNum"] > agent.orders[0]["seqNum"]
        await agent.call("SubmitTaskStateChange", task=arn, status="STOPPED")
        shown = await plane.task(arn)
        assert (shown["stopCode"], shown["stoppedReason"]) == ("UserInitiated", "update")


async def test_a_task_that_never_ran_failed_to_start(plane: Plane) -> None:
    async with await joined(plane) as agent:
        arn = await plane.start(agent)
        words = "CannotPullContainerError: no such image"
        row = {"containerName": "registrator", "status": "STOPPED", "reason": words}
        await agent.call("SubmitTaskStateChange", task=arn, status="STOPPED", containers=[row])
        shown = await plane.task(arn)
        assert shown["stopCode"] == "TaskFailedToStart"
        assert shown["containers"][0]["reason"] == words


async def test_dynamic_ports_are_shown_as_reported(plane: Plane) -> None:
    async with await joined(plane) as agent:
        arn = await plane.start(agent, "kibana")
        rows = [
            {"bindIP": ip, "containerPort": 5601, "hostPort": 49153, "protocol": "tcp"}
            for ip in ("0.0.0.0", "::")  # noqa: S104  what Docker reports
        ]
        row = {"containerName": "kibana", "status": "RUNNING", "networkBindings": rows}
        await agent.call("SubmitTaskStateChange", task=arn, status="RUNNING", containers=[row])
        assert (await plane.task(arn))["containers"][0]["networkBindings"] == rows
        assert plane.told(TASK)[-1]["containers"][0]["networkBindings"] == rows


async def test_a_container_alone_changes(plane: Plane) -> None:
    async with await joined(plane) as agent:
        arn = await plane.start(agent)
        version = (await plane.task(arn))["version"]
        change: dict[str, Any] = {"task": arn, "containerName": "registrator", "status": "RUNNING"}
        for _ in range(2):  # the second one says nothing new
            await agent.call("SubmitContainerStateChange", runtimeId="d9", **change)
        shown = await plane.task(arn)
        assert (shown["version"], shown["containers"][0]["runtimeId"]) == (version + 1, "d9")
        assert shown["lastStatus"] == "PENDING"
        row = {"attachmentArn": "arn:x", "status": "ATTACHED"}
        assert await agent.call("SubmitAttachmentStateChanges", attachments=[row])


async def test_a_report_about_an_unknown_task_is_refused(plane: Plane) -> None:
    async with await joined(plane) as agent:
        for operation in ("SubmitTaskStateChange", "SubmitContainerStateChange"):
            with pytest.raises(Refused) as caught:
                await agent.call(operation, task="0" * 32, status="RUNNING", containerName="x")
            assert caught.value.code == "InvalidParameterException"
        (simulated,) = plane.world.add_instances("local", 1, plane.up.live.now())
        answer = await plane.up.ecs(
            "StartTask", taskDefinition="registrator", containerInstances=[simulated]
        )
        arn = answer["tasks"][0]["taskArn"]
        with pytest.raises(Refused, match="not found"):
            await agent.call("SubmitTaskStateChange", task=arn, status="STOPPED")


async def test_health_is_published_over_the_telemetry_socket(plane: Plane) -> None:
    await plane.up.ecs(
        "RegisterTaskDefinition",
        family="checked",
        containerDefinitions=[
            {"name": "a", "image": "x", "memory": 9, "healthCheck": {"command": ["CMD", "t"]}}
        ],
    )
    async with await joined(plane) as agent:
        arn = await plane.start(agent, "checked")
        await agent.call("SubmitTaskStateChange", task=arn, status="RUNNING")
        socket = await agent.telemetry()
        for status, head in (("HEALTHY", ""), ("UNHEALTHY", "Authorization: x\r\nHost: y\r\n\r\n")):
            container = {"containerName": "a", "healthStatus": status, "statusSince": 1.0}
            told = {"tasks": [{"taskArn": arn, "containers": [container]}]}
            frame = json.dumps({"type": "PublishHealthRequest", "message": told})
            await socket.send_str(head + frame)  # Amazon's agent signs each of its messages
            answer = json.loads((await socket.receive()).data)
            assert answer["type"] == "AckPublishHealth"
            shown = await plane.task(arn)
            assert (shown["healthStatus"], shown["containers"][0]["healthStatus"]) == (
                status,
                status,
            )
        await socket.close()
