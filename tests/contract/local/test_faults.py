"""Every kind of fault, set over the control plane, is seen to strike and is counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, HTTPClientError, ReadTimeoutError

KINDS = [
    "throttle",
    "server_error",
    "latency",
    "event_lost",
    "event_doubled",
    "event_shuffled",
    "stale_list",
    "ambiguous_start",
]


@pytest.fixture(autouse=True)
def _no_faults_left(ecs_server: Any) -> Iterator[None]:
    yield
    ecs_server.control("DELETE", "faults")


@pytest.fixture
def ecs(ecs_server: Any) -> Any:
    return ecs_server.client("ecs")


def set_fault(server: Any, kind: str, **body: float) -> None:
    status, answer = server.control("PUT", f"faults/{kind}", body)
    assert status == 200
    assert kind in answer["active"]


def first_instance(ecs: Any) -> str:
    return str(ecs.list_container_instances(cluster="local")["containerInstanceArns"][0])


def start(ecs: Any, family: str = "registrator") -> Any:
    return ecs.start_task(
        cluster="local", taskDefinition=family, containerInstances=[first_instance(ecs)]
    )


def live_tasks(server: Any) -> int:
    tasks = server.control("GET", "state")[1]["clusters"]["local"]["tasks"]
    return sum(task["desiredStatus"] == "RUNNING" for task in tasks)


def refusal(no: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    answer = no.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_the_kinds_are_these(ecs_server: Any) -> None:
    assert list(ecs_server.control("GET", "faults")[1]["hits"]) == KINDS


@pytest.mark.parametrize(
    ("kind", "service", "code", "status"),
    [
        ("throttle", "ecs", "ThrottlingException", 400),
        ("throttle", "sqs", "RequestThrottled", 403),
        ("throttle", "ec2", "RequestLimitExceeded", 503),
        ("server_error", "ecs", "ServerException", 500),
        ("server_error", "sqs", "InternalFailure", 500),
        ("server_error", "ec2", "InternalError", 500),
    ],
)
def test_calls_are_refused_in_the_services_own_words(
    ecs_server: Any, kind: str, service: str, code: str, status: int
) -> None:
    client = ecs_server.client(service)
    names = {"ecs": "list_clusters", "sqs": "list_queues", "ec2": "describe_instances"}
    ask = getattr(client, names[service])
    before = ecs_server.hits(kind)
    set_fault(ecs_server, kind)
    with pytest.raises(ClientError) as no:
        ask()
    assert refusal(no) == (code, status)
    assert ecs_server.hits(kind) == before + 1
    ecs_server.control("DELETE", f"faults/{kind}")
    ask()


def test_a_refused_start_has_done_nothing(ecs_server: Any, ecs: Any) -> None:
    arn, before = first_instance(ecs), live_tasks(ecs_server)
    set_fault(ecs_server, "server_error")
    with pytest.raises(ClientError):
        ecs.start_task(cluster="local", taskDefinition="registrator", containerInstances=[arn])
    assert live_tasks(ecs_server) == before


def test_a_late_answer_runs_into_the_callers_time_out(ecs_server: Any, ecs: Any) -> None:
    impatient = ecs_server.client("ecs", read_timeout=1)
    arn, before = first_instance(ecs), live_tasks(ecs_server)
    set_fault(ecs_server, "latency", size=100.0)
    with pytest.raises(ReadTimeoutError):
        impatient.start_task(
            cluster="local", taskDefinition="registrator", containerInstances=[arn]
        )
    assert ecs_server.hits("latency") >= 1
    assert live_tasks(ecs_server) == before + 1


def test_an_ambiguous_start_is_done_and_its_answer_lost_in_both_ways(
    ecs_server: Any, ecs: Any
) -> None:
    before, hits = live_tasks(ecs_server), ecs_server.hits("ambiguous_start")
    set_fault(ecs_server, "ambiguous_start")
    ways = []
    while len(dict.fromkeys(ways)) < 2 and len(ways) < 20:
        with pytest.raises((ClientError, HTTPClientError)) as no:
            start(ecs)
        ways.append(type(no.value).__name__)
        if isinstance(no.value, ClientError):
            assert no.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert len(dict.fromkeys(ways)) == 2
    assert ecs_server.hits("ambiguous_start") == hits + len(ways)
    assert live_tasks(ecs_server) == before + len(ways)


def test_a_stale_list_does_not_know_what_just_began(ecs_server: Any, ecs: Any) -> None:
    task = start(ecs)["tasks"][0]["taskArn"]
    set_fault(ecs_server, "stale_list", size=3_000.0)
    listed = ecs.list_tasks(cluster="local", family="registrator")["taskArns"]
    assert task not in listed
    assert ecs_server.hits("stale_list") == 1


def versions(server: Any, count: int) -> list[tuple[str, int]]:
    """Drain the cluster's queue of at least `count` task events; tell their (task, version)."""
    sqs = server.client("sqs")
    url = sqs.get_queue_url(QueueName="daemonctl-local")["QueueUrl"]
    found: list[tuple[str, int]] = []
    for _ in range(50):
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for row in answer.get("Messages", []):
            event = json.loads(row["Body"])
            if event["detail-type"] == "ECS Task State Change":
                found.append((event["detail"]["taskArn"], event["detail"]["version"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=row["ReceiptHandle"])
        if len(found) >= count:
            break
    return found


def purge(server: Any) -> None:
    sqs = server.client("sqs")
    sqs.purge_queue(QueueUrl=sqs.get_queue_url(QueueName="daemonctl-local")["QueueUrl"])


def test_lost_events_do_not_come(ecs_server: Any, ecs: Any) -> None:
    set_fault(ecs_server, "event_lost")
    task = start(ecs)["tasks"][0]["taskArn"]
    state = ecs_server.control("GET", "state")[1]
    assert state["events"] > 0
    assert ecs_server.hits("event_lost") > 0
    ecs_server.control("DELETE", "faults")
    assert (task, 1) not in versions(ecs_server, 1)


def test_doubled_events_come_twice(ecs_server: Any, ecs: Any) -> None:
    purge(ecs_server)
    set_fault(ecs_server, "event_doubled")
    task = start(ecs)["tasks"][0]["taskArn"]
    found = [version for arn, version in versions(ecs_server, 6) if arn == task]
    assert len(found) > len(dict.fromkeys(found))
    assert ecs_server.hits("event_doubled") > 0


def test_shuffled_events_are_counted(ecs_server: Any, ecs: Any) -> None:
    """That they come in another order is a unit test of the queues: here it would be chance."""
    set_fault(ecs_server, "event_shuffled", rate=1.0, size=5.0)
    start(ecs)
    assert ecs_server.hits("event_shuffled") > 0


def test_a_fault_ends_by_itself(ecs_server: Any, ecs: Any) -> None:
    set_fault(ecs_server, "throttle", seconds=0.001)
    ecs.list_clusters()
    assert ecs_server.control("GET", "faults")[1]["active"] == {}
