"""ECS's own token buckets, per account, region and category of operations.

Source: facts §5 [D:request-throttling]. Refill is continuous, as in the token bucket algorithm
that ECS names; a refused call takes no token.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from daemonctl.local.world.errors import WorldError

# Epoch seconds as float come in steps of a quarter of a microsecond: a caller that waits exactly
# long enough may seem that much too early, which must not cost it a refusal.
ROUNDING = 1e-4


@dataclass(frozen=True)
class Category:
    """One bucket.

    Attributes:
        burst: Tokens that a full bucket holds.
        per_second: Tokens that flow back in a second.
        operations: What spends from it.
    """

    burst: float
    per_second: float
    operations: tuple[str, ...]


CATEGORIES: dict[str, Category] = {
    "cluster resource modify": Category(
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
            "UpdateContainerAgent",
            "ExecuteCommand",
        ),
    ),
    "cluster resource read": Category(
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
    "cluster read": Category(
        50, 20, ("DescribeClusters", "ListClusters", "DescribeCapacityProviders")
    ),
    "cluster modify": Category(
        20,
        1,
        (
            "CreateCluster",
            "DeleteCluster",
            "UpdateCluster",
            "UpdateClusterSettings",
            "PutClusterCapacityProviders",
            "CreateCapacityProvider",
            "UpdateCapacityProvider",
            "DeleteCapacityProvider",
        ),
    ),
    "tag read": Category(50, 20, ("ListTagsForResource",)),
    "tag modify": Category(20, 10, ("TagResource", "UntagResource")),
    "task definition read": Category(
        50, 20, ("DescribeTaskDefinition", "ListTaskDefinitions", "ListTaskDefinitionFamilies")
    ),
    "task definition modify": Category(
        20, 1, ("RegisterTaskDefinition", "DeregisterTaskDefinition")
    ),
    "task definition delete": Category(5, 1, ("DeleteTaskDefinitions",)),
    "service read": Category(
        100,
        20,
        (
            "DescribeServices",
            "ListServices",
            "ListServicesByNamespace",
            "DescribeTaskSets",
            "DescribeServiceDeployments",
            "ListServiceDeployments",
            "DescribeServiceRevisions",
            "GetTaskProtection",
        ),
    ),
    "service modify": Category(
        50,
        5,
        (
            "CreateService",
            "UpdateService",
            "DeleteService",
            "CreateTaskSet",
            "UpdateTaskSet",
            "DeleteTaskSet",
            "UpdateServicePrimaryTaskSet",
            "UpdateTaskProtection",
            "StopServiceDeployment",
        ),
    ),
    "agent modify": Category(
        200,
        120,
        (
            "RegisterContainerInstance",
            "SubmitTaskStateChange",
            "SubmitContainerStateChange",
            "SubmitAttachmentStateChanges",
            "DiscoverPollEndpoint",
        ),
    ),
}

CATEGORY_OF: dict[str, str] = {
    operation: name for name, category in CATEGORIES.items() for operation in category.operations
}


class QuotaSwitches(Protocol):
    """What the buckets want to know of the world's switches."""

    @property
    def quota_scale(self) -> float:
        """Multiple of ECS's documented quota; ``math.inf``: nothing is ever throttled."""


class Buckets:
    """The buckets of one account and region, full at first.

    Attributes:
        spent: Accepted calls per operation.
        throttled: Refused calls per operation.
    """

    def __init__(self, switches: QuotaSwitches) -> None:
        self._scale = switches.quota_scale
        if not self._scale > 0:
            raise ValueError(f"quota_scale is a number above 0, not {self._scale}")
        self._levels: dict[str, tuple[float, float]] = {}
        self.spent: dict[str, int] = {}
        self.throttled: dict[str, int] = {}

    def tokens(self, category: str, now: float) -> float:
        """Tell how many tokens a category holds; ``math.inf`` where nothing is throttled."""
        if math.isinf(self._scale):
            return math.inf
        rule = CATEGORIES[category]
        level, since = self._levels.get(category, (rule.burst * self._scale, now))
        # max: a caller whose clock stood still or went back gains nothing, and loses nothing
        gained = max(0.0, now - since) * rule.per_second * self._scale
        return min(rule.burst * self._scale, level + gained)

    def take(self, operation: str, now: float) -> None:
        """Spend one token for a call at `now`, in epoch seconds.

        Operations that ECS's table does not name are counted and never refused.

        Raises:
            WorldError: ``ThrottlingException``, as ECS words it.
        """
        category = CATEGORY_OF.get(operation)
        if category is not None and not math.isinf(self._scale):
            tokens = self.tokens(category, now)
            if tokens < 1.0 - ROUNDING:
                self.throttled[operation] = self.throttled.get(operation, 0) + 1
                raise WorldError("ThrottlingException", "Rate exceeded", 400)
            since = max(now, self._levels.get(category, (0.0, now))[1])
            self._levels[category] = (tokens - 1.0, since)
        self.spent[operation] = self.spent.get(operation, 0) + 1
