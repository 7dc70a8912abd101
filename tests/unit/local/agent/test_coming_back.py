"""Engines and control planes that go and come back, and agents that are started again."""

from __future__ import annotations

import pytest

from daemonctl.local.agent import session
from daemonctl.local.agent.run import AgentError
from tests.unit.local.agent.conftest import Rig
from tests.unit.local.agent.control_plane import INSTANCE
from tests.unit.local.agent.given import arn, container, payload, port


async def test_an_agent_that_was_away_is_the_same_instance_and_tells_what_it_missed(
    rig: Rig,
) -> None:
    rig.start()
    first, second = await rig.runs(payload(1)), await rig.runs(payload(2))
    await rig.stop()
    rig.machine.die(first, 9)
    rig.start()
    report = await rig.plane.until_task(arn(1), "STOPPED")
    assert report["containers"][0]["exitCode"] == 9
    assert rig.plane.registrations[-1]["containerInstanceArn"] == INSTANCE
    assert sorted(rig.machine.boxes) == sorted([first, second])
    assert rig.plane.statuses(arn(2)) == ["RUNNING"]
    rig.machine.die(second)
    await rig.plane.until_task(arn(2), "STOPPED")


async def test_a_container_that_somebody_removed_meanwhile_has_ended(rig: Rig) -> None:
    rig.start()
    name = await rig.runs(payload(1))
    await rig.stop()
    del rig.machine.boxes[name]
    rig.start()
    report = await rig.plane.until_task(arn(1), "STOPPED")
    assert "exitCode" not in report["containers"][0]
    assert report["containers"][0]["reason"].startswith("CannotInspectContainerError")


async def test_one_that_is_removed_while_the_agent_watches_has_its_exit_code(rig: Rig) -> None:
    rig.start()
    rig.machine.vanish(await rig.runs(payload(1)))
    report = await rig.plane.until_task(arn(1), "STOPPED")
    assert report["containers"][0]["exitCode"] == 137


@pytest.mark.parametrize("last", ["create", "start"])
async def test_an_agent_killed_amid_a_step_doubles_nothing(rig: Rig, last: str) -> None:
    """The step was done on the engine, and the agent does not know."""
    rig.start()
    name = await rig.runs(payload(1))
    await rig.stop()
    text = rig.settings.state.read_text()
    rig.settings.state.write_text(
        text.replace('"status":"RUNNING"', '"status":"PULLED"').replace('"ran":true', '"ran":false')
    )
    if last == "create":
        rig.machine.boxes[name].seen = type(rig.machine.boxes[name].seen)("id", "created")
    rig.start()
    await rig.until(lambda: len(rig.plane.registrations) == 2)
    await rig.until(lambda: rig.record(arn(1)).containers[0].status == "RUNNING")
    assert list(rig.machine.boxes) == [name]


async def test_a_stop_that_was_under_way_is_taken_up_again(rig: Rig) -> None:
    rig.start()
    rig.machine.stubborn.add("busybox")
    name = await rig.runs(payload(1))
    await rig.order(payload(1) | {"desiredStatus": "STOPPED"})
    await rig.until(lambda: f"stop {name} 30" in rig.machine.calls)
    await rig.stop()
    rig.machine.boxes[name].stubborn = False
    rig.start()
    await rig.plane.until_task(arn(1), "STOPPED")


async def test_an_engine_that_dies_is_a_disconnected_agent_until_it_is_back(rig: Rig) -> None:
    rig.start()
    first, second = await rig.runs(payload(1)), await rig.runs(payload(2))
    before = rig.plane.socket
    assert before is not None
    rig.machine.crash()
    await rig.until(lambda: before.closed)
    rig.machine.die(first, 1)
    rig.machine.up = True
    report = await rig.plane.until_task(arn(1), "STOPPED")
    assert report["containers"][0]["exitCode"] == 1
    await rig.plane.until(lambda: rig.plane.socket is not before)
    assert rig.plane.statuses(arn(2)) == ["RUNNING"]
    assert sorted(rig.machine.boxes) == sorted([first, second])


