"""Deployments of a service: how one begins, is counted, completes, fails and is rolled back."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from daemonctl.local.world.events import tell_deployment, tell_service
from daemonctl.local.world.fields import flag, number, part, text
from daemonctl.local.world.launch import start
from daemonctl.local.world.names import iso
from daemonctl.local.world.service import DAEMON, Deployment
from daemonctl.local.world.task import Launch, Task
from daemonctl.local.world.tasks import stop

if TYPE_CHECKING:
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.definition import Definition
    from daemonctl.local.world.fields import Params
    from daemonctl.local.world.instance import Instance
    from daemonctl.local.world.service import Service

LEAST_THRESHOLD, MOST_THRESHOLD = 3, 200
"""Bounds of the circuit breaker's threshold of 0.5 x desired count (API reference)."""

SOON = 0.1
"""The least wait until a service is looked at again, so that time always goes on."""

FREE_FAILURES = 1
FIRST_DELAY = 10.0
MOST_DELAY = 900.0
"""Tasks that never reach RUNNING are retried with delays up to 15 min."""


def begin(core: Core, service: Service, definition: Definition, now: float, why: str) -> None:
    """A new PRIMARY deployment; the one before turns ACTIVE until its tasks are gone."""
    deployment = Deployment(
        id=f"ecs-svc/{core.names.fresh_number()}",
        definition=definition,
        created_at=now,
        updated_at=now,
        settings=dict(service.settings),
    )
    for older in service.deployments:
        older.status = "ACTIVE"
        older.updated_at = now
    service.deployments.insert(0, deployment)
    service.failures, service.hold_until, service.said = 0, 0.0, ""
    deployment.rollout_reason = f"ECS deployment {deployment.id} {why}."
    tell_deployment(core, service, deployment, "SERVICE_DEPLOYMENT_IN_PROGRESS", now)


def launch(core: Core, service: Service, instance: Instance, now: float) -> Task:
    """Start one task of the PRIMARY deployment on an instance."""
    task = start(core, instance, launch_of(service), now)
    service.primary.tasks[task.arn] = task
    return task


def launch_of(service: Service) -> Launch:
    """What a task of the PRIMARY deployment is."""
    deployment = service.primary
    definition = deployment.definition
    propagate = text(service.settings, "propagateTags")
    tags = {"SERVICE": service.tags, "TASK_DEFINITION": definition.tags}.get(propagate or "", {})
    return Launch(
        definition=definition,
        needs=definition.needs,
        group=f"service:{service.name}",
        started_by=deployment.id,
        tags=dict(tags),
        service=service.name,
        deployment=deployment.id,
        execute_command=flag(service.settings, "enableExecuteCommand"),
    )


def stop_one(core: Core, task: Task, now: float) -> None:
    """The scheduler stops a task, in its own words."""
    words = f"Scaling activity initiated by (deployment {task.deployment})"
    stop(core, task, "ServiceSchedulerInitiated", words, now)


def task_left(core: Core, service: Service, task: Task, now: float) -> None:
    """A task of the service is on its way out: book it, and count a failure to start."""
    deployment = next((row for row in service.deployments if row.id == task.deployment), None)
    if deployment is None:
        return
    deployment.tasks.pop(task.arn, None)
    unhealthy = task.health == "UNHEALTHY" and task.stop_code == "ServiceSchedulerInitiated"
    if task.stop_code != "TaskFailedToStart" and not unhealthy:
        return
    deployment.failed_tasks += 1
    service.failures += 1
    if service.failures > FREE_FAILURES:
        delay = FIRST_DELAY * 2.0 ** min(service.failures - FREE_FAILURES - 1, 10)
        service.hold_until = now + min(delay, MOST_DELAY)
    if service.failures == LEAST_THRESHOLD:
        words = f"(service {service.name}) is unable to consistently start tasks successfully."
        say(core, service, words, now)
        tell_service(core, service, "SERVICE_TASK_START_IMPAIRED", now, kind="WARN")
    _break_circuit(core, service, deployment, now)


def complete(core: Core, service: Service, now: float) -> None:
    """All tasks of the PRIMARY deployment run and nothing else does: steady."""
    deployment = service.primary
    service.deployments = [deployment]
    service.short = False
    if deployment.rollout_state == "IN_PROGRESS":
        deployment.rollout_state, deployment.updated_at = "COMPLETED", now
        deployment.rollout_reason = f"ECS deployment {deployment.id} completed."
        service.last_good = deployment
        say(core, service, f"(service {service.name}) (deployment {deployment.id}) "
            "deployment completed.", now)  # fmt: skip
        tell_deployment(core, service, deployment, "SERVICE_DEPLOYMENT_COMPLETED", now)
    if say(core, service, f"(service {service.name}) has reached a steady state.", now):
        tell_service(core, service, "SERVICE_STEADY_STATE", now)


