"""What a queue can be set to: names, ranges and defaults of SQS's own."""

from __future__ import annotations

import json

from daemonctl.local.world.errors import WorldError

# name: (lowest, highest, default); API reference, SetQueueAttributes, and facts §4
NUMBERS: dict[str, tuple[int, int, int]] = {
    "VisibilityTimeout": (0, 43_200, 30),
    "DelaySeconds": (0, 900, 0),
    "MessageRetentionPeriod": (60, 1_209_600, 345_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20, 0),
    "MaximumMessageSize": (1_024, 1_048_576, 1_048_576),
}
MOST_RECEIVES = 1_000
# kept and shown, without an effect here: nobody is refused by a policy, nothing is encrypted
WORDS = ("Policy", "RedrivePolicy", "RedriveAllowPolicy", "SqsManagedSseEnabled")


def defaults() -> dict[str, str]:
    """Tell the attributes of a queue for which none were given."""
    return {name: str(default) for name, (_, _, default) in NUMBERS.items()}


def checked(attributes: dict[str, str]) -> dict[str, str]:
    """Give back attributes that may be set.

    Raises:
        WorldError: ``InvalidAttributeName``, ``InvalidAttributeValue``; ``UnsupportedOperation``
            for FIFO queues, which the local ECS does not have.
    """
    for name, value in attributes.items():
        if name == "FifoQueue":
            raise WorldError("UnsupportedOperation", "FIFO queues are not supported yet.")
        if name in NUMBERS:
            low, high, _ = NUMBERS[name]
            if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
                raise WorldError("InvalidAttributeValue", f"Invalid value for {name}: {value}.")
        elif name not in WORDS:
            raise WorldError("InvalidAttributeName", f"Unknown Attribute {name}.")
    if attributes.get("RedrivePolicy"):
        redrive_of(attributes)
    return attributes


def redrive_of(attributes: dict[str, str]) -> tuple[str, int] | None:
    """Read the redrive policy: the dead-letter queue's ARN and the receives that are allowed.

    Raises:
        WorldError: ``InvalidAttributeValue``.
    """
    if not attributes.get("RedrivePolicy"):
        return None
    try:
        policy = json.loads(attributes["RedrivePolicy"])
        target, allowed = str(policy["deadLetterTargetArn"]), int(policy["maxReceiveCount"])
    except (ValueError, KeyError, TypeError):
        target, allowed = "", 0
    if not target or not 1 <= allowed <= MOST_RECEIVES:
        words = "Value for parameter RedrivePolicy is invalid. Reason: it wants a "
        raise WorldError(
            "InvalidAttributeValue", words + "deadLetterTargetArn and a maxReceiveCount of 1-1000."
        )
    return target, allowed