async def test_steps_under_way_when_the_engine_dies_are_done_when_it_is_back(rig: Rig) -> None:
    rig.start()
    rig.machine.slow.add("huge")
    await rig.order(payload(1, container(image="huge")))
    await rig.until(lambda: "pull huge" in rig.machine.calls)
    rig.machine.crash()
    rig.machine.slow.clear()
    rig.machine.registry.add("huge")
    rig.machine.up = True
    await rig.plane.until_task(arn(1), "RUNNING")
    assert rig.plane.statuses(arn(1)) == ["RUNNING"]


async def test_an_engine_that_is_not_there_yet_is_waited_for(rig: Rig) -> None:
    rig.machine.up = False
    rig.start()
    await rig.order(payload(1))
    rig.machine.up = True
    await rig.plane.until_task(arn(1), "RUNNING")


async def test_a_control_plane_that_is_away_is_waited_for_and_told_everything(rig: Rig) -> None:
    rig.start()
    name = await rig.runs(payload(1))
    await rig.plane.stop()
    rig.machine.die(name, 5)
    await rig.until(lambda: rig.record(arn(1)).stopped_at is not None)
    await rig.plane.start()
    report = await rig.plane.until_task(arn(1), "STOPPED")
    assert report["containers"][0]["exitCode"] == 5
    await rig.runs(payload(2))


async def test_server_errors_and_throttling_are_tried_again(rig: Rig) -> None:
    for code in (None, "ThrottlingException"):
        rig.plane.refuse = {"RegisterContainerInstance": code, "SubmitTaskStateChange": code}
        rig.start()
        await rig.order(payload(1))
        await rig.until(lambda: rig.plane.refused >= 2)
        del rig.plane.refuse["RegisterContainerInstance"]
        await rig.until(lambda: bool(rig.machine.boxes))
        rig.plane.refuse = {}
        await rig.plane.until_task(arn(1), "RUNNING")
        await rig.stop()


async def test_a_task_that_the_control_plane_does_not_know_is_told_once(rig: Rig) -> None:
    rig.plane.refuse = {"SubmitTaskStateChange": "ClientException"}
    rig.start()
    await rig.order(payload(1))
    await rig.until(lambda: bool(rig.records()) and rig.record(arn(1)).refused)
    rig.plane.refuse = {}
    await rig.runs(payload(2))
    assert rig.plane.statuses(arn(1)) == []


async def test_silence_is_a_lost_connection(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SILENCE_SECONDS", 0.05)
    rig.start()
    await rig.plane.until(lambda: rig.plane.socket is not None)
    first = rig.plane.socket
    await rig.plane.until(lambda: rig.plane.socket is not first)


async def test_an_unknown_instance_registers_anew(rig: Rig) -> None:
    rig.start()
    await rig.runs(payload(1))
    rig.plane.socket_refusal = "InvalidInstanceException"
    assert rig.plane.socket is not None
    await rig.plane.socket.close()
    await rig.plane.until(lambda: len(rig.plane.registrations) >= 2)
    rig.plane.socket_refusal = None
    await rig.runs(payload(2))


async def test_an_arn_that_is_refused_is_given_up(rig: Rig) -> None:
    rig.start()
    await rig.runs(payload(1))
    await rig.stop()
    rig.plane.unknown_arns = True
    rig.start()
    await rig.plane.until(lambda: len(rig.plane.registrations) == 3)
    assert ["containerInstanceArn" in row for row in rig.plane.registrations] == [
        False, True, False,
    ]  # fmt: skip


async def test_an_instance_that_was_deregistered_has_no_agent_any_more(rig: Rig) -> None:
    rig.plane.socket_refusal = "InactiveInstanceException"
    rig.start()
    assert rig.agent is not None
    with pytest.raises(AgentError, match="InactiveInstanceException: said the test"):
        await rig.agent
    rig.agent = None


async def test_a_host_that_may_not_register_has_no_agent(rig: Rig) -> None:
    rig.plane.refuse = {"RegisterContainerInstance": "InvalidParameterException"}
    rig.start()
    assert rig.agent is not None
    with pytest.raises(AgentError, match="InvalidParameterException: said the test"):
        await rig.agent
    rig.agent = None


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"cluster": "other"}, "is of an agent in cluster local, not other: .*--state"),
        ({"instance_id": "i-00000000"}, "is of instance i-[0-9a-f]{17}, not i-00000000: .*--state"),
    ],
)
async def test_a_state_file_of_another_agent_is_refused(
    rig: Rig, changed: dict[str, str], words: str
) -> None:
    rig.start()
    await rig.runs(payload(1))
    await rig.stop()
    rig.start(**changed)
    assert rig.agent is not None
    with pytest.raises(AgentError, match=words):
        await rig.agent
    rig.agent = None


