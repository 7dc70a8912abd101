"""The edges of the HTTP face: what is no SDK, what is wrong, and what is not from here."""

from __future__ import annotations

import json
from typing import Any

import pytest

TARGET = "AmazonEC2ContainerServiceV20141113."


def call(server: Any, target: str, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
    status, _, text = server.http("POST", "/", body, {"X-Amz-Target": target, **headers})
    return status, json.loads(text)


def test_the_front_door_says_what_this_is(ecs_server: Any) -> None:
    status, headers, body = ecs_server.http("GET", "/")
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain")
    assert b"local ECS" in body


@pytest.mark.parametrize(
    ("target", "body", "code", "words"),
    [
        (TARGET + "MakeTea", b"{}", "UnknownOperationException", "MakeTea"),
        (TARGET + "CreateDaemon", b"{}", "UnknownOperationException", ""),
        (TARGET + "ListTasks", b"{", "SerializationException", "not JSON"),
        (TARGET + "ListTasks", b'{"cluster": 7}', "SerializationException", "cluster"),
        (TARGET + "ListTasks", b'{"maxResult": 7}', "InvalidParameterException", "maxResult"),
        (TARGET + "StartTask", b"{}", "InvalidParameterException", "containerInstances"),
        ("AmazonSQS.ReceiveMessage", b"{}", "InvalidParameterValue", "QueueUrl"),
        ("AmazonSQS.AddPermission", b"{}", "InvalidParameterValue", "AWSAccountIds"),
    ],
)
def test_a_bad_request_is_refused_by_name(
    ecs_server: Any, target: str, body: bytes, code: str, words: str
) -> None:
    status, answer = call(ecs_server, target, body)
    assert status == 400
    assert answer["__type"] == code or (words == "" and answer["message"])
    assert words in answer["message"]


def test_a_bad_query_is_refused_in_xml(ecs_server: Any) -> None:
    status, headers, body = ecs_server.http("POST", "/", b"Action=DescribeInstances&Mood=good")
    assert status == 400
    assert headers["Content-Type"].startswith("text/xml")
    assert b"<Code>UnknownParameter</Code>" in body
    status, _, body = ecs_server.http("GET", "/?Action=GetCallerIdentity")
    assert (status, b"<Account>000000000000</Account>" in body) == (200, True)


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example:80"}, {"Origin": "https://evil.example"}]
)
def test_pages_of_a_browser_are_kept_out(ecs_server: Any, headers: dict[str, str]) -> None:
    for path in ("/", "/_local/faults"):
        status, _, body = ecs_server.http("GET", path, headers=headers)
        assert status == 403
        assert json.loads(body)["detail"].startswith("only programs on this machine")


def test_a_body_beyond_all_measure_is_refused(ecs_server: Any) -> None:
    status, _, _ = ecs_server.http("POST", "/", b" " * 5_000_000, {"X-Amz-Target": TARGET + "X"})
    assert status == 413
    assert ecs_server.http("GET", "/")[0] == 200
