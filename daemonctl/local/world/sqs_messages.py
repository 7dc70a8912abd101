"""SQS's operations on the messages of one queue, single and in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world import fields
from daemonctl.local.world.errors import WorldError
from daemonctl.local.world.sqs_queue import Message, Queue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from daemonctl.local.world.sqs import Queues

    Params = Mapping[str, object]
    Answer = dict[str, object]
    Operation = Callable[[Queues, Queue, Params, float], Answer]

MOST_MESSAGES = 10  # facts §4: batch 1-10
MOST_WAIT = 20
MOST_VISIBILITY = 43_200
MOST_DELAY = 900
MOST_ID = 80


def bounded(params: Params, name: str, default: int, low: int, high: int) -> int:
    """Read a whole number from `low` to `high`.

    Raises:
        WorldError: ``InvalidParameterValue``, as SQS words it.
    """
    value = fields.number(params, name)
    value = default if value is None else value
    if not low <= value <= high:
        words = f"Value {value} for parameter {name} is invalid. Reason: Must be between"
        raise WorldError("InvalidParameterValue", f"{words} {low} and {high}, if provided.")
    return value


def receive(queues: Queues, queue: Queue, params: Params, now: float) -> Answer:
    """ReceiveMessage, answered at once."""
    count = bounded(params, "MaxNumberOfMessages", 1, 1, MOST_MESSAGES)
    bounded(params, "WaitTimeSeconds", 0, 0, MOST_WAIT)
    default = queue.setting("VisibilityTimeout")
    timeout = bounded(params, "VisibilityTimeout", default, 0, MOST_VISIBILITY)
    burial = queues.dead_letters(queue)
    found, dead = queue.receive(count, timeout, now, burial[1] if burial else None)
    if burial is not None:
        for message in dead:
            burial[0].put(Message(message.number, message.body, message.sent_at, now))
    names = fields.texts(params, "AttributeNames")
    names += fields.texts(params, "MessageSystemAttributeNames")
    rows = [_row(message, handle, names) for message, handle in found]
    return {"Messages": rows} if rows else {}


def _row(message: Message, handle: str, names: list[str]) -> Answer:
    first = message.first_received_at or 0.0
    attributes = {
        "SenderId": "AROALOCALECSEVENTS0001:events",
        "SentTimestamp": str(int(message.sent_at * 1000)),
        "ApproximateReceiveCount": str(message.receives),
        "ApproximateFirstReceiveTimestamp": str(int(first * 1000)),
    }
    shown = {key: value for key, value in attributes.items() if "All" in names or key in names}
    row: Answer = {
        "MessageId": message.message_id,
        "ReceiptHandle": handle,
        "MD5OfBody": message.digest,
        "Body": message.body,
    }
    return row | {"Attributes": shown} if shown else row


def delete(_queues: Queues, queue: Queue, params: Params, _now: float) -> Answer:
    """DeleteMessage."""
    queue.delete(fields.need_text(params, "ReceiptHandle"))
    return {}


def change_visibility(_queues: Queues, queue: Queue, params: Params, now: float) -> Answer:
    """ChangeMessageVisibility; without a timeout, the queue's own."""
    own = queue.setting("VisibilityTimeout")
    timeout = bounded(params, "VisibilityTimeout", own, 0, MOST_VISIBILITY)
    queue.change_visibility(fields.need_text(params, "ReceiptHandle"), timeout, now)
    return {}


def send(queues: Queues, queue: Queue, params: Params, now: float) -> Answer:
    """SendMessage."""
    if params.get("MessageAttributes") or params.get("MessageSystemAttributes"):
        raise WorldError("UnsupportedOperation", "Message attributes are not supported yet.")
    body = fields.need_text(params, "MessageBody")
    if len(body.encode()) > queue.setting("MaximumMessageSize"):
        words = "One or more parameters are invalid. Reason: Message must be shorter than "
        raise WorldError(
            "InvalidParameterValue", words + f"{queue.setting('MaximumMessageSize')} bytes."
        )
    delay = bounded(params, "DelaySeconds", queue.setting("DelaySeconds"), 0, MOST_DELAY)
    message = queues.send(queue, body, now, delay)
    return {"MessageId": message.message_id, "MD5OfMessageBody": message.digest}


def purge(_queues: Queues, queue: Queue, _params: Params, _now: float) -> Answer:
    """PurgeQueue, at once (SQS takes up to 60 seconds)."""
    queue.purge()
    return {}


def batch_of(single: Operation) -> Operation:
    """Make the batch operation of a single one: each entry fares by itself."""

    def batch(queues: Queues, queue: Queue, params: Params, now: float) -> Answer:
        done: list[Answer] = []
        failed: list[Answer] = []
        for entry in _entries(params):
            entry_id = entry["Id"]
            try:
                done.append({"Id": entry_id, **single(queues, queue, entry, now)})
            except WorldError as no:
                refusal = {"SenderFault": True, "Code": no.code, "Message": no.message}
                failed.append({"Id": entry_id, **refusal})
        answer: Answer = {"Successful": done, "Failed": failed}
        return answer

    return batch


def _entries(params: Params) -> list[Params]:
    entries = fields.parts(params, "Entries")
    if not entries:
        raise WorldError("EmptyBatchRequest", "There should be at least one entry in the request.")
    if len(entries) > MOST_MESSAGES:
        words = f"Maximum number of entries per request are {MOST_MESSAGES}. You have sent"
        raise WorldError("TooManyEntriesInBatchRequest", f"{words} {len(entries)}.")
    ids = [fields.need_text(entry, "Id") for entry in entries]
    for entry_id in ids:
        plain = entry_id.replace("-", "").replace("_", "")
        if not (plain.isascii() and (plain.isalnum() or not plain) and len(entry_id) <= MOST_ID):
            raise WorldError(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and "
                "underscores. It can be at most 80 letters long.",
            )
    if len(dict.fromkeys(ids)) < len(ids):
        raise WorldError("BatchEntryIdsNotDistinct", "Two or more batch entries have the same id.")
    return entries


OPERATIONS: dict[str, Operation] = {
    "ReceiveMessage": receive,
    "DeleteMessage": delete,
    "DeleteMessageBatch": batch_of(delete),
    "ChangeMessageVisibility": change_visibility,
    "ChangeMessageVisibilityBatch": batch_of(change_visibility),
    "SendMessage": send,
    "SendMessageBatch": batch_of(send),
    "PurgeQueue": purge,
}
