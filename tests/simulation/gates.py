"""Gates by the world's truth: opened too soon, closed too many at once, left open in the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.simulation.needed import opened_too_soon
from tests.simulation.truth import Truth

Row = Mapping[str, str]
"""An attribute as PutAttributes has it."""


def wrongly_set(truth: Truth, row: Row, rows: Sequence[Row], now: float) -> str:
    """What is wrong with one gate that is set in a call with others, "" where nothing is."""
    if row.get("value") == "true":
        return opened_too_soon(truth, row["targetId"], now)
    return _one_too_many(
        truth, [one["targetId"] for one in rows if one.get("value") != "true"], now
    )


def _one_too_many(truth: Truth, closing: Sequence[str], now: float) -> str:
    """Beyond maxClosed no gate is closed. What came, left or came back of late may not be known."""
    gate, fresh = truth.scenario.gate, now - truth.scenario.blind
    if gate is None or not any(_open(truth, arn) for arn in closing):
        return ""
    there = [one.arn for one in truth.cluster.instances.values() if one.status == "ACTIVE"]
    lately = [arn for arn, since in truth.status_since.items() if since >= fresh]
    closed = [arn for arn in there if arn in closing or not _open(truth, arn)]
    sure = [arn for arn in closed if arn in closing or arn not in lately]
    most = gate.max_closed.of(len(dict.fromkeys((*there, *lately))))
    if len(sure) <= most:
        return ""
    return f"{len(sure)} gates of {len(there)} would be closed, maxClosed is {gate.max_closed}"


def left_open(truth: Truth, arn: str) -> bool:
    """Whether a gate is open that maxClosed would let be closed."""
    gate = truth.scenario.gate
    if gate is None or not _open(truth, arn):
        return False
    there = [one.arn for one in truth.cluster.instances.values() if one.status == "ACTIVE"]
    closed = [one for one in there if not _open(truth, one)]
    return len(closed) < gate.max_closed.of(len(there))


def _open(truth: Truth, arn: str) -> bool:
    gate, instance = truth.scenario.gate, truth.cluster.instances[arn]
    return gate is not None and instance.attributes.get(gate.attribute) == "true"
