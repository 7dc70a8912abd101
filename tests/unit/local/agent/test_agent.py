"""The agent as a whole: orders come, containers run, reports go."""

from __future__ import annotations

import asyncio

import pytest

from tests.unit.local.agent.conftest import Rig
from tests.unit.local.agent.control_plane import INSTANCE
from tests.unit.local.agent.given import arn, container, needs, payload, port


async def test_a_task_runs_and_its_death_is_told(rig: Rig) -> None:
    rig.start()
    name = await rig.runs(payload(1))
    rig.machine.die(name, 137)
    report = await rig.plane.until_task(arn(1), "STOPPED")
    assert report["containers"][0]["exitCode"] == 137
    assert report["reason"] == "Essential container in task exited"
    assert rig.plane.acknowledged == ["message-1"]


async def test_it_registers_and_says_who_it_is(rig: Rig) -> None:
    rig.start()
    await rig.plane.until(lambda: rig.plane.socket is not None)
    (registered,) = rig.plane.registrations
    assert registered["cluster"] == "local"
    assert "containerInstanceArn" not in registered
    assert '"privateIp": "10.0.0.5"' in registered["instanceIdentityDocument"]


async def test_a_task_is_kept_before_it_is_acknowledged(rig: Rig) -> None:
    rig.start()
    rig.machine.slow.add("busybox")
    await rig.order(payload(1))
    await rig.plane.until(lambda: rig.plane.acknowledged == ["message-1"])
    assert rig.record(arn(1)).raw["arn"] == arn(1)


async def test_an_order_that_comes_twice_is_one_task(rig: Rig) -> None:
    rig.start()
    await rig.runs(payload(1))
    await rig.order(payload(1))
    await rig.plane.until(lambda: len(rig.plane.acknowledged) == 2)
    assert len(rig.machine.boxes) == 1


async def test_a_stop_gives_the_container_its_time(rig: Rig) -> None:
    rig.start()
    raw = payload(1, container(stopTimeout=9))
    name = await rig.runs(raw)
    await rig.order(raw | {"desiredStatus": "STOPPED"})
    report = await rig.plane.until_task(arn(1), "STOPPED")
    assert f"stop {name} 9" in rig.machine.calls
    assert report["containers"][0]["exitCode"] == 143
    assert "reason" not in report


async def test_a_pull_holds_up_no_stop_and_is_abandoned_by_its_own(rig: Rig) -> None:
    rig.start()
    rig.machine.slow.add("huge")
    quick, slow = payload(1), payload(2, container(image="huge"))
    await rig.order(slow)
    await rig.until(lambda: "pull huge" in rig.machine.calls)
    await rig.runs(quick)
    await rig.order(quick | {"desiredStatus": "STOPPED"})
    await rig.plane.until_task(arn(1), "STOPPED")
    assert rig.plane.statuses(arn(2)) == []
    await rig.order(slow | {"desiredStatus": "STOPPED"})
    await rig.plane.until_task(arn(2), "STOPPED")


async def test_an_image_that_cannot_be_pulled_is_told_as_by_ecs(rig: Rig) -> None:
    rig.start()
    await rig.order(payload(1, container(image="gone:1")))
    report = await rig.plane.until_task(arn(1), "STOPPED")
    words = "CannotPullContainerError: Error response from daemon: manifest for gone:1 not found"
    assert report["reason"] == report["containers"][0]["reason"] == words
    assert rig.plane.statuses(arn(1)) == ["STOPPED"]


async def test_a_container_that_exits_at_once_did_run(rig: Rig) -> None:
    rig.start()
    rig.machine.over["busybox"] = 3
    await rig.order(payload(1))
    report = await rig.plane.until_task(arn(1), "STOPPED")
    assert rig.plane.statuses(arn(1)) == ["RUNNING", "STOPPED"]
    assert report["containers"][0]["exitCode"] == 3


async def test_a_refused_start_is_told_as_by_ecs(rig: Rig) -> None:
    rig.start()
    words = "driver failed programming external connectivity: port is already allocated"
    rig.machine.no_start["busybox"] = words
    await rig.order(payload(1, container(portMappings=[port(80, 80)])))
    report = await rig.plane.until_task(arn(1), "STOPPED")
    assert report["reason"] == f"CannotStartContainerError: Error response from daemon: {words}"


async def test_a_task_whose_port_is_held_waits_and_runs_when_the_holder_is_gone(rig: Rig) -> None:
    rig.start()
    holder = await rig.runs(payload(1, container(portMappings=[port(80, 80)])))
    await rig.order(payload(2, container(portMappings=[port(81, 80)])))
    await rig.order(payload(3))
    await rig.plane.until(lambda: len(rig.plane.acknowledged) == 3)
    assert [rig.plane.statuses(arn(number)) for number in (2, 3)] == [[], []]
    rig.machine.die(holder)
    await rig.plane.until_task(arn(2), "RUNNING")
    await rig.plane.until_task(arn(3), "RUNNING")


