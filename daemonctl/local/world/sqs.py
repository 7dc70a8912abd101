"""The account's queues, and the way of ECS's events into them.

An event goes to each queue that its cluster is subscribed to, as EventBridge delivers it: the raw
JSON as the body, at least once, in any order, a moment later. Long polling is the face's work:
ReceiveMessage answers at once here, and `next_visible` tells when it is worth asking again.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import msgspec

from daemonctl.local.world import fields, sqs_admin, sqs_messages
from daemonctl.local.world.errors import WorldError
from daemonctl.local.world.sqs_queue import Message, Queue
from daemonctl.local.world.sqs_settings import checked, defaults, redrive_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from daemonctl.local.world.faults import Faults

DELIVERY_SECONDS = (0.05, 0.5)  # from a change in ECS to its event in the queue
MOST_NAME = 80


class Queues:
    """SQS of one account and region.

    Attributes:
        base_url: What queue URLs begin with; a server sets its own address. Only the last part
            of a URL says which queue is meant, so URLs of another base stay good.
        published: Events handed to `publish`, whether or not they arrive.
    """

    def __init__(
        self,
        *,
        dice: Callable[[], float],
        faults: Faults,
        account: str = "000000000000",
        region: str = "us-east-1",
    ) -> None:
        self._dice = dice
        self._faults = faults
        self._account = account
        self._region = region
        self._queues: dict[str, Queue] = {}
        self._subscribed: dict[str, list[str]] = {}
        self._deliveries: list[tuple[float, int, str, str]] = []
        self._numbers = 0
        self.base_url = f"https://sqs.{region}.amazonaws.com"
        self.published = 0

    def url(self, name: str) -> str:
        """Tell the URL of a queue by its name."""
        return f"{self.base_url}/{self._account}/{name}"

    def names(self) -> list[str]:
        """Tell the names of all queues, in order."""
        return sorted(self._queues)

    def get(self, name: str) -> Queue | None:
        """Tell a queue by its name."""
        return self._queues.get(name)

    def find(self, url: str) -> Queue:
        """Find a queue by its URL, or by its name alone.

        Raises:
            WorldError: ``QueueDoesNotExist``.
        """
        queue = self._queues.get(url.rpartition("/")[2])
        if queue is None:
            raise WorldError("QueueDoesNotExist", "The specified queue does not exist.")
        return queue

    def subscribe(self, cluster: str, name: str, now: float = 0.0) -> str:
        """Let a cluster's events go to a queue, which is made where it does not exist.

        Returns:
            The queue's URL.
        """
        if name not in self._queues:
            self.create(name, {}, now)
        listeners = self._subscribed.setdefault(cluster, [])
        if name not in listeners:
            listeners.append(name)
        return self.url(name)

    def publish(self, cluster: str, event: Mapping[str, object], now: float) -> None:
        """Send one finished event envelope on its way to the cluster's queues."""
        self.published += 1
        listeners = self._subscribed.get(cluster, ())
        if not listeners:
            return
        body = msgspec.json.encode(event).decode()
        for name in listeners:
            for held_back in self._faults.event_delays(now):
                low, high = DELIVERY_SECONDS
                due = now + low + (high - low) * self._dice() + held_back
                self._numbers += 1
                heapq.heappush(self._deliveries, (due, self._numbers, name, body))

    def advance(self, now: float) -> None:
        """Deliver what is due at or before `now`."""
        while self._deliveries and self._deliveries[0][0] <= now:
            due, _, name, body = heapq.heappop(self._deliveries)
            queue = self._queues.get(name)
            if queue is not None:  # a queue that was deleted meanwhile: the event is gone
                self.send(queue, body, due)

    def next_wake(self) -> float | None:
        """Tell when the next delivery is due."""
        return self._deliveries[0][0] if self._deliveries else None

    def next_visible(self, url: str) -> float | None:
        """Tell when a queue has something to hand out, as things are; may be past."""
        return self.find(url).next_visible()

    def send(self, queue: Queue, body: str, now: float, delay: float | None = None) -> Message:
        """Put a message into a queue, hidden for `delay` seconds (the queue's own if None)."""
        self._numbers += 1
        wait = queue.setting("DelaySeconds") if delay is None else delay
        message = Message(self._numbers, body, sent_at=now, visible_at=now + wait)
        queue.put(message)
        return message

    def dead_letters(self, queue: Queue) -> tuple[Queue, int] | None:
        """Tell a queue's dead-letter queue and the receives before it; None without one."""
        redrive = redrive_of(queue.attributes)
        found = redrive and self._queues.get(redrive[0].rpartition(":")[2])
        return (found, redrive[1]) if redrive and found else None

    def call(self, operation: str, params: Mapping[str, object], now: float) -> dict[str, object]:
        """Answer one SQS operation.

        Raises:
            WorldError: In SQS's words; ``UnsupportedOperation`` for what the local ECS lacks.
        """
        on_messages = sqs_messages.OPERATIONS.get(operation)
        if on_messages is not None:
            queue = self.find(fields.need_text(params, "QueueUrl"))
            return on_messages(self, queue, params, now)
        on_queues = sqs_admin.OPERATIONS.get(operation)
        if on_queues is None:
            words = f"{operation} is not supported yet by the local ECS."
            raise WorldError("UnsupportedOperation", words)
        return on_queues(self, params, now)

    def create(self, name: str, attributes: dict[str, str], now: float) -> Queue:
        """Make a queue.

        Raises:
            WorldError: The name or an attribute is none that SQS takes.
        """
        plain = name.replace("-", "").replace("_", "")
        if not (plain.isascii() and plain.isalnum() and len(name) <= MOST_NAME):
            words = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80"
            raise WorldError("InvalidParameterValue", f"{words} in length: {name!r}.")
        arn = f"arn:aws:sqs:{self._region}:{self._account}:{name}"
        queue = Queue(name, arn, now, defaults(), modified_at=now)
        self.configure(queue, attributes, now)
        self._queues[name] = queue
        return queue

    def configure(self, queue: Queue, attributes: dict[str, str], now: float) -> None:
        """Set attributes of a queue.

        Raises:
            WorldError: One of them is none that SQS takes; none is set then.
        """
        redrive = redrive_of(checked(attributes))
        if redrive and redrive[0].rpartition(":")[2] not in self._queues:
            words = "Value for parameter RedrivePolicy is invalid. Reason: Dead letter target"
            raise WorldError("InvalidParameterValue", f"{words} does not exist.")
        queue.attributes.update(attributes)
        queue.modified_at = now

    def remove(self, queue: Queue) -> None:
        """Delete a queue and what is in it."""
        del self._queues[queue.name]
