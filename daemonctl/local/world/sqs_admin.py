"""SQS's operations on queues themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world import fields
from daemonctl.local.world.errors import WorldError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from daemonctl.local.world.sqs import Queues
    from daemonctl.local.world.sqs_queue import Queue

    Params = Mapping[str, object]
    Answer = dict[str, object]

LIST_LIMIT = 1_000


def _queue(queues: Queues, params: Params) -> Queue:
    return queues.find(fields.need_text(params, "QueueUrl"))


def _attributes(params: Params) -> dict[str, str]:
    return {key: str(value) for key, value in fields.part(params, "Attributes").items()}


def create(queues: Queues, params: Params, now: float) -> Answer:
    """CreateQueue; again with the same attributes answers the same URL."""
    name = fields.need_text(params, "QueueName")
    attributes = _attributes(params)
    known = queues.get(name)
    if known is None:
        queues.create(name, attributes, now)
    elif any(known.attributes.get(key) != value for key, value in attributes.items()):
        words = "A queue already exists with the same name and a different value for"
        raise WorldError("QueueNameExists", f"{words} an attribute.")
    return {"QueueUrl": queues.url(name)}


def delete(queues: Queues, params: Params, _now: float) -> Answer:
    """DeleteQueue."""
    queues.remove(_queue(queues, params))
    return {}


def get_url(queues: Queues, params: Params, _now: float) -> Answer:
    """GetQueueUrl."""
    return {"QueueUrl": queues.url(queues.find(fields.need_text(params, "QueueName")).name)}


def list_queues(queues: Queues, params: Params, _now: float) -> Answer:
    """ListQueues, by prefix; in pages only where MaxResults is given, as SQS does."""
    prefix = fields.text(params, "QueueNamePrefix") or ""
    after = fields.text(params, "NextToken") or ""
    most = fields.number(params, "MaxResults") or LIST_LIMIT
    names = [name for name in queues.names() if name.startswith(prefix) and name > after]
    answer: Answer = {"QueueUrls": [queues.url(name) for name in names[:most]]}
    if len(names) > most and "MaxResults" in params:
        answer["NextToken"] = names[most - 1]
    return answer


def get_attributes(queues: Queues, params: Params, now: float) -> Answer:
    """GetQueueAttributes: the named ones, or All."""
    queue = _queue(queues, params)
    visible, in_flight, delayed = queue.counts(now)
    everything = queue.attributes | {
        "QueueArn": queue.arn,
        "CreatedTimestamp": str(int(queue.created_at)),
        "LastModifiedTimestamp": str(int(queue.modified_at)),
        "ApproximateNumberOfMessages": str(visible),
        "ApproximateNumberOfMessagesNotVisible": str(in_flight),
        "ApproximateNumberOfMessagesDelayed": str(delayed),
    }
    wanted = fields.texts(params, "AttributeNames")
    shown = {key: value for key, value in everything.items() if "All" in wanted or key in wanted}
    return {"Attributes": shown} if shown else {}


def set_attributes(queues: Queues, params: Params, now: float) -> Answer:
    """SetQueueAttributes."""
    queues.configure(_queue(queues, params), _attributes(params), now)
    return {}


OPERATIONS: dict[str, Callable[[Queues, Params, float], Answer]] = {
    "CreateQueue": create,
    "DeleteQueue": delete,
    "GetQueueUrl": get_url,
    "ListQueues": list_queues,
    "GetQueueAttributes": get_attributes,
    "SetQueueAttributes": set_attributes,
}
