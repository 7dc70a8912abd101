"""Frames, payloads and what an engine answers, read and written."""

from __future__ import annotations

import json

import pytest

from daemonctl.local.agent import messages
from daemonctl.local.agent.inspected import epoch, seen_in
from daemonctl.local.agent.payload import BadPayloadError, not_built, read_task
from daemonctl.local.agent.plane import socket_url
from daemonctl.local.agent.record import Binding
from tests.unit.local.agent.given import arn, container, payload

NULLS = {
    "command": None, "entryPoint": None, "links": None, "portMappings": None, "dependsOn": None,
    "volumesFrom": None, "environment": None, "essential": None, "overrides": None,
    "dockerConfig": {"config": None, "hostConfig": "", "version": "1.17"}, "unheardOf": {"a": [1]},
}  # fmt: skip


def test_null_is_absent_and_what_is_not_known_is_passed_over() -> None:
    read = read_task(payload(1, container() | NULLS, networkMode=None, cpu=None, seqNum=3))
    assert read.containers[0] == read_task(payload(1)).containers[0]
    assert read.containers[0].essential


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (payload(1, container(portMappings=[{"hostPort": "x"}])), "portMappings"),
        (payload(1, container(overrides="{")), "overrides of container main"),
        (payload(1, container(dockerConfig={"config": "[]"})), "dockerConfig of container main"),
        ({"arn": arn(1), "containers": [{"image": "i"}]}, "name"),
    ],
)
def test_a_payload_that_cannot_be_read_says_where(bad: dict[str, object], words: str) -> None:
    with pytest.raises(BadPayloadError, match=words):
        read_task(bad)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"message": {}}', b"\xff"])
def test_what_is_no_frame_is_none(text: str | bytes) -> None:
    assert messages.read_frame(text) is None


def test_a_frame_without_a_message_has_an_empty_one() -> None:
    assert messages.read_frame('{"type": "X"}') == messages.Frame("X", {})


def test_answers() -> None:
    message = {"messageId": "m"}
    assert json.loads(messages.heartbeat_ack(message)) == {
        "type": "HeartbeatAckRequest", "message": {"messageId": "m"},
    }  # fmt: skip
    assert json.loads(messages.ack(message, "local", "arn:i")) == {
        "type": "AckRequest",
        "message": {"cluster": "local", "containerInstance": "arn:i", "messageId": "m"},
    }


def test_of_a_manifest_those_that_it_does_not_want_are_asked_about() -> None:
    manifest: dict[str, object] = {
        "tasks": [
            {"taskArn": "a", "desiredStatus": "RUNNING"},
            {"taskArn": "b", "desiredStatus": "STOPPED"},
        ]
    }
    rows = messages.stop_candidates(manifest, ["a", "b", "c"], "arn:cluster")
    assert [row["taskArn"] for row in rows] == ["b", "c"]
    assert rows[0]["taskClusterArn"] == "arn:cluster"


def test_a_websocket_keeps_the_path_of_its_endpoint() -> None:
    assert socket_url("http://h:1/acs", {"a": "x y"}) == "ws://h:1/acs/ws?a=x+y"
    assert socket_url("https://h/", {}) == "wss://h/ws"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:10Z", 10.0),
        ("1970-01-01T00:00:10.5Z", 10.5),
        ("1970-01-01T00:00:10.123456789Z", 10.123456789),
        ("1970-01-01T01:00:10.5+01:00", 10.5),
        ("1970-01-01T00:00:10.25-01:00", 3610.25),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
    ],
)
def test_times_of_docker(text: str, seconds: float | None) -> None:
    assert epoch(text) == seconds


def test_an_inspected_container() -> None:
    answer = {
        "Id": "d",
        "State": {
            "Status": "exited", "ExitCode": 137, "OOMKilled": True, "Paused": False,
            "StartedAt": "1970-01-01T00:00:10Z", "FinishedAt": "1970-01-01T00:00:20Z",
            "Health": {"Status": "unhealthy", "Log": []},
        },
        "NetworkSettings": {
            "Ports": {
                "80/tcp": [
                    {"HostIp": "0.0.0.0", "HostPort": "32768"},  # noqa: S104  as Docker says it
                    {"HostIp": "::", "HostPort": "32769"},
                ],
                "53/udp": [{"HostIp": "::", "HostPort": "53"}],
                "9/tcp": None,
            }
        },
    }  # fmt: skip
    found = seen_in(answer)
    assert (found.docker_id, found.status, found.exit_code) == ("d", "exited", 137)
    assert (found.out_of_memory, found.started_at, found.finished_at) == (True, 10.0, 20.0)
    assert found.health == "unhealthy"
    assert found.ports == (
        Binding(container_port=53, host_port=53, protocol="udp", bind_ip="::"),
        Binding(container_port=80, host_port=32768),
    )


def test_one_on_the_hosts_network_publishes_nothing() -> None:
    answer = {"Id": "d", "State": {"Status": "running"}, "NetworkSettings": {"Ports": None}}
    found = seen_in(answer)
    assert (found.runs, found.ports, found.health, found.started_at) == (True, (), None, None)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, None),
        ({"pidMode": "host", "ipcMode": "none", "networkMode": "none"}, None),
        ({"pidMode": "task"}, "pidMode task"),
        ({"ipcMode": "task"}, "ipcMode task"),
        ({"networkMode": "awsvpc"}, "network mode awsvpc"),
        ({"containers": [container(portMappings=[{"containerPortRange": "80-90"}])]},
         "containerPortRange"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_named(fields: dict[str, object], words: str | None) -> None:
    assert not_built(read_task(payload(1, **fields))) == words
