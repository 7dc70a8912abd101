"""ECS's token buckets on our side of the wire, so that ECS's own never runs dry.

Shape and figures: Amazon ECS API reference, "Request throttling" (facts §5): per account and
region, one bucket per category of operations.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from daemonctl.ports import Clock, Tokens

MODIFY = "cluster_resource_modify"


@dataclass(frozen=True)
class Quota:
    """One category: what a full bucket holds, what comes back in a second, who spends."""

    burst: float
    per_second: float
    operations: tuple[str, ...]


QUOTAS: Mapping[str, Quota] = {
    MODIFY: Quota(
        100,
        40,
        (
            "StartTask",
            "StopTask",
            "RunTask",
            "PutAttributes",
            "DeleteAttributes",
            "UpdateContainerInstancesState",
            "DeregisterContainerInstance",
        ),
    ),
    "cluster_resource_read": Quota(
        100,
        20,
        (
            "ListContainerInstances",
            "DescribeContainerInstances",
            "ListTasks",
            "DescribeTasks",
            "ListAttributes",
        ),
    ),
    "cluster_read": Quota(50, 20, ("DescribeClusters", "DescribeCapacityProviders")),
    "task_definition_read": Quota(50, 20, ("DescribeTaskDefinition", "ListTaskDefinitions")),
    "service_read": Quota(100, 20, ("DescribeServices", "ListServices", "GetTaskProtection")),
}

CATEGORY_OF = {name: category for category, quota in QUOTAS.items() for name in quota.operations}

JITTER_SECONDS = 0.25
"""How much later one call may arrive than the next: latency varies, and ECS sees arrivals."""

DRIFT = 0.999
"""Two clocks that run apart by NTP's 500 ppm must not let us gain on ECS for hours."""

HOLD_SECONDS = 1.0
MAX_HOLD_SECONDS = 30.0
_MAX_STREAK = 6  # more would only lengthen the way back
_LEAST_SLEEP = 0.001  # shorter ones can round to nothing on a clock of epoch seconds
_ROUNDING = 1e-4  # a level this close to a whole token is one


@dataclass
class _Bucket:
    burst: float
    per_second: float
    level: float
    since: float  # when `level` was true; ahead of now while the refill is held back
    streak: int = 0  # throttles whose growth is not yet taken back
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)  # wakes waiters in their order

    def at(self, now: float) -> float:
        return min(self.burst, self.level + max(0.0, now - self.since) * self.per_second)

    def next_at(self, now: float) -> float:
        """When the next whole token is there; now where one is."""
        level = self.at(now)
        whole = math.floor(level + _ROUNDING) + 1
        return max(now, self.since) + (whole - level) / self.per_second

    def spend(self, now: float) -> bool:
        level = self.at(now)
        if level < 1.0 - _ROUNDING:
            return False
        self.level, self.since = level - 1.0, max(now, self.since)
        return True


class Buckets:
    """One set for each account (or role) and region, shared by its clusters. Full at first.

    Args:
        clock: Time.
        budget: Share of ECS's quota to use, above 0, at most 1.
        jitter: Draws from [0, 1), to spread the return of many after a throttle.
    """

    def __init__(self, clock: Clock, *, budget: float, jitter: Callable[[], float]) -> None:
        if not 0 < budget <= 1:
            raise ValueError(f"the API budget is above 0 and at most 1, not {budget}")
        self._clock = clock
        self._jitter = jitter
        self._buckets: dict[str, _Bucket] = {}
        for name, quota in QUOTAS.items():
            burst, rate = _share(quota, budget)
            self._buckets[name] = _Bucket(burst, rate, burst, clock.now())

    def resize(self, budget: float) -> None:
        """Another share from now on: other replicas came or went. What is held stays if it fits."""
        now = self._clock.now()
        for name, bucket in self._buckets.items():
            level = bucket.at(now)
            bucket.burst, bucket.per_second = _share(QUOTAS[name], budget)
            bucket.level, bucket.since = min(level, bucket.burst), max(now, bucket.since)

    async def take(self, operation: str) -> None:
        """Spends a token of the operation's category; waits for it, first come, first served."""
        bucket = self._of(operation)
        async with bucket.turn:
            while not bucket.spend(now := self._clock.now()):
                await self._clock.sleep(max(_LEAST_SLEEP, bucket.next_at(now) - now))

    def spend(self, operation: str) -> bool:
        """Spends a token if one is there now. Never waits."""
        return self._of(operation).spend(self._clock.now())

    def tokens(self, operation: str = "StartTask") -> Tokens:
        """What the operation's category holds now. Never waits."""
        now, bucket = self._clock.now(), self._of(operation)
        level = bucket.at(now)
        full = level >= bucket.burst
        return Tokens(math.floor(level + _ROUNDING), None if full else bucket.next_at(now))

    def throttled(self, operation: str) -> float:
        """ECS throttled: the bucket is emptied and stays so for the seconds returned.

        Calls that were sent together are one throttle: only one after the hold makes it longer.
        """
        now, bucket = self._clock.now(), self._of(operation)
        if now >= bucket.since:
            delay = min(MAX_HOLD_SECONDS, HOLD_SECONDS * 2.0**bucket.streak)
            bucket.streak = min(bucket.streak + 1, _MAX_STREAK)
            bucket.since = now + delay * (0.5 + 0.5 * self._jitter())
        bucket.level = 0.0
        return bucket.since - now

    def succeeded(self, operation: str) -> None:
        """A call got through: after a hold, each one takes a step of its growth back."""
        bucket = self._of(operation)
        if bucket.streak and self._clock.now() >= bucket.since:
            bucket.streak -= 1

    def levels(self) -> dict[str, float]:
        """Tokens per bucket, for the metric ``api_budget_tokens{bucket}``."""
        now = self._clock.now()
        return {name: bucket.at(now) for name, bucket in self._buckets.items()}

    def _of(self, operation: str) -> _Bucket:
        return self._buckets[CATEGORY_OF[operation]]


def _share(quota: Quota, budget: float) -> tuple[float, float]:
    """What a bucket holds, and what comes back in a second."""
    safe = quota.burst - quota.per_second * JITTER_SECONDS
    return max(1.0, min(quota.burst * budget, safe)), quota.per_second * min(budget, DRIFT)