async def test_without_its_state_file_containers_are_found_by_their_labels(rig: Rig) -> None:
    rig.start()
    held = container(portMappings=[port(80, 80)])
    names = [
        await rig.runs(payload(1, held)),
        await rig.runs(payload(2)),
        await rig.runs(payload(3)),
    ]
    await rig.stop()
    rig.settings.state.unlink()
    rig.machine.die(names[2], 4)
    rig.start()
    await rig.order(payload(1, held))
    await rig.order(payload(2) | {"desiredStatus": "STOPPED"})
    await rig.order(payload(3))
    stopped = await rig.plane.until_task(arn(2), "STOPPED")
    assert stopped["containers"][0]["exitCode"] == 143
    ended = await rig.plane.until_task(arn(3), "STOPPED")
    assert ended["containers"][0]["exitCode"] == 4
    await rig.plane.until(lambda: rig.plane.statuses(arn(1)) == ["RUNNING", "RUNNING"])
    assert sorted(rig.machine.boxes) == sorted(names)
    assert rig.machine.boxes[names[0]].seen.runs
    await rig.order(payload(4, held))
    await rig.plane.until(lambda: len(rig.plane.acknowledged) == 7)
    assert not rig.record(arn(4)).admitted, "the one that was taken over holds its port"


async def test_what_ends_before_it_is_taken_over_is_told(rig: Rig) -> None:
    rig.start()
    name = await rig.runs(payload(1))
    await rig.stop()
    rig.settings.state.unlink()
    rig.start()
    await rig.until(lambda: len(rig.plane.registrations) == 2 and bool(rig.machine.listeners))
    rig.machine.die(name, 6)
    await rig.order(payload(1))
    report = await rig.plane.until_task(arn(1), "STOPPED")
    assert report["containers"][0]["exitCode"] == 6


async def test_containers_of_tasks_that_nobody_knows_are_named_and_left_alone(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.start()
    known, stranger = await rig.runs(payload(1)), await rig.runs(payload(2))
    await rig.stop()
    rig.settings.state.unlink()
    rig.start()
    await rig.until(lambda: len(rig.plane.registrations) == 2)
    await rig.order(payload(1))
    await rig.plane.until(lambda: len(rig.plane.acknowledged) == 3)
    wanted = [{"taskArn": arn(1), "desiredStatus": "RUNNING"}]
    for number in range(2):
        await rig.plane.send("TaskManifestMessage", {"messageId": f"m{number}", "tasks": wanted})
    await rig.plane.until(lambda: "m1" in rig.plane.acknowledged)
    told = [row.message for row in caplog.records if "are left alone" in row.message]
    assert len(told) == 1
    assert told[0].endswith(f"docker rm -f {stranger}")
    assert rig.machine.boxes[known].seen.runs
    assert rig.machine.boxes[stranger].seen.runs
