"""A message of the queue turned into facts, and counted by what became of it.

Envelope and details: ECS Developer Guide, "Amazon ECS events". Delivery is at least once and in any
order; what is unknown or broken stays in the queue, for its dead-letter policy to keep.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from daemonctl.model.ids import Ec2InstanceId
from daemonctl.ports import Cluster
from daemonctl.runtime.facts import Fact, InstanceSeen, Source, SpotWarning, TaskSeen

MAX_BYTES: Final = 256 * 1024
"""EventBridge and SQS carry no more (their quotas); what is larger is not ECS's."""

INSTANCE_CHANGE: Final = "ECS Container Instance State Change"
TASK_CHANGE: Final = "ECS Task State Change"
SPOT_WARNING: Final = "EC2 Spot Instance Interruption Warning"
SPOT_NOTICE: Final = 120.0
"""Seconds from that warning until EC2 takes the instance (EC2 User Guide, Spot interruptions)."""

_OTHERS: Final = (
    "ECS Service Action",
    "ECS Deployment State Change",
    "EC2 Instance-terminate Lifecycle Action",
)
_KNOWN: Final = (INSTANCE_CHANGE, TASK_CHANGE, SPOT_WARNING, *_OTHERS)
UNKNOWN: Final = "unknown"


class Became(StrEnum):
    """What became of a message; the label ``outcome`` of ``events_received_total``."""

    APPLIED = "applied"
    IRRELEVANT = "irrelevant"  # known, and nothing to us
    FOREIGN = "foreign"  # another cluster's
    UNKNOWN = "unknown"  # a detail-type that nobody told us of
    BROKEN = "broken"


class Reading(Struct, frozen=True):
    """A message, read. ``words`` say what is wrong with one that is left in the queue."""

    type: str
    became: Became
    fact: Fact | None = None
    age: float | None = None  # seconds since ECS sent it
    words: str = ""

    @property
    def done(self) -> bool:
        """Whether the message may be deleted once its fact is applied."""
        return self.became not in (Became.UNKNOWN, Became.BROKEN)


class Reader:
    """Reads the messages of one cluster's queue. Never raises."""

    def __init__(self, cluster: Cluster, cluster_arn: str) -> None:
        self._cluster = cluster
        self._arn = cluster_arn

    def read(self, body: str, now: float) -> Reading:
        """One message's body, as it came."""
        if len(body) > MAX_BYTES or len(body.encode(errors="surrogatepass")) > MAX_BYTES:
            return Reading(UNKNOWN, Became.BROKEN, words=f"larger than {MAX_BYTES} bytes")
        try:
            envelope: object = msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError, ValueError) as error:
            return Reading(UNKNOWN, Became.BROKEN, words=f"not JSON: {error}"[:200])
        if not isinstance(envelope, Mapping):
            return Reading(UNKNOWN, Became.BROKEN, words="not a JSON object")
        kind = envelope.get("detail-type")
        if not isinstance(kind, str) or kind not in _KNOWN:
            words = f"no event of ECS that daemonctl reads: detail-type {str(kind)[:80]!r}"
            became = Became.UNKNOWN if isinstance(kind, str) else Became.BROKEN
            return Reading(UNKNOWN, became, words=words)
        said_at = _moment(envelope.get("time"))
        reading = self._read_known(kind, envelope.get("detail"), said_at, now)
        if said_at is None:
            return reading
        return msgspec.structs.replace(reading, age=max(0.0, now - said_at))

    def _read_known(self, kind: str, detail: object, said_at: float | None, now: float) -> Reading:
        if not isinstance(detail, Mapping):
            return Reading(kind, Became.BROKEN, words="its detail is not a JSON object")
        if kind in _OTHERS:
            return Reading(kind, Became.IRRELEVANT)
        if kind == SPOT_WARNING:
            return _spot(detail, said_at, now)
        cluster = detail.get("clusterArn")
        if not isinstance(cluster, str):
            return Reading(kind, Became.BROKEN, words="its detail names no clusterArn")
        if cluster != self._arn:
            return Reading(kind, Became.FOREIGN)
        return _guarded(kind, lambda: self._fact(kind, detail, said_at, now))

    def _fact(
        self, kind: str, detail: Mapping[str, object], said_at: float | None, now: float
    ) -> Fact:
        if kind == INSTANCE_CHANGE:
            return InstanceSeen(self._cluster.decode_instance(detail), now, Source.EVENT)
        return TaskSeen(self._cluster.decode_task(detail), now, Source.EVENT, said_at)


def _spot(detail: Mapping[str, object], said_at: float | None, now: float) -> Reading:
    """It names no cluster: whose instance it is the view knows."""
    ec2_id = detail.get("instance-id")
    if not isinstance(ec2_id, str) or not ec2_id:
        return Reading(SPOT_WARNING, Became.BROKEN, words="its detail names no instance-id")
    leaves_at = (now if said_at is None else said_at) + SPOT_NOTICE
    return Reading(SPOT_WARNING, Became.APPLIED, SpotWarning(Ec2InstanceId(ec2_id), leaves_at))


def _guarded(kind: str, make: Callable[[], Fact]) -> Reading:
    try:
        return Reading(kind, Became.APPLIED, make())
    except Exception as error:  # noqa: BLE001 - what others send must never end the loop
        return Reading(kind, Became.BROKEN, words=f"{type(error).__name__}: {error}"[:200])


def _moment(text: object) -> float | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.timestamp()
