"""Takes events from the queue into the inbox, and deletes them once they are applied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from daemonctl.model.lease import Power
from daemonctl.ports import ApiError, Clock, EventSource, Message, Sink
from daemonctl.runtime.crew import Crew
from daemonctl.runtime.events import Reader, Reading
from daemonctl.runtime.inbox import Inbox
from daemonctl.runtime.mandate import UNBOUNDED, Mandate
from daemonctl.runtime.stepping import step_for_ever

_FULL: Final = 10
"""Messages in a full batch (SQS's most)."""

_LOOK: Final = 0.5  # seconds between two looks whether there is a lease again

_MOST_HELPERS: Final = 15
"""Receives side by side beside the first: a rollout over thousands of hosts says a lot at once."""


class EventLoop:
    """One cluster's queue. ``trouble`` says why it cannot be read, "" while it can."""

    def __init__(
        self,
        source: EventSource,
        reader: Reader,
        *,
        alias: str,
        inbox: Inbox,
        clock: Clock,
        crew: Crew,
        sink: Sink,
        mandate: Mandate = UNBOUNDED,
    ) -> None:
        self.last_turn = clock.now()
        self.trouble = ""
        self._helpers = 0
        self._source = source
        self._reader = reader
        self._alias = alias
        self._inbox = inbox
        self._clock = clock
        self._crew = crew
        self._mandate = mandate
        self._sink = sink

    async def run(self) -> None:
        """Receives for ever; a queue that cannot be read is tried again, ever less often."""
        await step_for_ever(self._step, self._told, self._clock, longest=30.0)

    async def _step(self) -> None:
        self.last_turn = self._clock.now()
        while self._mandate.power() is not Power.FULL:
            await self._clock.sleep(_LOOK)  # the messages are another one's, if there is one
            self.last_turn = self._clock.now()
        await self._receive()

    async def _receive(self) -> bool:
        """One receive, taken in. True where the batch was full: there may be more."""
        messages = await self._source.receive()
        full = len(messages) >= _FULL
        if full:
            self._call_help()
        await self._take(messages)
        return full

    def _call_help(self) -> None:
        """The queue holds more than one receives at a time: others receive beside this loop."""
        if self._helpers < _MOST_HELPERS:
            self._helpers += 1
            self._crew.spawn(self._help(), "events helper")

    async def _help(self) -> None:
        """Receives for as long as the queue gives full batches."""
        try:
            while await self._receive():
                pass
        except ApiError:
            pass  # the loop itself meets the same error, tells it and waits
        finally:
            self._helpers -= 1

    async def _take(self, messages: Sequence[Message]) -> None:
        if self._mandate.power() is not Power.FULL:
            return  # the lease ran out while they came: they are handed out again
        now = self._clock.now()
        readings = [self._reader.read(message.body, now) for message in messages]
        facts = tuple(reading.fact for reading in readings if reading.fact is not None)
        applied = await self._inbox.deliver(facts) if facts else True
        done = []
        for message, reading in zip(messages, readings, strict=True):
            self._tell(reading)
            if reading.done and (applied or reading.fact is None):
                done.append(message)
        if done:
            self._crew.spawn(self._delete(tuple(done)), "delete events")

    async def _delete(self, messages: tuple[Message, ...]) -> None:
        try:
            await self._source.delete(messages)
        except ApiError as error:
            self._sink.log(
                "warning",
                "events could not be deleted",
                cluster=self._alias,
                error=f"{error.code}: {error.message}",
                next_step="they come again, harmlessly; check sqs:DeleteMessage if it goes on",
            )

    def _tell(self, reading: Reading) -> None:
        self._sink.count(
            "events_received_total",
            cluster=self._alias,
            type=reading.type,
            outcome=reading.became.value,
        )
        if reading.age is not None and reading.done:
            self._sink.observe("event_age_seconds", reading.age, cluster=self._alias)
        if not reading.done:
            self._sink.log(
                "warning",
                "a message is left in the queue",
                cluster=self._alias,
                why=reading.words,
                next_step="give the queue a dead-letter queue, and its rule ECS events only",
            )

    def _told(self, why: str) -> None:
        if self.trouble and not why:
            self._sink.log("info", "the events queue is read again", cluster=self._alias)
        elif why and not self.trouble:
            self._sink.log(
                "warning",
                "the events queue cannot be read",
                cluster=self._alias,
                error=why,
                next_step="check events.queueUrl; resyncs go on meanwhile",
            )
        self.trouble = why and f"the events queue cannot be read: {why}"
