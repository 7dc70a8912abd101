"""What every face of the world does around a call: faults before it and after it.

A face is a way in: HTTP (`daemonctl.local.api`) or memory (`daemonctl.local.memory`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from daemonctl.local.world.errors import WorldError
from daemonctl.local.world.faults import SERVER_ERROR, THROTTLE, Faults

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daemonctl.local.world.faults import Lost
    from daemonctl.local.world.sqs import Queues

SERVER_FAULT = 500

# what each service says when it throttles, and when it fails
THROTTLED = {
    "ecs": WorldError("ThrottlingException", "Rate exceeded", 400),
    "sqs": WorldError("RequestThrottled", "Rate exceeded", 403),
    "ec2": WorldError("RequestLimitExceeded", "Request limit exceeded.", 503),
    "autoscaling": WorldError("Throttling", "Rate exceeded", 400),
}
FAILED = {
    "ecs": WorldError("ServerException", "Service Unavailable. Please try again later.", 500),
    "sqs": WorldError("InternalFailure", "We encountered an internal error.", 500),
    "ec2": WorldError("InternalError", "An internal error has occurred.", 500),
    "autoscaling": WorldError("InternalFailure", "We encountered an internal error.", 500),
}
# SQS's JSON protocol keeps the codes of its older one, and SDKs show those to their callers
_OLD = "AWS.SimpleQueueService."
SQS_CODES = {
    "QueueDoesNotExist": _OLD + "NonExistentQueue",
    "QueueNameExists": "QueueAlreadyExists",
    "RequestThrottled": "RequestThrottled",
    "OverLimit": "OverLimit",
    "ReceiptHandleIsInvalid": "ReceiptHandleIsInvalid",
    "MessageNotInflight": _OLD + "MessageNotInflight",
    "EmptyBatchRequest": _OLD + "EmptyBatchRequest",
    "TooManyEntriesInBatchRequest": _OLD + "TooManyEntriesInBatchRequest",
    "BatchEntryIdsNotDistinct": _OLD + "BatchEntryIdsNotDistinct",
    "InvalidBatchEntryId": _OLD + "InvalidBatchEntryId",
    "UnsupportedOperation": _OLD + "UnsupportedOperation",
}


class Simulated(Protocol):
    """What a face wants of a world; see `daemonctl.local.world`. Times are epoch seconds."""

    @property
    def faults(self) -> Faults:
        """The faults that are set."""

    @property
    def sqs(self) -> Queues:
        """The queues."""

    def call(
        self, service: str, operation: str, params: Mapping[str, object], now: float
    ) -> dict[str, object]:
        """Answer one call, or raise WorldError."""

    def advance(self, now: float) -> None:
        """Run what is due."""

    def next_wake(self) -> float | None:
        """Tell when something is due next."""


def refuse_by_fault(world: Simulated, service: str, now: float) -> None:
    """Let throttling and server errors strike before anything is done.

    Raises:
        WorldError: One of them struck.
    """
    for kind, errors in ((THROTTLE, THROTTLED), (SERVER_ERROR, FAILED)):
        if service in errors and world.faults.strikes(kind, now):
            no = errors[service]
            raise WorldError(no.code, no.message, no.status)


def answer_lost(world: Simulated, service: str, operation: str, now: float) -> Lost | None:
    """Say whether the answer of a call that was done gets lost, and how."""
    if (service, operation) != ("ecs", "StartTask"):
        return None
    return world.faults.answer_lost(now)


READS = ("Describe", "List", "Get", "Discover")


def changes(service: str, operation: str, answer: Mapping[str, object]) -> bool:
    """Say whether a call that was answered so may have changed anything but request quotas.

    A receive that brings nothing may still have moved messages to a dead-letter queue: the next
    one would move them just as well.
    """
    if (service, operation) == ("sqs", "ReceiveMessage"):
        return bool(answer)
    return not operation.startswith(READS)


def sdk_code(service: str, code: str) -> str:
    """Tell the error code that an SDK shows to its caller."""
    return SQS_CODES.get(code, code) if service == "sqs" else code
