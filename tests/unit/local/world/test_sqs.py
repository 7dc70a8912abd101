"""Queues: visibility, receipts, redrive, retention: nobody holds a message twice."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.local.world.queues import NOW, bodies, queues_with, receive, refused, send


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


def test_retention_drops_what_is_too_old() -> None:
    queues, url = queues_with(MessageRetentionPeriod="60")
    send(queues, url, "old")
    send(queues, url, "young", now=NOW + 30)
    assert bodies(queues, url, NOW + 60) == ["young"]
    assert queues.find(url).counts(NOW + 60) == (0, 1, 0)
    send(queues, url, "third", now=NOW + 95)
    assert len(queues.find(url)._messages) == 1


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
