from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

import pytest

from daemonctl.local.world import Switches, World, WorldError
from daemonctl.local.world.ready_made import seed

if TYPE_CHECKING:
    from collections.abc import Callable

BEGIN = 1_760_000_000.0


class Ecs:
    """A world with its own clock, its events kept, and short words for what tests do."""

    def __init__(self, instances: int, dice: int, switches: Switches) -> None:
        self.world = World(dice=random.Random(dice).random, switches=switches)
        self.now = BEGIN
        self.events: list[dict[str, Any]] = []
        send = self.world.core.publish

        def keep(cluster: str, event: dict[str, Any], now: float) -> None:
            self.events.append(event)
            send(cluster, event, now)

        self.world.core.publish = keep
        self.hosts = seed(self.world, instances, self.now)
        self.cluster = self.world.clusters["local"]

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        return self.world.call("ecs", operation, {"cluster": "local", **params}, self.now)

    def refused(self, operation: str, **params: Any) -> tuple[str, str]:
        with pytest.raises(WorldError) as caught:
            self.call(operation, **params)
        return caught.value.code, caught.value.message

    def after(self, seconds: float) -> Self:
        self.now += seconds
        self.world.advance(self.now)
        return self

    def start(self, *hosts: str, family: str = "consul-agent", **more: Any) -> list[str]:
        answer = self.call(
            "StartTask", taskDefinition=family, containerInstances=list(hosts), **more
        )
        assert answer["failures"] == []
        return [task["taskArn"] for task in answer["tasks"]]

    def serve(self, name: str = "web", count: int = 4, **more: Any) -> dict[str, Any]:
        given = {"taskDefinition": "kibana", "desiredCount": count, **more}
        return self.call("CreateService", serviceName=name, **given)["service"]

    def spread(self, name: str = "web") -> dict[int, int]:
        """How many tasks of a service with desiredStatus RUNNING each instance has."""
        tasks = self.cluster.services[name].tasks
        return dict(Counter(self.hosts.index(task.instance.arn) for task in tasks))

    def drain(self, host: int) -> None:
        names = [self.hosts[host]]
        self.call("UpdateContainerInstancesState", containerInstances=names, status="DRAINING")

    def failure(self, host: str, family: str = "consul-agent") -> str:
        answer = self.call("StartTask", taskDefinition=family, containerInstances=[host])
        assert answer["tasks"] == []
        (row,) = answer["failures"]
        return row["reason"]

    def task(self, arn: str, **more: Any) -> dict[str, Any]:
        answer = self.call("DescribeTasks", tasks=[arn], **more)
        assert answer["failures"] == []
        return answer["tasks"][0]

    def instance(self, arn: str) -> dict[str, Any]:
        answer = self.call("DescribeContainerInstances", containerInstances=[arn])
        assert answer["failures"] == []
        return answer["containerInstances"][0]

    def service(self, name: str) -> dict[str, Any]:
        return self.call("DescribeServices", services=[name])["services"][0]

    def listed(self, **params: Any) -> list[str]:
        return self.pages("ListTasks", "taskArns", **params)

    def pages(self, operation: str, member: str, **params: Any) -> list[str]:
        found: list[str] = []
        token: dict[str, Any] = {}
        for _ in range(1000):
            answer = self.call(operation, **params, **token)
            found += answer[member]
            if "nextToken" not in answer:
                return found
            token = {"nextToken": answer["nextToken"]}
        raise AssertionError("the pages never end")

    def register(self, family: str, *containers: dict[str, Any], **more: Any) -> str:
        rows = [{"image": "x:1", "memory": 64, "cpu": 64, **row} for row in containers]
        answer = self.call(
            "RegisterTaskDefinition", family=family, containerDefinitions=rows, **more
        )
        return answer["taskDefinition"]["taskDefinitionArn"]

    def told(self, kind: str, arn: str | None = None) -> list[dict[str, Any]]:
        return [
            event
            for event in self.events
            if event["detail-type"] == kind and (arn is None or event["resources"] == [arn])
        ]

    def left(self, arn: str) -> dict[str, Any]:
        rows = self.instance(arn)["remainingResources"]
        return {row["name"]: row.get("stringSetValue", row["integerValue"]) for row in rows}


@pytest.fixture
def make() -> Callable[..., Ecs]:
    def build(instances: int = 3, dice: int = 1, **switches: Any) -> Ecs:
        return Ecs(instances, dice, Switches(**switches))

    return build


@pytest.fixture
def ecs(make: Callable[..., Ecs]) -> Ecs:
    return make()
