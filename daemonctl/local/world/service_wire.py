"""A service as DescribeServices shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world import deployments
from daemonctl.local.world.fields import tag_rows

if TYPE_CHECKING:
    from daemonctl.local.world.fields import Answer
    from daemonctl.local.world.service import Service


def wire(service: Service, *, tags: bool = False) -> Answer:
    """A service as DescribeServices shows it."""
    rows = [deployments.wire(service, row) for row in service.deployments]
    tasks = service.tasks
    running = sum(task.last_status == "RUNNING" for task in tasks)
    least, most = deployments.percents(service)
    rule = {"minimumHealthyPercent": least, "maximumPercent": most}
    answer: Answer = {
        "placementConstraints": [],
        "placementStrategy": [],
        "loadBalancers": [],
        "serviceRegistries": [],
        "propagateTags": "NONE",
        "enableECSManagedTags": False,
        "enableExecuteCommand": False,
        **{key: value for key, value in service.settings.items() if key != "clientToken"},
        "serviceArn": service.arn,
        "serviceName": service.name,
        "clusterArn": service.cluster_arn,
        "status": service.status,
        "desiredCount": service.desired_count,
        "runningCount": running,
        "pendingCount": len(tasks) - running,
        "launchType": "EC2",
        "schedulingStrategy": service.strategy,
        "deploymentController": {"type": "ECS"},
        "deployments": rows,
        "events": list(service.events),
        "createdAt": service.created_at,
    }
    given = service.settings.get("deploymentConfiguration")
    answer["deploymentConfiguration"] = rule | (dict(given) if isinstance(given, dict) else {})
    if tags:
        answer["tags"] = tag_rows(service.tags)
    return answer
