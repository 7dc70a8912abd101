"""Queues themselves: names, attributes, counts."""

from __future__ import annotations

import pytest

from daemonctl.local.world.errors import WorldError
from tests.unit.local.world.queues import NOW, queues_with, receive, refused, send


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"VisibilityTimeout": "43201"}, "InvalidAttributeValue"),
        ({"VisibilityTimeout": "-1"}, "InvalidAttributeValue"),
        ({"Volume": "11"}, "InvalidAttributeName"),
        ({"FifoQueue": "true"}, "UnsupportedOperation"),
        ({"RedrivePolicy": "{"}, "InvalidAttributeValue"),
        ({"RedrivePolicy": "[]"}, "InvalidAttributeValue"),
        (
            {"RedrivePolicy": '{"deadLetterTargetArn":"a:b","maxReceiveCount":0}'},
            "InvalidAttributeValue",
        ),
        (
            {"RedrivePolicy": '{"deadLetterTargetArn":"a:b","maxReceiveCount":3}'},
            "InvalidParameterValue",  # there is no such queue
        ),
    ],
)
def test_an_attribute_that_sqs_refuses(attributes: dict[str, str], code: str) -> None:
    queues, url = queues_with()
    params: dict[str, object] = {"QueueName": "new", "Attributes": attributes}
    assert refused(queues, "CreateQueue", params) == code
    assert queues.names() == ["q"]
    params = {"QueueUrl": url, "Attributes": {"DelaySeconds": "1", **attributes}}
    assert refused(queues, "SetQueueAttributes", params) == code
    assert queues.find(url).setting("DelaySeconds") == 0


def test_create_again_answers_the_same_url_unless_an_attribute_differs() -> None:
    queues, url = queues_with(DelaySeconds="1")
    same: dict[str, object] = {"QueueName": "q", "Attributes": {"DelaySeconds": "1"}}
    assert queues.call("CreateQueue", same, NOW) == {"QueueUrl": url}
    other: dict[str, object] = {"QueueName": "q", "Attributes": {"DelaySeconds": "2"}}
    assert refused(queues, "CreateQueue", other) == "QueueNameExists"


@pytest.mark.parametrize("name", ["", "a b", "x" * 81, "ü", "a/b"])
def test_a_name_that_is_none(name: str) -> None:
    queues, _ = queues_with()
    with pytest.raises(WorldError):
        queues.call("CreateQueue", {"QueueName": name}, NOW)


def test_counts_and_attributes() -> None:
    queues, url = queues_with()
    send(queues, url, "a", "b", "c")
    queues.call("SendMessage", {"QueueUrl": url, "MessageBody": "d", "DelaySeconds": 9}, NOW)
    receive(queues, url, NOW, MaxNumberOfMessages=1)
    params: dict[str, object] = {"QueueUrl": url, "AttributeNames": ["All"]}
    shown = queues.call("GetQueueAttributes", params, NOW)["Attributes"]
    assert isinstance(shown, dict)
    kinds = ("", "NotVisible", "Delayed")
    assert [shown[f"ApproximateNumberOfMessages{kind}"] for kind in kinds] == ["2", "1", "1"]
    assert shown["QueueArn"] == "arn:aws:sqs:us-east-1:000000000000:q"
    params["AttributeNames"] = ["VisibilityTimeout", "Nothing"]
    one = queues.call("GetQueueAttributes", params, NOW)
    assert one == {"Attributes": {"VisibilityTimeout": "30"}}
    assert queues.call("GetQueueAttributes", {"QueueUrl": url}, NOW) == {}
