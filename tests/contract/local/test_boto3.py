"""The real boto3 against the local ECS as a process: ECS, SQS, EC2 and STS as in AWS."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

SOON = {"Delay": 1, "MaxAttempts": 25}


def code_of(no: pytest.ExceptionInfo[ClientError]) -> str:
    return str(no.value.response["Error"]["Code"])


@pytest.fixture(scope="module")
def ecs(ecs_server: Any) -> Any:
    return ecs_server.client("ecs")


@pytest.fixture(scope="module")
def sqs(ecs_server: Any) -> Any:
    return ecs_server.client("sqs")


@pytest.fixture(scope="module")
def ec2(ecs_server: Any) -> Any:
    return ecs_server.client("ec2")


def instances(ecs: Any) -> list[str]:
    pages = ecs.get_paginator("list_container_instances").paginate(
        cluster="local", PaginationConfig={"PageSize": 2}
    )
    found = list(pages)
    assert len(found) >= 3
    return [arn for page in found for arn in page["containerInstanceArns"]]


def until_known(ecs: Any, task: str) -> None:
    """Ask until DescribeTasks knows a new task: it may call it MISSING at first, as ECS may."""
    for _ in range(1_000):
        if ecs.describe_tasks(cluster="local", tasks=[task])["tasks"]:
            return
    pytest.fail("the task never came to be known")


def test_paginators_and_describes(ecs: Any) -> None:
    arns = instances(ecs)
    assert len(dict.fromkeys(arns)) == 6
    answer = ecs.describe_container_instances(cluster="local", containerInstances=arns)
    assert [row["containerInstanceArn"] for row in answer["containerInstances"]] == arns
    assert answer["failures"] == []
    missing = arns[0][:-4] + "0000"
    rows = ecs.describe_container_instances(cluster="local", containerInstances=[missing])
    assert rows["failures"] == [{"arn": missing, "reason": "MISSING"}]


def test_a_task_starts_runs_stops_and_the_waiters_see_it(ecs: Any) -> None:
    arn = instances(ecs)[0]
    answer = ecs.start_task(
        cluster="local",
        taskDefinition="registrator",
        containerInstances=[arn, arn[:-4] + "0000"],
        startedBy="daemonctl/test",
    )
    assert [row["reason"] for row in answer["failures"]] == ["MISSING"]
    task = answer["tasks"][0]["taskArn"]
    until_known(ecs, task)
    ecs.get_waiter("tasks_running").wait(cluster="local", tasks=[task], WaiterConfig=SOON)
    listed = ecs.get_paginator("list_tasks").paginate(cluster="local", startedBy="daemonctl/test")
    assert [one for page in listed for one in page["taskArns"]] == [task]
    ecs.stop_task(cluster="local", task=task, reason="daemonctl: TEST: enough")
    ecs.get_waiter("tasks_stopped").wait(cluster="local", tasks=[task], WaiterConfig=SOON)
    ended = ecs.describe_tasks(cluster="local", tasks=[task])["tasks"][0]
    assert ended["stopCode"] == "UserInitiated"
    assert ended["stoppedAt"] >= ended["startedAt"] >= ended["createdAt"]


def test_a_long_poll_brings_the_events_of_a_start(ecs: Any, sqs: Any) -> None:
    url = sqs.get_queue_url(QueueName="daemonctl-local")["QueueUrl"]
    sqs.purge_queue(QueueUrl=url)
    arn = instances(ecs)[1]
    started = ecs.start_task(
        cluster="local", taskDefinition="consul-agent", containerInstances=[arn]
    )
    task = started["tasks"][0]["taskArn"]
    seen: list[dict[str, Any]] = []
    for _ in range(50):
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)
        entries = []
        for row in answer.get("Messages", []):
            entries.append({"Id": row["MessageId"], "ReceiptHandle": row["ReceiptHandle"]})
            seen.append(json.loads(row["Body"]))
        if entries:
            done = sqs.delete_message_batch(QueueUrl=url, Entries=entries)
            assert len(done["Successful"]) == len(entries)
        states = [e["detail"]["lastStatus"] for e in seen if e["detail"].get("taskArn") == task]
        hosts = [e for e in seen if e["detail-type"] == "ECS Container Instance State Change"]
        if "RUNNING" in states and hosts:
            break
    else:
        pytest.fail(f"of the task only {states} came, and {len(hosts)} events of its host")
    assert hosts[0]["resources"] == [arn]
    ecs.stop_task(cluster="local", task=task)


def received_by_a_long_poll(ecs_server: Any, url: str, act: Any) -> list[str]:
    """Start polls of 20 s one after the other, act during the first: what it brought."""
    found: list[str] = []
    asked = threading.Event()
    client = ecs_server.client("sqs")
    client.meta.events.register("before-send", lambda **_: asked.set())

    def poll() -> None:
        for _ in range(10):  # its two seconds may be over before a busy machine has acted
            answer = client.receive_message(QueueUrl=url, WaitTimeSeconds=20)
            found.extend(row["Body"] for row in answer.get("Messages", []))
            if found:
                return

    thread = threading.Thread(target=poll)
    thread.start()
    assert asked.wait(60)
    act()
    thread.join()
    return found


def test_a_long_poll_is_woken_by_a_message(ecs_server: Any, sqs: Any) -> None:
    url = sqs.create_queue(QueueName="woken")["QueueUrl"]
    found = received_by_a_long_poll(
        ecs_server, url, lambda: sqs.send_message(QueueUrl=url, MessageBody="now")
    )
    assert found == ["now"]


def test_a_long_poll_sees_a_message_become_visible(ecs_server: Any, sqs: Any) -> None:
    url = sqs.create_queue(QueueName="hidden")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="soon", DelaySeconds=20)
    assert received_by_a_long_poll(ecs_server, url, lambda: None) == ["soon"]


def test_an_empty_long_poll_ends(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="empty")["QueueUrl"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)


def test_visibility_and_failed_entries(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="batches", Attributes={"VisibilityTimeout": "600"})["QueueUrl"]
    entries = [{"Id": str(number), "MessageBody": f"m{number}"} for number in range(3)]
    assert len(sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 3
    rows = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
    )["Messages"]
    assert [row["Attributes"]["ApproximateReceiveCount"] for row in rows] == ["1"] * 3
    sqs.change_message_visibility(
        QueueUrl=url, ReceiptHandle=rows[0]["ReceiptHandle"], VisibilityTimeout=0
    )
    again = sqs.receive_message(QueueUrl=url)["Messages"]
    assert [row["Body"] for row in again] == ["m0"]
    answer = sqs.delete_message_batch(
        QueueUrl=url,
        Entries=[
            {"Id": "good", "ReceiptHandle": rows[1]["ReceiptHandle"]},
            {"Id": "bad", "ReceiptHandle": "nonsense"},
        ],
    )
    assert [row["Id"] for row in answer["Successful"]] == ["good"]
    assert [row["Code"] for row in answer["Failed"]] == ["ReceiptHandleIsInvalid"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessagesNotVisible"] == "2"


def test_a_queue_that_is_not_there_has_sqs_own_code(sqs: Any) -> None:
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as no:
        sqs.get_queue_url(QueueName="nowhere")
    assert code_of(no) == "AWS.SimpleQueueService.NonExistentQueue"


def test_ec2_describes_pages_filters_and_terminates(ecs: Any, ec2: Any) -> None:
    pages = ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5})
    rows = [one for page in pages for row in page["Reservations"] for one in row["Instances"]]
    assert len(rows) == 6
    by_name = {row["InstanceId"]: row for row in rows}
    arns = instances(ecs)
    answer = ecs.describe_container_instances(cluster="local", containerInstances=arns)
    known = [row["ec2InstanceId"] for row in answer["containerInstances"]]
    assert sorted(known) == sorted(by_name)
    zone = rows[0]["Placement"]["AvailabilityZone"]
    wanted = [{"Name": "availability-zone", "Values": [zone]}]
    same = ec2.describe_instances(Filters=wanted)["Reservations"]
    assert 0 < len(same) < 6
    last = known[-1]
    ec2.get_waiter("instance_running").wait(InstanceIds=[last], WaiterConfig=SOON)
    change = ec2.terminate_instances(InstanceIds=[last])["TerminatingInstances"][0]
    assert change["PreviousState"]["Name"] == "running"
    assert change["CurrentState"]["Name"] == "shutting-down"
    ec2.get_waiter("instance_terminated").wait(InstanceIds=[last], WaiterConfig=SOON)


def test_ec2_names_an_instance_that_it_does_not_know(ec2: Any) -> None:
    with pytest.raises(ClientError) as no:
        ec2.describe_instances(InstanceIds=["i-00000000000000000"])
    assert code_of(no) == "InvalidInstanceID.NotFound"


def test_sts(ecs_server: Any) -> None:
    sts = ecs_server.client("sts")
    assert sts.get_caller_identity()["Account"] == "000000000000"
    answer = sts.assume_role(
        RoleArn="arn:aws:iam::123456789012:role/daemonctl", RoleSessionName="test"
    )
    assert answer["AssumedRoleUser"]["Arn"] == (
        "arn:aws:sts::123456789012:assumed-role/daemonctl/test"
    )
    assert answer["Credentials"]["Expiration"].tzinfo is not None


def test_ecs_errors_have_their_own_types(ecs: Any) -> None:
    with pytest.raises(ecs.exceptions.ClusterNotFoundException):
        ecs.list_tasks(cluster="nowhere")
    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.describe_tasks(cluster="local", tasks=[f"{n:032x}" for n in range(101)])


def test_ecs_throttles_what_is_over_its_burst(ecs_server: Any, ecs: Any) -> None:
    def burst(_: int) -> None:
        for _ in range(50):
            ecs.create_cluster(clusterName="burst")

    with ThreadPoolExecutor(8) as together, pytest.raises(ClientError) as no:
        list(together.map(burst, range(8)))
    assert code_of(no) == "ThrottlingException"
    assert no.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    calls = ecs_server.control("GET", "state")[1]["calls"]
    assert calls["throttled"]["CreateCluster"] >= 1
    assert calls["spent"]["CreateCluster"] >= 20
