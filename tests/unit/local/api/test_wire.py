"""Protocols by the model alone: what botocore writes we read, what we write botocore reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from daemonctl.local.api import models, query, routing, wire, xml
from daemonctl.local.world.errors import WorldError

if TYPE_CHECKING:
    from botocore.model import OperationModel

DESCRIBE = {
    "InstanceIds": ["i-1", "i-2"],
    "Filters": [
        {"Name": "instance-state-name", "Values": ["running", "stopped"]},
        {"Name": "tag:a", "Values": ["b c&d"]},
    ],
    "DryRun": False,
    "MaxResults": 7,
}


def op(service: str, name: str) -> OperationModel:
    found = models.operation(service, name)
    assert found is not None
    return found


def form_by_botocore(service: str, name: str, params: dict[str, object]) -> dict[str, str]:
    model = op(service, name)
    serializer = create_serializer(models.service(service).protocol)
    body = serializer.serialize_to_request(params, model)["body"]
    return {key: str(value) for key, value in body.items()}


def parsed_by_botocore(
    service: str, name: str, body: bytes, status: int = 200
) -> dict[str, object]:
    parser = create_parser(models.service(service).protocol)
    response = {"body": body, "headers": {}, "status_code": status}
    found = parser.parse(response, op(service, name).output_shape)
    return dict(found)


@pytest.mark.parametrize(
    ("service", "name", "params"),
    [
        ("ec2", "DescribeInstances", DESCRIBE),
        ("ec2", "DescribeInstances", {}),
        ("ec2", "TerminateInstances", {"InstanceIds": ["i-1"]}),
        (
            "ec2",
            "RunInstances",
            {
                "MinCount": 1,
                "MaxCount": 2,
                "Placement": {"AvailabilityZone": "z"},
                "TagSpecifications": [
                    {"ResourceType": "instance", "Tags": [{"Key": "k", "Value": ""}]}
                ],
            },
        ),
        (
            "sts",
            "AssumeRole",
            {
                "RoleArn": "arn:aws:iam::000000000000:role/r",
                "RoleSessionName": "session",
                "DurationSeconds": 900,
                "Tags": [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d"}],
                "TransitiveTagKeys": ["a"],
            },
        ),
    ],
)
def test_what_botocore_writes_is_read_as_it_was(
    service: str, name: str, params: dict[str, object]
) -> None:
    form = form_by_botocore(service, name, params)
    assert query.params_of(op(service, name), form, ec2=service == "ec2") == params


@pytest.mark.parametrize(
    ("form", "code", "words"),
    [
        ({"MaxResults": "many"}, "InvalidParameterValue", "MaxResults is invalid: no integer"),
        ({"DryRun": "perhaps"}, "InvalidParameterValue", "DryRun is invalid: no boolean"),
        ({"Colour": "red"}, "UnknownParameter", "parameter Colour is not recognized"),
        ({"InstanceId.2": "i-1"}, "UnknownParameter", r"InstanceId\.2 is not recognized"),
    ],
)
def test_a_form_that_does_not_fit_is_refused_by_name(
    form: dict[str, str], code: str, words: str
) -> None:
    with pytest.raises(WorldError, match=words) as no:
        query.params_of(op("ec2", "DescribeInstances"), form, ec2=True)
    assert no.value.code == code


def test_a_signed_query_in_the_url_is_read_past_its_signature() -> None:
    form = {
        "Action": "DescribeInstances",
        "Version": "v",
        "X-Amz-Signature": "s",
        "MaxResults": "5",
    }
    assert query.params_of(op("ec2", "DescribeInstances"), form, ec2=True) == {"MaxResults": 5}


def test_ec2_answers_are_read_by_botocore_as_they_were() -> None:
    instance = {
        "InstanceId": "i-1",
        "State": {"Code": 16, "Name": "running"},
        "LaunchTime": 1_700_000_000.25,
        "EbsOptimized": False,
        "EnaSupport": True,
        "Tags": [{"Key": "a", "Value": "<&>"}],
        "Placement": {"AvailabilityZone": "z"},
    }
    answer = {"Reservations": [{"ReservationId": "r-1", "Instances": [instance]}], "NextToken": "n"}
    body = xml.answer_xml(op("ec2", "DescribeInstances"), answer, "id-1")
    found = parsed_by_botocore("ec2", "DescribeInstances", body)
    launched = found["Reservations"][0]["Instances"][0].pop("LaunchTime")  # type: ignore[index]  # a parsed answer
    assert launched.timestamp() == instance.pop("LaunchTime")
    meta = found.pop("ResponseMetadata")
    assert b"<reservationSet><item><reservationId>r-1<" in body
    assert found == answer
    assert meta["RequestId"] == "id-1"  # type: ignore[index]  # a parsed answer


def test_query_answers_are_read_by_botocore_as_they_were() -> None:
    answer = {
        "Credentials": {
            "AccessKeyId": "A",
            "SecretAccessKey": "S",
            "SessionToken": "T",
            "Expiration": 1_700_000_000,
        },
        "PackedPolicySize": 3,
    }
    found = parsed_by_botocore(
        "sts", "AssumeRole", xml.answer_xml(op("sts", "AssumeRole"), answer, "id-1")
    )
    assert found["Credentials"]["Expiration"].timestamp() == 1_700_000_000  # type: ignore[index]  # a parsed answer
    assert found["PackedPolicySize"] == 3


def test_an_operation_without_output_returns_true() -> None:
    assert b"<return>true</return>" in xml.answer_xml(op("ec2", "RebootInstances"), {}, "id")


@pytest.mark.parametrize(("service", "name"), [("ec2", "DescribeInstances"), ("sts", "AssumeRole")])
def test_errors_are_read_by_botocore(service: str, name: str) -> None:
    body = xml.error_xml(service, "Some.Code", "some <words>", "id-1", ours=False)
    error = parsed_by_botocore(service, name, body, 400)["Error"]
    assert isinstance(error, dict)
    assert (error["Code"], error["Message"]) == ("Some.Code", "some <words>")


TARGET = "AmazonEC2ContainerServiceV20141113."
SCOPE = "AWS4-HMAC-SHA256 Credential=K/20250102/us-east-1/{}/aws4_request, SignedHeaders=host"


@pytest.mark.parametrize(
    ("headers", "body", "service", "name"),
    [
        ({"X-Amz-Target": TARGET + "ListTasks"}, b"{}", "ecs", "ListTasks"),
        ({"X-Amz-Target": "AmazonSQS.ReceiveMessage"}, b"{}", "sqs", "ReceiveMessage"),
        (
            {"Authorization": SCOPE.format("ec2")},
            b"Action=DescribeInstances",
            "ec2",
            "DescribeInstances",
        ),
        ({"Authorization": SCOPE.format("sts")}, b"Action=AssumeRole", "sts", "AssumeRole"),
        ({}, b"Action=GetCallerIdentity", "sts", "GetCallerIdentity"),
        ({}, b"Action=DescribeInstances", "ec2", "DescribeInstances"),
    ],
)
def test_which_operation_a_request_means(
    headers: dict[str, str], body: bytes, service: str, name: str
) -> None:
    found = routing.asked(headers, "", body)
    assert (found.service, found.model.name) == (service, name)


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({"X-Amz-Target": TARGET + "MakeTea"}, b"{}", "UnknownOperationException"),
        ({"X-Amz-Target": "Tea.MakeTea"}, b"{}", "UnknownOperationException"),
        ({"X-Amz-Target": "ListTasks"}, b"{}", "UnknownOperationException"),
        ({}, b"Action=MakeTea", "InvalidAction"),
        ({"Authorization": SCOPE.format("sts")}, b"Action=DescribeInstances", "InvalidAction"),
        ({}, b"", "MissingAction"),
        ({}, b"\xff\xfe", "MissingAction"),
    ],
)
def test_a_request_that_means_nothing_here(headers: dict[str, str], body: bytes, code: str) -> None:
    with pytest.raises(WorldError) as no:
        routing.asked(headers, "", body)
    assert no.value.code == code


@pytest.mark.parametrize(
    ("target", "body", "code", "words"),
    [
        ("ecs.StartTask", b"{}", "InvalidParameterException", '"containerInstances".*"taskDefin'),
        (
            "ecs.ListTasks",
            b'{"maxResult": 3}',
            "InvalidParameterException",
            'Unknown parameter in input: "maxResult"',
        ),
        ("ecs.ListTasks", b'{"maxResults": "3"}', "SerializationException", "maxResults"),
        ("ecs.DescribeTasks", b'{"tasks": "t"}', "SerializationException", "parameter tasks"),
        ("ecs.ListTasks", b"{", "SerializationException", "not JSON"),
        ("ecs.ListTasks", b"[]", "SerializationException", "not a JSON object"),
        ("ecs.ListTasks", b"[" * 100_000, "SerializationException", "not JSON"),
        ("sqs.ReceiveMessage", b"{}", "InvalidParameterValue", '"QueueUrl"'),
    ],
)
def test_a_bad_request_is_refused_by_name(target: str, body: bytes, code: str, words: str) -> None:
    service, _, name = target.partition(".")
    with pytest.raises(WorldError, match=words) as no:
        wire.params_of(routing.Asked(service, op(service, name), None), body)
    assert (no.value.code, no.value.status) == (code, 400)


def test_null_is_absent() -> None:
    asked = routing.Asked("ecs", op("ecs", "ListTasks"), None)
    assert wire.params_of(asked, b'{"cluster": null, "family": "f"}') == {"family": "f"}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"taskArns": ["a"], "surprise": 1}, 'Unknown parameter in input: "surprise"'),
        ({"taskArns": "a"}, "Invalid type for parameter taskArns"),
        ({"taskArns": [1]}, r"taskArns\[0\]"),
    ],
)
def test_an_answer_of_ours_that_does_not_fit_is_a_500_that_names_it(
    answer: dict[str, object], words: str
) -> None:
    with pytest.raises(WorldError, match="the local ECS's answer to ListTasks .*" + words) as no:
        wire.reply(routing.Asked("ecs", op("ecs", "ListTasks"), None), answer)
    assert no.value.status == 500


def test_errors_in_json_carry_their_code_where_sdks_look() -> None:
    no = WorldError("QueueDoesNotExist", "no such queue")
    reply = wire.error_reply(no, query_style=None, service="sqs")
    assert reply.headers["x-amzn-errortype"] == "QueueDoesNotExist"
    assert reply.headers["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"
    assert reply.headers["Content-Type"] == "application/x-amz-json-1.0"
    assert reply.body == b'{"__type":"QueueDoesNotExist","message":"no such queue"}'
