"""Things as ECS answers them in its API; events say the same in other words (events.py).

Answers share the parts that do not change (attributes, registered resources) with the world and
with each other: they are to be read, never written.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from daemonctl.local.world.fields import tag_rows
from daemonctl.local.world.room import room_wire

if TYPE_CHECKING:
    from daemonctl.local.world.cluster import Cluster
    from daemonctl.local.world.fields import Answer
    from daemonctl.local.world.instance import Instance
    from daemonctl.local.world.task import Container, Task


@lru_cache(maxsize=65_536)
def _attribute_row(name: str, value: str | None) -> dict[str, object]:
    return {"name": name} if value is None else {"name": name, "value": value}


def attribute_rows(instance: Instance) -> list[dict[str, object]]:
    """An instance's attributes; made anew only after they changed."""
    if instance.attribute_rows is None:
        instance.attribute_rows = [
            _attribute_row(name, value) for name, value in instance.attributes.items()
        ]
    return instance.attribute_rows


def registered_rows(instance: Instance) -> list[dict[str, object]]:
    """``registeredResources``, which never change."""
    if instance.registered_rows is None:
        instance.registered_rows = room_wire(instance.registered)
    return instance.registered_rows


def instance_wire(instance: Instance, *, tags: bool = False, health: bool = False) -> Answer:
    """A container instance as DescribeContainerInstances shows it."""
    answer: Answer = {
        "containerInstanceArn": instance.arn,
        "ec2InstanceId": instance.host.id,
        "version": instance.version,
        "versionInfo": instance.version_info,
        "remainingResources": room_wire(instance.remaining),
        "registeredResources": registered_rows(instance),
        "status": instance.status,
        "agentConnected": instance.connected,
        "runningTasksCount": instance.running,
        "pendingTasksCount": instance.pending,
        "attributes": attribute_rows(instance),
        "registeredAt": instance.registered_at,
        "attachments": [],
    }
    if instance.capacity_provider is not None:
        answer["capacityProviderName"] = instance.capacity_provider
    if tags:
        answer["tags"] = tag_rows(instance.tags)
    if health:
        answer["healthStatus"] = {
            "overallStatus": "OK" if instance.connected else "INSUFFICIENT_DATA",
            "details": [],
        }
    return answer


def task_wire(task: Task, *, tags: bool = False) -> Answer:
    """A task as DescribeTasks shows it; times that have not come are left out."""
    instance = task.instance
    zone = instance.host.zone
    answer: Answer = {
        "attachments": [],
        "attributes": [],
        "availabilityZone": zone,
        "clusterArn": task.cluster_arn,
        "connectivity": "CONNECTED" if instance.connected else "DISCONNECTED",
        "connectivityAt": max(instance.connection_changed_at, task.created_at),
        "containerInstanceArn": instance.arn,
        "containers": [_container_wire(task, container) for container in task.containers],
        "cpu": str(task.needs.cpu),
        "createdAt": task.created_at,
        "desiredStatus": task.desired_status,
        "enableExecuteCommand": task.execute_command,
        "group": task.group,
        "healthStatus": task.health,
        "lastStatus": task.last_status,
        "launchType": task.launch_type,
        "memory": str(task.needs.memory),
        "overrides": {"containerOverrides": [], "inferenceAcceleratorOverrides": []}
        | dict(task.overrides),
        "tags": tag_rows(task.tags) if tags else [],
        "taskArn": task.arn,
        "taskDefinitionArn": task.definition.arn,
        "version": task.version,
    }
    answer.update((key, value) for key, value in _sometimes(task) if value is not None)
    return answer


def _sometimes(task: Task) -> tuple[tuple[str, object], ...]:
    return (
        ("startedBy", task.started_by),
        ("stopCode", task.stop_code),
        ("stoppedReason", task.stopped_reason),
        ("pullStartedAt", task.pull_started_at),
        ("pullStoppedAt", task.pull_stopped_at),
        ("startedAt", task.started_at),
        ("stoppingAt", task.stopping_at),
        ("executionStoppedAt", task.ended_at),
        ("stoppedAt", task.stopped_at),
        ("capacityProviderName", task.instance.capacity_provider),
    )


def _container_wire(task: Task, container: Container) -> Answer:
    answer: Answer = {
        "containerArn": container.arn,
        "taskArn": task.arn,
        "name": container.definition.name,
        "image": container.definition.image,
        "lastStatus": container.last_status,
        "networkBindings": network_bindings(container),
        "networkInterfaces": [],
        "healthStatus": container.health,
        "cpu": str(container.definition.cpu),
    }
    if container.definition.memory is not None:
        answer["memory"] = str(container.definition.memory)
    if container.definition.reservation is not None:
        answer["memoryReservation"] = str(container.definition.reservation)
    if container.runtime_id is not None:
        answer["runtimeId"] = container.runtime_id
    if container.image_digest is not None:
        answer["imageDigest"] = container.image_digest
    if container.exit_code is not None:
        answer["exitCode"] = container.exit_code
    if container.reason is not None:
        answer["reason"] = container.reason
    return answer


def network_bindings(container: Container) -> list[dict[str, object]]:
    """Which port of the host leads to which of the container."""
    if container.bindings:
        return list(container.bindings)
    return [
        {
            "bindIP": "0.0.0.0",  # noqa: S104  what Docker reports, nothing is bound here
            "containerPort": inside,
            "hostPort": outside,
            "protocol": protocol,
        }
        for (inside, protocol), outside in container.host_ports.items()
    ]


def cluster_wire(cluster: Cluster, include: list[str]) -> Answer:
    """A cluster; registeredContainerInstancesCount is ACTIVE and DRAINING ones."""
    answer: Answer = {
        "clusterArn": cluster.arn,
        "clusterName": cluster.name,
        "status": cluster.status,
        "registeredContainerInstancesCount": cluster.registered,
        "runningTasksCount": cluster.running,
        "pendingTasksCount": cluster.pending,
        "activeServicesCount": sum(
            service.status == "ACTIVE" for service in cluster.services.values()
        ),
        "statistics": [],
        "tags": tag_rows(cluster.tags) if "TAGS" in include else [],
        "settings": cluster.settings if "SETTINGS" in include else [],
        "capacityProviders": cluster.capacity_providers,
        "defaultCapacityProviderStrategy": cluster.default_strategy,
    }
    return answer