def forget_empty(service: Service) -> None:
    """Older deployments without tasks are gone."""
    service.deployments = [
        row for row in service.deployments if row.status == "PRIMARY" or row.tasks
    ]


def could_not_place(
    core: Core, service: Service, rows: list[tuple[Instance, str]], now: float
) -> float:
    """Say so once, and tell when to try again."""
    service.short = True
    words = (
        f"(service {service.name}) was unable to place a task because no container instance met "
        "all of its requirements."
    )
    if rows:
        instance, reason = rows[-1]
        words += f" The closest matching (container-instance {instance.id}) has {reason}."
    if say(core, service, words, now):
        tell_service(
            core, service, "SERVICE_TASK_PLACEMENT_FAILURE", now, kind="ERROR",
            containerInstanceArns=[row[0].arn for row in rows[-1:]],
            reason=rows[-1][1] if rows else "NO_INSTANCES",
        )  # fmt: skip
    return core.switches.placement_retry_seconds


def say(core: Core, service: Service, words: str, now: float) -> bool:
    """Add a line to the service's events, unless it was the last one said."""
    if service.said == words:
        return False
    service.said = words
    service.events.appendleft({"id": core.names.fresh_uuid(), "createdAt": now, "message": words})
    return True


def percents(service: Service) -> tuple[int, int]:
    """MinimumHealthyPercent and maximumPercent; 100 and 200, of a DAEMON 0 and 100."""
    rule = part(service.settings, "deploymentConfiguration")
    low, high = (0, 100) if service.strategy == DAEMON else (100, 200)
    least, most = number(rule, "minimumHealthyPercent"), number(rule, "maximumPercent")
    return low if least is None else least, high if most is None else most


def is_well(task: Task) -> bool:
    """RUNNING, and HEALTHY where it has a health check."""
    return task.last_status == "RUNNING" and (not task.has_health_check or task.health == "HEALTHY")


def is_protected(task: Task, now: float) -> bool:
    """Task scale-in protection is on and has not run out."""
    return task.protected_until is not None and now < task.protected_until


def wire(service: Service, deployment: Deployment) -> dict[str, object]:
    """A deployment as DescribeServices shows it."""
    running = sum(task.last_status == "RUNNING" for task in deployment.tasks.values())
    return {
        "id": deployment.id,
        "status": deployment.status,
        "taskDefinition": deployment.definition.arn,
        "desiredCount": service.desired_count if deployment is service.primary else 0,
        "pendingCount": len(deployment.tasks) - running,
        "runningCount": running,
        "failedTasks": deployment.failed_tasks,
        "createdAt": deployment.created_at,
        "updatedAt": deployment.updated_at,
        "launchType": "EC2",
        "rolloutState": deployment.rollout_state,
        "rolloutStateReason": deployment.rollout_reason,
    }


def threshold(service: Service) -> int:
    """Failures to start after which the circuit breaker opens."""
    return min(max(ceil(service.desired_count * 0.5), LEAST_THRESHOLD), MOST_THRESHOLD)


def _breaker(service: Service) -> Params:
    return part(part(service.settings, "deploymentConfiguration"), "deploymentCircuitBreaker")


def _is_rollback(deployment: Deployment, good: Deployment) -> bool:
    """It runs what completed last already: there is nothing to roll back to."""
    return deployment.definition is good.definition


def _break_circuit(core: Core, service: Service, deployment: Deployment, now: float) -> None:
    breaker = _breaker(service)
    if (
        not flag(breaker, "enable")
        or deployment is not service.primary
        or deployment.rollout_state != "IN_PROGRESS"
        or deployment.failed_tasks < threshold(service)
    ):
        return
    deployment.rollout_state, deployment.updated_at = "FAILED", now
    deployment.rollout_reason = (
        f"ECS deployment circuit breaker: tasks failed to start, at {iso(now)}."
    )
    tell_deployment(core, service, deployment, "SERVICE_DEPLOYMENT_FAILED", now)
    good = service.last_good
    if flag(breaker, "rollback") and good is not None and not _is_rollback(deployment, good):
        say(core, service, f"(service {service.name}) rolling back to deployment {good.id}.", now)
        service.settings["taskDefinition"] = good.definition.arn
        begin(core, service, good.definition, now, "in progress, rolling back")
