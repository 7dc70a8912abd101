"""ECS's events, as EventBridge wraps them (fact sheet §4), handed to the queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world.names import iso, iso_seconds
from daemonctl.local.world.render import attribute_rows, network_bindings, registered_rows
from daemonctl.local.world.room import room_wire

if TYPE_CHECKING:
    from daemonctl.local.world.core import Core, Event
    from daemonctl.local.world.instance import Instance
    from daemonctl.local.world.service import Deployment, Service
    from daemonctl.local.world.task import Container, Task

INSTANCE_CHANGE = "ECS Container Instance State Change"
TASK_CHANGE = "ECS Task State Change"
SERVICE_ACTION = "ECS Service Action"
DEPLOYMENT_CHANGE = "ECS Deployment State Change"


def tell_instance(core: Core, instance: Instance, now: float) -> None:
    """An instance changed: its version rises and an event goes out."""
    instance.version += 1
    detail: Event = {
        "agentConnected": instance.connected,
        "attributes": attribute_rows(instance),
        "clusterArn": instance.cluster_arn,
        "containerInstanceArn": instance.arn,
        "ec2InstanceId": instance.host.id,
        "pendingTasksCount": instance.pending,
        "registeredAt": iso(instance.registered_at),
        "registeredResources": registered_rows(instance),
        "remainingResources": room_wire(instance.remaining),
        "runningTasksCount": instance.running,
        "status": instance.status,
        "updatedAt": iso(now),
        "version": instance.version,
        "versionInfo": instance.version_info,
    }
    send(core, instance.cluster, INSTANCE_CHANGE, instance.arn, detail, now)


def tell_task(core: Core, task: Task, now: float) -> None:
    """A task changed: its version rises and an event goes out; it carries no health."""
    task.version += 1
    detail: Event = {
        "clusterArn": task.cluster_arn,
        "connectivity": "CONNECTED" if task.instance.connected else "DISCONNECTED",
        "containerInstanceArn": task.instance.arn,
        "containers": [_container(task, container) for container in task.containers],
        "cpu": str(task.needs.cpu),
        "createdAt": iso(task.created_at),
        "desiredStatus": task.desired_status,
        "group": task.group,
        "lastStatus": task.last_status,
        "launchType": task.launch_type,
        "memory": str(task.needs.memory),
        "overrides": {"containerOverrides": []} | dict(task.overrides),
        "taskArn": task.arn,
        "taskDefinitionArn": task.definition.arn,
        "updatedAt": iso(now),
        "version": task.version,
    }
    for key, words in (
        ("startedBy", task.started_by),
        ("stopCode", task.stop_code),
        ("stoppedReason", task.stopped_reason),
    ):
        if words is not None:
            detail[key] = words
    for key, moment in (
        ("pullStartedAt", task.pull_started_at),
        ("pullStoppedAt", task.pull_stopped_at),
        ("startedAt", task.started_at),
        ("stoppingAt", task.stopping_at),
        ("executionStoppedAt", task.ended_at),
        ("stoppedAt", task.stopped_at),
    ):
        if moment is not None:
            detail[key] = iso(moment)
    send(core, task.cluster, TASK_CHANGE, task.arn, detail, now)


def tell_service(
    core: Core, service: Service, name: str, now: float, *, kind: str = "INFO", **more: object
) -> None:
    """A service action, such as SERVICE_STEADY_STATE; it has no version."""
    detail: Event = {
        "eventType": kind,
        "eventName": name,
        "clusterArn": service.cluster_arn,
        "createdAt": iso(now),
        **more,
    }
    send(core, service.cluster, SERVICE_ACTION, service.arn, detail, now)


def tell_deployment(
    core: Core, service: Service, deployment: Deployment, name: str, now: float
) -> None:
    """A deployment's state changed; its detail names no cluster."""
    detail: Event = {
        "eventType": "ERROR" if name.endswith("FAILED") else "INFO",
        "eventName": name,
        "deploymentId": deployment.id,
        "updatedAt": iso(now),
        "reason": deployment.rollout_reason,
    }
    send(core, service.cluster, DEPLOYMENT_CHANGE, service.arn, detail, now)


def _container(task: Task, container: Container) -> Event:
    row: Event = {
        "containerArn": container.arn,
        "name": container.definition.name,
        "image": container.definition.image,
        "lastStatus": container.last_status,
        "taskArn": task.arn,
        "networkInterfaces": [],
    }
    if container.host_ports or container.bindings:
        row["networkBindings"] = network_bindings(container)
    if container.runtime_id is not None:
        row["runtimeId"] = container.runtime_id
    if container.image_digest is not None:
        row["imageDigest"] = container.image_digest
    if container.exit_code is not None:
        row["exitCode"] = container.exit_code
    if container.reason is not None:
        row["reason"] = container.reason
    return row


def send(  # noqa: PLR0917  the parts of one envelope
    core: Core,
    cluster: str,
    kind: str,
    resource: str,
    detail: Event,
    now: float,
    source: str = "aws.ecs",
) -> None:
    """Wrap an event in its envelope and hand it to the cluster's queues."""
    envelope: Event = {
        "version": "0",
        "id": core.names.fresh_uuid(),
        "detail-type": kind,
        "source": source,
        "account": core.account,
        "time": iso_seconds(now),
        "region": core.region,
        "resources": [resource],
        "detail": detail,
    }
    core.publish(cluster, envelope, now)
