"""The cluster's SQS queue of ECS events, behind ports.EventSource."""

from __future__ import annotations

from collections.abc import Sequence

from daemonctl.ports import ApiError, Message, Sink, Transport, Wire

BATCH = 10
"""The most messages that SQS gives or deletes in one call."""

WAIT_SECONDS = 20
"""SQS's longest long poll."""


class SqsSource:
    """Receives and deletes by tens. Nothing is deleted that was not asked to be."""

    def __init__(self, transport: Transport, queue_url: str, sink: Sink) -> None:
        self._transport = transport
        self._queue_url = queue_url
        self._sink = sink

    async def receive(self) -> tuple[Message, ...]:
        """See ports.EventSource."""
        params = {"MaxNumberOfMessages": BATCH, "WaitTimeSeconds": WAIT_SECONDS}
        answer = await self._call("ReceiveMessage", params)
        return tuple(
            Message(row["ReceiptHandle"], row.get("Body") or "")
            for row in answer.get("Messages") or ()
        )

    async def delete(self, messages: Sequence[Message]) -> None:
        """See ports.EventSource. The first batch that fails ends it: the rest comes again."""
        for at in range(0, len(messages), BATCH):
            batch = messages[at : at + BATCH]
            entries = [{"Id": str(n), "ReceiptHandle": m.receipt} for n, m in enumerate(batch)]
            answer = await self._call("DeleteMessageBatch", {"Entries": entries})
            for row in answer.get("Failed") or ():
                self._sink.log(
                    "warning",
                    "event_not_deleted",
                    code=row.get("Code"),
                    why=row.get("Message"),
                    next_step="none: the event comes again and changes nothing",
                )

    async def _call(self, operation: str, params: Wire) -> Wire:
        try:
            full = {"QueueUrl": self._queue_url, **params}
            answer = await self._transport.call("sqs", operation, full)
        except ApiError as error:
            outcome = "ambiguous" if error.ambiguous else "error"
            self._sink.count("aws_requests_total", operation=operation, outcome=outcome)
            raise
        self._sink.count("aws_requests_total", operation=operation, outcome="ok")
        return answer
