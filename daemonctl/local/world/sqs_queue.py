"""One standard queue: messages, their visibility, and when they are given up.

Visibility is one heap of (visible at, number, message id). A change only pushes; an entry whose
time is no longer its message's is skipped when it comes up, so every operation is O(log n).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import heapq
from dataclasses import dataclass, field

from daemonctl.local.world.errors import WorldError

IN_FLIGHT_LIMIT = 120_000  # facts §4: about 120,000 in flight, then OverLimit


@dataclass
class Message:
    """One message.

    Attributes:
        number: Its place in the order of sending, over all queues of the world.
        sent_at: Epoch seconds; stays when the message moves to a dead-letter queue.
        visible_at: When the next receive may hand it out.
        receives: How often it was handed out.
        first_received_at: When it was handed out first; None: never.
    """

    number: int
    body: str
    sent_at: float
    visible_at: float
    receives: int = 0
    first_received_at: float | None = None

    @property
    def message_id(self) -> str:
        """The id that SQS shows."""
        return f"00000000-0000-4000-8000-{self.number:012x}"

    @property
    def digest(self) -> str:
        """MD5 of the body, which SDKs compare with what arrived."""
        return hashlib.md5(self.body.encode(), usedforsecurity=False).hexdigest()


@dataclass
class Queue:
    """A standard queue.

    Attributes:
        name: Its name, the last part of its URL and ARN.
        arn: Its ARN.
        created_at: Epoch seconds.
        attributes: What CreateQueue or SetQueueAttributes set, as SQS's strings.
        modified_at: When the attributes were last set.
    """

    name: str
    arn: str
    created_at: float
    attributes: dict[str, str]
    modified_at: float = 0.0
    tags: dict[str, str] = field(default_factory=dict)
    _messages: dict[int, Message] = field(default_factory=dict)
    _heap: list[tuple[float, int]] = field(default_factory=list)

    def setting(self, name: str) -> int:
        """Read a numeric attribute."""
        return int(self.attributes[name])

    def put(self, message: Message) -> None:
        """Add a message, and drop from the old end what is past the retention period."""
        self._messages[message.number] = message
        self._show(message, message.visible_at)
        for oldest in list(self._oldest_expired(message.sent_at)):
            del self._messages[oldest]

    def _oldest_expired(self, now: float) -> list[int]:
        expired = []
        for number, message in self._messages.items():
            if not self._expired(message, now):
                break
            expired.append(number)
        return expired

    def _expired(self, message: Message, now: float) -> bool:
        return now >= message.sent_at + self.setting("MessageRetentionPeriod")

    def _show(self, message: Message, at: float) -> None:
        message.visible_at = at
        heapq.heappush(self._heap, (at, message.number))

    def _top(self) -> Message | None:
        """Tell the message that becomes visible first, throwing away entries that mean nothing."""
        while self._heap:
            at, number = self._heap[0]
            message = self._messages.get(number)
            if message is not None and message.visible_at == at:
                return message
            heapq.heappop(self._heap)
        return None

    def next_visible(self) -> float | None:
        """Tell when a receive finds something: a time that may be past; None: never as it is."""
        top = self._top()
        return None if top is None else top.visible_at

    def receive(
        self, count: int, timeout: float, now: float, max_receives: int | None
    ) -> tuple[list[tuple[Message, str]], list[Message]]:
        """Hand out up to `count` messages with a receipt handle each, hidden for `timeout` seconds.

        Returns:
            What is handed out, and what was handed out `max_receives` times before and leaves
            for the dead-letter queue instead.

        Raises:
            WorldError: ``OverLimit``, too many messages are in flight.
        """
        if len(self._messages) >= IN_FLIGHT_LIMIT and self.counts(now)[1] >= IN_FLIGHT_LIMIT:
            raise WorldError("OverLimit", "Too many messages are in flight.", 403)
        found: list[Message] = []
        dead: list[Message] = []
        while len(found) < count and (top := self._top()) is not None and top.visible_at <= now:
            heapq.heappop(self._heap)
            if self._expired(top, now):
                del self._messages[top.number]
            elif max_receives is not None and top.receives >= max_receives:
                dead.append(self._messages.pop(top.number))
            else:
                found.append(top)
        # only now: with a timeout of 0 the loop above would find the same message again
        return [(message, self._hand_out(message, now, timeout)) for message in found], dead

    def _hand_out(self, message: Message, now: float, timeout: float) -> str:
        message.receives += 1
        if message.first_received_at is None:
            message.first_received_at = now
        self._show(message, now + timeout)
        plain = f"{self.name}#{message.number}#{message.receives}"
        return base64.b64encode(plain.encode()).decode()

    def _held(self, handle: str) -> Message | None:
        """Find what a handle was given for; None where it is deleted or was received again."""
        try:
            name, number, receive = base64.b64decode(handle, validate=True).decode().split("#")
            wanted = (int(number), int(receive))
        except (ValueError, binascii.Error):
            name, wanted = "", (0, 0)
        if name != self.name:
            words = f'The input receipt handle "{handle}" is not a valid receipt handle.'
            raise WorldError("ReceiptHandleIsInvalid", words)
        message = self._messages.get(wanted[0])
        return message if message is not None and message.receives == wanted[1] else None

    def delete(self, handle: str) -> None:
        """Delete what the handle was given for.

        A handle that is not the message's latest succeeds and deletes nothing (API reference,
        DeleteMessage); so does a second delete.

        Raises:
            WorldError: ``ReceiptHandleIsInvalid``.
        """
        message = self._held(handle)
        if message is not None:
            del self._messages[message.number]

    def change_visibility(self, handle: str, timeout: float, now: float) -> None:
        """Hide the message for `timeout` seconds from now on; 0 shows it at once.

        Raises:
            WorldError: ``ReceiptHandleIsInvalid`` or ``MessageNotInflight``.
        """
        message = self._held(handle)
        if message is None or message.visible_at <= now:
            words = f"Value {handle} for parameter ReceiptHandle is invalid: not in flight."
            raise WorldError("MessageNotInflight", words)
        self._show(message, now + timeout)

    def purge(self) -> None:
        """Throw every message away."""
        self._messages.clear()
        self._heap.clear()

    def counts(self, now: float) -> tuple[int, int, int]:
        """Count what is visible, in flight, and delayed before its first receive."""
        kept = [m for m in self._messages.values() if not self._expired(m, now)]
        hidden = [message for message in kept if message.visible_at > now]
        in_flight = sum(1 for message in hidden if message.receives)
        return len(kept) - len(hidden), in_flight, len(hidden) - in_flight