async def test_health_is_published_when_it_changes(rig: Rig) -> None:
    rig.start()
    check = {"config": '{"Healthcheck": {"Test": ["CMD", "true"]}}'}
    name = await rig.runs(payload(1, container(dockerConfig=check)))

    def told(health: str) -> bool:
        if not rig.plane.health:
            return False
        message = rig.plane.health[-1]["message"]
        assert message["metadata"]["containerInstance"] == INSTANCE
        return bool(message["tasks"][0]["containers"][0]["healthStatus"] == health)

    await rig.plane.until(lambda: told("UNKNOWN"))
    for word in ("healthy", "unhealthy"):
        rig.machine.check(name, word)
        await rig.plane.until(lambda word=word: told(word.upper()))


async def test_what_a_manifest_does_not_want_is_verified_and_stopped(rig: Rig) -> None:
    rig.start()
    await rig.runs(payload(1))
    await rig.runs(payload(2))
    wanted = {"taskArn": arn(2), "desiredStatus": "RUNNING"}
    await rig.plane.send("TaskManifestMessage", {"messageId": "manifest", "tasks": [wanted]})
    await rig.plane.until_task(arn(1), "STOPPED")
    assert rig.plane.stop_candidates == [[arn(1)]]
    assert "manifest" in rig.plane.acknowledged
    assert rig.plane.statuses(arn(2)) == ["RUNNING"]


async def test_heartbeats_are_answered_and_odd_frames_passed_over(rig: Rig) -> None:
    rig.start()
    await rig.plane.until(lambda: rig.plane.socket is not None)
    assert rig.plane.socket is not None
    await rig.plane.socket.send_str("no frame")
    await rig.plane.send("SomethingNew", {"a": 1})
    await rig.plane.send("PayloadMessage", {"messageId": "odd", "tasks": [{"arn": "x"}, 3]})
    await rig.plane.send("HeartbeatMessage", {"healthy": True, "messageId": "beat"})
    await rig.plane.until(lambda: rig.plane.acknowledged == ["odd", "beat"])


@pytest.mark.parametrize(
    ("containers", "words"),
    [
        ([container(overrides="{")], "overrides of container main: "),
        (
            [container("a", dependsOn=[needs("b", "START")]), container("b", links=["a"])],
            f"Task dependencies cannot be resolved, taskArn: {arn(1)}",
        ),
        (
            [container(portMappings=[{"containerPortRange": "80-90"}])],
            "containerPortRange is not supported by the agent of the local ECS",
        ),
    ],
)
async def test_a_task_that_can_never_run_is_told_as_stopped(
    rig: Rig, containers: list[dict[str, object]], words: str
) -> None:
    rig.start()
    await rig.order(payload(1, *containers))
    report = await rig.plane.until_task(arn(1), "STOPPED")
    assert report["reason"].startswith(words)
    await rig.runs(payload(2))


async def test_what_is_left_of_a_task_stays_until_its_end_is_told(rig: Rig) -> None:
    rig.start(cleanup_seconds=0.0)
    name = await rig.runs(payload(1))
    rig.plane.refuse = {"SubmitTaskStateChange": None}
    rig.machine.die(name)
    await rig.until(lambda: rig.plane.refused >= 2)
    assert name in rig.machine.boxes
    rig.plane.refuse = {}
    await rig.plane.until_task(arn(1), "STOPPED")
    await rig.until(lambda: name not in rig.machine.boxes)


async def test_what_is_left_of_a_task_is_removed_after_a_while(rig: Rig) -> None:
    rig.start(cleanup_seconds=0.0)
    mounts = [{"sourceVolume": "scratch", "containerPath": "/s"}]
    volumes = [{"name": "scratch", "type": "host", "host": {}}]
    name = await rig.runs(payload(1, container(mountPoints=mounts), volumes=volumes))
    assert len(rig.machine.volumes) == 1
    rig.machine.die(name)
    await rig.plane.until_task(arn(1), "STOPPED")
    await rig.until(lambda: not rig.machine.boxes and not rig.machine.volumes)
    await rig.until(lambda: rig.records() == [])


async def test_sigterm_ends_the_agent_and_leaves_containers_alone(rig: Rig) -> None:
    rig.start()
    name = await rig.runs(payload(1))
    assert rig.agent is not None
    rig.agent.cancel()
    await asyncio.wait([rig.agent])
    assert rig.agent.exception() is None
    assert rig.machine.boxes[name].seen.runs
