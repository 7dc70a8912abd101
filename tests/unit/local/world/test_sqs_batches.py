"""Batches: each entry fares by itself, and what is refused whole."""

from __future__ import annotations

import pytest

from tests.unit.local.world.queues import NOW, bodies, queues_with, receive, refused


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
