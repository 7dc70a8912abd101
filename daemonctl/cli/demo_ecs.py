"""ECS's own facts for the demo, through boto3 as anybody would ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import boto3
from botocore.config import Config
from msgspec import Struct, convert

from daemonctl.cli.demo_stage import CLUSTER, OWNER, REGION


class Task(Struct):
    """What ECS tells of a task; times are epoch seconds."""

    arn: str
    instance: str
    group: str
    status: str
    started_by: str
    revision: str  # family:revision
    created: float
    started: float | None
    stopping: float | None  # when it was told to stop, or began to by itself
    stopped: float | None
    reason: str
    exit_code: int | None


class Ecs:
    """Questions and a few calls to the local ECS's cluster."""

    def __init__(self, endpoint: str) -> None:
        patience = Config(connect_timeout=2, read_timeout=5, retries={"max_attempts": 2})
        self._ecs = boto3.client("ecs", REGION, endpoint_url=endpoint, config=patience)

    def serve(self, family: str, count: int, *constraints: Mapping[str, str]) -> None:
        """Make a REPLICA service."""
        self._ecs.create_service(
            cluster=CLUSTER,
            serviceName=family,
            taskDefinition=family,
            desiredCount=count,
            placementConstraints=list(constraints),
        )

    def scale(self, service: str, count: int) -> None:
        """Change how many tasks a service should run."""
        self._ecs.update_service(cluster=CLUSTER, service=service, desiredCount=count)

    def drain(self, instance: str) -> None:
        """Set a container instance to DRAINING."""
        self._ecs.update_container_instances_state(
            cluster=CLUSTER, containerInstances=[instance], status="DRAINING"
        )

    def revise(self, family: str) -> str:
        """Register the family's latest revision once more; ``family:revision`` of the new one."""
        latest = self._ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
        kept = ("family", "networkMode", "containerDefinitions", "volumes")
        made = self._ecs.register_task_definition(**{name: latest[name] for name in kept})
        return str(made["taskDefinition"]["taskDefinitionArn"]).rpartition("/")[2]

    def services(self, *names: str) -> list[tuple[str, int, int]]:
        """Name, runningCount and desiredCount of each."""
        found = self._ecs.describe_services(cluster=CLUSTER, services=list(names))["services"]
        return [(each["serviceName"], each["runningCount"], each["desiredCount"]) for each in found]

    def register(self, family: str, memory: int) -> None:
        """Register a task definition of one container with so many MiB."""
        container = {"name": family, "image": family, "memory": memory, "essential": True}
        self._ecs.register_task_definition(family=family, containerDefinitions=[container])

    def ours(self) -> list[Task]:
        """Every live task that the demo's controller started."""
        return self._described(self._listed(startedBy=f"daemonctl/{OWNER}"))

    def ended(self, *families: str) -> list[Task]:
        """Its STOPPED tasks of these families: ECS tells of them for an hour."""
        arns = [
            arn
            for family in families
            for arn in self._listed(family=family, desiredStatus="STOPPED")
        ]
        return [each for each in self._described(arns) if each.started_by == f"daemonctl/{OWNER}"]

    def of_service(self, service: str) -> list[Task]:
        """A service's live tasks."""
        return self._described(self._listed(serviceName=service))

    def left(self, service: str) -> list[Task]:
        """Those that have stopped."""
        return self._described(self._listed(serviceName=service, desiredStatus="STOPPED"))

    def task(self, arn: str) -> Task:
        """One task."""
        return self._described([arn])[0]

    def zones(self) -> dict[str, str]:
        """The availability zone of each container instance, by ARN."""
        return {arn: zone for arn, (zone, _) in self._instances().items()}

    def registered(self) -> dict[str, float]:
        """When each container instance registered, by ARN."""
        return {arn: at for arn, (_, at) in self._instances().items()}

    def _instances(self) -> dict[str, tuple[str, float]]:
        arns = self._ecs.list_container_instances(cluster=CLUSTER)["containerInstanceArns"]
        asked = self._ecs.describe_container_instances(cluster=CLUSTER, containerInstances=arns)
        found = {}
        for each in asked["containerInstances"]:
            attributes = {one["name"]: one.get("value", "") for one in each["attributes"]}
            zone = attributes["ecs.availability-zone"]
            found[each["containerInstanceArn"]] = (zone, each["registeredAt"].timestamp())
        return found

    def _listed(self, **asked: str) -> list[str]:
        return convert(self._ecs.list_tasks(cluster=CLUSTER, **asked)["taskArns"], list[str])

    def _described(self, arns: Sequence[str]) -> list[Task]:
        found: list[Task] = []
        for at in range(0, len(arns), 100):  # DescribeTasks takes a hundred
            batch = list(arns[at : at + 100])
            answer = self._ecs.describe_tasks(cluster=CLUSTER, tasks=batch)
            found.extend(_tasks(answer["tasks"]))
        return found


def _tasks(rows: Sequence[Mapping[str, object]]) -> Iterator[Task]:
    for row in rows:
        containers = row.get("containers")
        codes = (
            [each.get("exitCode") for each in containers] if isinstance(containers, list) else []
        )
        yield Task(
            arn=str(row["taskArn"]),
            instance=str(row["containerInstanceArn"]),
            group=str(row.get("group", "")),
            status=str(row["lastStatus"]),
            started_by=str(row.get("startedBy", "")),
            revision=str(row["taskDefinitionArn"]).rpartition("/")[2],
            created=_seconds(row.get("createdAt")) or 0.0,
            started=_seconds(row.get("startedAt")),
            stopping=_seconds(row.get("stoppingAt")),
            stopped=_seconds(row.get("stoppedAt")),
            reason=str(row.get("stoppedReason", "")),
            exit_code=next((code for code in codes if code is not None), None),
        )


def _seconds(at: object) -> float | None:
    return at.timestamp() if isinstance(at, datetime) else None
