"""A queue of its own for a test, and short words for what is done to it."""

from __future__ import annotations

import pytest

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
