"""The world's truth as JSON, for people and tests that look at it from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daemonctl.local.world import World
    from daemonctl.local.world.instance import Instance
    from daemonctl.local.world.task import Task

    Row = dict[str, object]


def dump(world: World, now: float) -> Row:
    """Tell what there is: hosts, clusters with instances and tasks, queues, faults, API calls."""
    clusters = {
        name: {
            "instances": [_instance(one) for one in cluster.instances.values()],
            "tasks": [_task(one) for one in cluster.tasks.values()],
            "services": list(cluster.services),
        }
        for name, cluster in world.clusters.items()
    }
    return {
        "now": now,
        "clusters": clusters,
        "queues": {name: _queue(world, name, now) for name in world.sqs.names()},
        "events": world.sqs.published,
        "faults": {"active": world.faults.active(now), "hits": world.faults.hits},
        "calls": {"spent": world.buckets.spent, "throttled": world.buckets.throttled},
    }


def _instance(one: Instance) -> Row:
    return {
        "containerInstanceArn": one.arn,
        "ec2InstanceId": one.host.id,
        "ec2State": one.host.state,
        "availabilityZone": one.host.zone,
        "status": one.status,
        "agentConnected": one.connected,
        "version": one.version,
        "remaining": {"cpu": one.remaining.cpu, "memory": one.remaining.memory},
        "attributes": one.attributes,
        "tasks": list(one.tasks),
    }


def _task(one: Task) -> Row:
    return {
        "taskArn": one.arn,
        "family": one.definition.family,
        "taskDefinitionArn": one.definition.arn,
        "containerInstanceArn": one.instance.arn,
        "group": one.group,
        "startedBy": one.started_by,
        "lastStatus": one.last_status,
        "desiredStatus": one.desired_status,
        "onHost": one.on_host,
        "version": one.version,
        "createdAt": one.created_at,
        "startedAt": one.started_at,
        "stoppedAt": one.stopped_at,
        "stopCode": one.stop_code,
        "stoppedReason": one.stopped_reason,
    }


def _queue(world: World, name: str, now: float) -> Row:
    visible, in_flight, delayed = world.sqs.find(name).counts(now)
    return {
        "url": world.sqs.url(name),
        "visible": visible,
        "inFlight": in_flight,
        "delayed": delayed,
    }
