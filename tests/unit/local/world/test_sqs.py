"""Queues: visibility, receipts, redrive, batches, and events on their way into them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemonctl.local.world.errors import WorldError
from daemonctl.local.world.faults import Faults
from daemonctl.local.world.sqs import Queues

NOW = 1_700_000_000.0


def queues_with(faults: Faults | None = None, **attributes: str) -> tuple[Queues, str]:
    queues = Queues(dice=lambda: 0.5, faults=faults or Faults(lambda: 0.5))
    answer = queues.call("CreateQueue", {"QueueName": "q", "Attributes": attributes}, NOW)
    return queues, str(answer["QueueUrl"])


def send(queues: Queues, url: str, *bodies: str, now: float = NOW) -> None:
    for body in bodies:
        queues.call("SendMessage", {"QueueUrl": url, "MessageBody": body}, now)


def receive(queues: Queues, url: str, now: float, **params: object) -> list[dict[str, object]]:
    params = {"QueueUrl": url, "MaxNumberOfMessages": 10} | params
    found = queues.call("ReceiveMessage", params, now).get("Messages", [])
    assert isinstance(found, list)
    return found


def bodies(queues: Queues, url: str, now: float, **params: object) -> list[object]:
    return [row["Body"] for row in receive(queues, url, now, **params)]


def refused(queues: Queues, operation: str, params: dict[str, object], now: float = NOW) -> str:
    with pytest.raises(WorldError) as no:
        queues.call(operation, params, now)
    return no.value.code


def test_a_message_is_hidden_for_its_timeout_then_comes_again_with_another_handle() -> None:
    queues, url = queues_with()
    send(queues, url, "a")
    first = receive(queues, url, NOW, AttributeNames=["All"])[0]
    assert receive(queues, url, NOW + 29.9) == []
    assert queues.next_visible(url) == NOW + 30.0
    again = receive(queues, url, NOW + 30.0, MessageSystemAttributeNames=["All"])[0]
    assert first["MessageId"] == again["MessageId"]
    assert first["ReceiptHandle"] != again["ReceiptHandle"]
    counts = [row["Attributes"]["ApproximateReceiveCount"] for row in (first, again)]  # type: ignore[index]  # a JSON answer
    assert counts == ["1", "2"]


def test_an_old_handle_succeeds_and_deletes_nothing_the_latest_deletes_twice() -> None:
    queues, url = queues_with()
    send(queues, url, "a")
    old = receive(queues, url, NOW)[0]["ReceiptHandle"]
    new = receive(queues, url, NOW + 30)[0]["ReceiptHandle"]
    assert queues.call("DeleteMessage", {"QueueUrl": url, "ReceiptHandle": old}, NOW + 31) == {}
    assert bodies(queues, url, NOW + 60) == ["a"]
    new = receive(queues, url, NOW + 90)[0]["ReceiptHandle"]
    for _ in range(2):
        queues.call("DeleteMessage", {"QueueUrl": url, "ReceiptHandle": new}, NOW + 91)
    assert receive(queues, url, NOW + 1_000) == []


def test_a_handle_that_is_none_is_refused() -> None:
    queues, url = queues_with()
    for handle in ("nonsense", "b3RoZXIjMSMx"):  # the second is well formed, of another queue
        params: dict[str, object] = {"QueueUrl": url, "ReceiptHandle": handle}
        assert refused(queues, "DeleteMessage", params) == "ReceiptHandleIsInvalid"


def test_visibility_is_changed_from_now_on() -> None:
    queues, url = queues_with()
    send(queues, url, "a")
    handle = receive(queues, url, NOW)[0]["ReceiptHandle"]
    change = {"QueueUrl": url, "ReceiptHandle": handle, "VisibilityTimeout": 100}
    queues.call("ChangeMessageVisibility", change, NOW + 20)
    assert receive(queues, url, NOW + 119.9) == []
    queues.call("ChangeMessageVisibility", change | {"VisibilityTimeout": 0}, NOW + 119.9)
    assert bodies(queues, url, NOW + 119.9) == ["a"]
    late = change | {"VisibilityTimeout": 5}
    assert refused(queues, "ChangeMessageVisibility", late, NOW + 119.9) == "MessageNotInflight"
    assert refused(queues, "ChangeMessageVisibility", {**change, "VisibilityTimeout": 43_201}) == (
        "InvalidParameterValue"
    )


def test_a_message_whose_timeout_is_over_is_not_in_flight() -> None:
    queues, url = queues_with()
    send(queues, url, "a")
    handle = receive(queues, url, NOW)[0]["ReceiptHandle"]
    change: dict[str, object] = {"QueueUrl": url, "ReceiptHandle": handle, "VisibilityTimeout": 9}
    queues.call("ChangeMessageVisibility", change, NOW + 29.9)
    assert refused(queues, "ChangeMessageVisibility", change, NOW + 38.9) == "MessageNotInflight"


def test_a_timeout_of_0_hands_a_message_out_once_a_call() -> None:
    queues, url = queues_with()
    send(queues, url, "a", "b")
    assert bodies(queues, url, NOW, VisibilityTimeout=0) == ["a", "b"]
    assert bodies(queues, url, NOW, VisibilityTimeout=0) == ["a", "b"]


def test_the_delay_of_a_message_or_of_its_queue() -> None:
    queues, url = queues_with(DelaySeconds="7")
    send(queues, url, "by queue")
    params = {"QueueUrl": url, "MessageBody": "by itself", "DelaySeconds": 2}
    queues.call("SendMessage", params, NOW)
    assert bodies(queues, url, NOW + 1.9) == []
    assert bodies(queues, url, NOW + 2) == ["by itself"]
    assert bodies(queues, url, NOW + 7) == ["by queue"]


def test_after_its_allowed_receives_a_message_goes_to_the_dead_letters() -> None:
    queues, _ = queues_with()
    dead = str(queues.call("CreateQueue", {"QueueName": "dead"}, NOW)["QueueUrl"])
    redrive = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead"}
    policy = json.dumps({**redrive, "maxReceiveCount": 2})
    params = {"QueueName": "alive", "Attributes": {"RedrivePolicy": policy}}
    url = str(queues.call("CreateQueue", params, NOW)["QueueUrl"])
    send(queues, url, "poison")
    assert [bodies(queues, url, NOW + 30 * i) for i in range(3)] == [["poison"], ["poison"], []]
    assert bodies(queues, dead, NOW + 60) == ["poison"]


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


def test_retention_drops_what_is_too_old() -> None:
    queues, url = queues_with(MessageRetentionPeriod="60")
    send(queues, url, "old")
    send(queues, url, "young", now=NOW + 30)
    assert bodies(queues, url, NOW + 60) == ["young"]
    assert queues.find(url).counts(NOW + 60) == (0, 1, 0)
    send(queues, url, "third", now=NOW + 95)
    assert len(queues.find(url)._messages) == 1


def test_batches_tell_each_entry_apart() -> None:
    queues, url = queues_with()
    entries = [{"Id": f"e{i}", "MessageBody": f"m{i}"} for i in range(3)]
    sent = queues.call("SendMessageBatch", {"QueueUrl": url, "Entries": entries}, NOW)
    assert [row["Id"] for row in sent["Successful"]] == ["e0", "e1", "e2"]  # type: ignore[attr-defined]  # a JSON answer
    handles = [row["ReceiptHandle"] for row in receive(queues, url, NOW)]
    mixed = [{"Id": "good", "ReceiptHandle": handles[0]}, {"Id": "bad", "ReceiptHandle": "x"}]
    answer = queues.call("DeleteMessageBatch", {"QueueUrl": url, "Entries": mixed}, NOW)
    assert answer["Successful"] == [{"Id": "good"}]
    failed = answer["Failed"]
    assert isinstance(failed, list)
    assert [(row["Id"], row["Code"], row["SenderFault"]) for row in failed] == [
        ("bad", "ReceiptHandleIsInvalid", True)
    ]
    show = [{"Id": "v", "ReceiptHandle": handles[1], "VisibilityTimeout": 0}]
    queues.call("ChangeMessageVisibilityBatch", {"QueueUrl": url, "Entries": show}, NOW)
    assert bodies(queues, url, NOW) == ["m1"]


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([str(i) for i in range(11)], "TooManyEntriesInBatchRequest"),
        (["a", "a"], "BatchEntryIdsNotDistinct"),
        (["a b"], "InvalidBatchEntryId"),
        (["x" * 81], "InvalidBatchEntryId"),
    ],
)
def test_a_batch_that_sqs_refuses_whole(ids: list[str], code: str) -> None:
    queues, url = queues_with()
    entries = [{"Id": name, "MessageBody": "m"} for name in ids]
    assert refused(queues, "SendMessageBatch", {"QueueUrl": url, "Entries": entries}) == code
    assert receive(queues, url, NOW) == []


def test_purge_delete_list_and_unknown() -> None:
    queues, url = queues_with()
    send(queues, url, "a")
    queues.call("PurgeQueue", {"QueueUrl": url}, NOW)
    assert (receive(queues, url, NOW), queues.next_visible(url)) == ([], None)
    queues.call("CreateQueue", {"QueueName": "other"}, NOW)
    page = queues.call("ListQueues", {"MaxResults": 1}, NOW)
    assert page["QueueUrls"] == [queues.url("other")]
    rest = queues.call("ListQueues", {"MaxResults": 1, "NextToken": page["NextToken"]}, NOW)
    assert rest == {"QueueUrls": [url]}
    assert queues.call("ListQueues", {"QueueNamePrefix": "o"}, NOW) == {
        "QueueUrls": [queues.url("other")]
    }
    assert queues.call("GetQueueUrl", {"QueueName": "q"}, NOW) == {"QueueUrl": url}
    queues.call("DeleteQueue", {"QueueUrl": url}, NOW)
    assert refused(queues, "ReceiveMessage", {"QueueUrl": url}) == "QueueDoesNotExist"
    assert refused(queues, "AddPermission", {"QueueUrl": url}) == "UnsupportedOperation"


def test_only_the_last_part_of_a_url_counts() -> None:
    queues, url = queues_with()
    queues.base_url = "http://127.0.0.1:4577"
    send(queues, url, "a")
    assert bodies(queues, "http://127.0.0.1:4577/000000000000/q", NOW) == ["a"]


def test_too_many_in_flight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daemonctl.local.world.sqs_queue.IN_FLIGHT_LIMIT", 2)
    queues, url = queues_with()
    send(queues, url, "a", "b", "c")
    assert bodies(queues, url, NOW, MaxNumberOfMessages=2) == ["a", "b"]
    assert refused(queues, "ReceiveMessage", {"QueueUrl": url}) == "OverLimit"


def test_an_event_arrives_a_moment_later_only_where_its_cluster_is_heard() -> None:
    queues, _ = queues_with()
    heard = queues.subscribe("web", "web-events")
    assert queues.subscribe("web", "web-events") == heard
    queues.publish("web", {"detail": {"version": 1}}, NOW)
    queues.publish("other", {"detail": {}}, NOW)
    due = queues.next_wake()
    assert due is not None
    assert NOW < due < NOW + 1
    queues.advance(due - 0.001)
    assert receive(queues, heard, due) == []
    queues.advance(due)
    assert bodies(queues, heard, due) == ['{"detail":{"version":1}}']
    assert queues.next_wake() is None
    assert queues.published == 2


@pytest.mark.parametrize(("kind", "copies"), [("event_lost", 0), ("event_doubled", 2)])
def test_events_lost_and_doubled(kind: str, copies: int) -> None:
    faults = Faults(lambda: 0.5)
    queues, _ = queues_with(faults)
    url = queues.subscribe("web", "events")
    faults.set(kind)
    queues.publish("web", {"n": 1}, NOW)
    queues.advance(NOW + 60)
    assert bodies(queues, url, NOW + 60) == ['{"n":1}'] * copies
    assert faults.hits[kind] == 1


def test_a_shuffled_event_is_passed_by_a_later_one() -> None:
    faults = Faults(lambda: 0.5)
    queues, _ = queues_with(faults)
    url = queues.subscribe("web", "events")
    faults.set("event_shuffled", until=NOW + 1)
    queues.publish("web", {"n": 1}, NOW)
    queues.publish("web", {"n": 2}, NOW + 1)
    queues.advance(NOW + 60)
    assert bodies(queues, url, NOW + 60) == ['{"n":2}', '{"n":1}']


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["send", "receive", "delete", "show"]),
        st.integers(min_value=0, max_value=40),
        st.integers(min_value=0, max_value=5),
    ),
    max_size=60,
)


@given(STEPS)
def test_nobody_holds_a_message_twice_and_none_is_lost(
    steps: list[tuple[str, int, int]],
) -> None:
    """Against a naive model: a body to the time until which it is hidden."""
    queues, url = queues_with(VisibilityTimeout="20")
    now, sent = NOW, 0
    hidden_until: dict[object, float] = {}
    held: list[tuple[object, object]] = []
    for step, number, wait in steps:
        now += wait
        if step == "send":
            sent += 1
            send(queues, url, f"m{sent}", now=now)
            hidden_until[f"m{sent}"] = now
        elif step == "receive":
            rows = receive(queues, url, now)
            visible = [body for body, until in hidden_until.items() if until <= now]
            assert len(rows) == min(10, len(visible))
            for row in rows:
                assert row["Body"] in visible
                hidden_until[row["Body"]] = now + 20
                held = [pair for pair in held if pair[0] != row["Body"]]
                held.append((row["Body"], row["ReceiptHandle"]))
        elif held:
            body, handle = held[number % len(held)]
            params = {"QueueUrl": url, "ReceiptHandle": handle}
            if step == "delete":
                queues.call("DeleteMessage", params, now)
                hidden_until.pop(body, None)
                held.remove((body, handle))
            elif hidden_until[body] > now:
                params["VisibilityTimeout"] = number
                queues.call("ChangeMessageVisibility", params, now)
                hidden_until[body] = now + number
    next_visible = queues.next_visible(url)
    assert next_visible == (min(hidden_until.values()) if hidden_until else None)
    assert sum(queues.find(url).counts(now)) == len(hidden_until)
