"""Orders to an agent of its own: posted in order, kept until it acknowledges them.

A face of the world takes them from here to the agent. Nothing is lost where it cannot: what was
not acknowledged is there again, also after a restart of the control plane.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world import reports
from daemonctl.local.world.agent_link import AgentLink, Payload
from daemonctl.local.world.payload import task_payload
from daemonctl.local.world.task import QUEUED, RUNNING, STOPPING, WAITING

if TYPE_CHECKING:
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.fields import Answer
    from daemonctl.local.world.instance import Instance
    from daemonctl.local.world.task import Task

MILLISECONDS = 1000


def post(core: Core, link: AgentLink, task: Task, now: float) -> None:
    """Note what is wanted of a task for the agent that has it."""
    link.sequence += 1
    link.outbox.append(
        Payload(
            id=core.names.fresh_uuid(),
            sequence=link.sequence,
            generated_at=now,
            task_arn=task.arn,
            stops=task.desired_status == "STOPPED",
            task=task_payload(task),
        )
    )


def post_again(core: Core, instance: Instance, link: AgentLink, now: float) -> None:
    """The agent lost its memory: it is told of every task that it should have."""
    link.outbox.clear()
    for task in instance.tasks.values():
        post(core, link, task, now)


def acknowledge(core: Core, instance: Instance, link: AgentLink, message: str, now: float) -> None:
    """The agent has the order, and has kept it; a message that nobody knows is no error."""
    for payload in link.outbox:
        if payload.id == message:
            link.outbox.remove(payload)
            break
    else:
        return
    task = instance.tasks.get(payload.task_arn)
    if task is None:
        return
    if not payload.stops and task.on_host == WAITING:
        task.on_host = QUEUED
    elif payload.stops and task.on_host == RUNNING:
        task.on_host = STOPPING
        if core.switches.intermediate_statuses:
            reports.apply_report(core, task, "STOPPING", now, now)


def payload_wire(instance: Instance, payload: Payload) -> Answer:
    """A PayloadMessage."""
    return {
        "clusterArn": instance.cluster_arn,
        "containerInstanceArn": instance.arn,
        "messageId": payload.id,
        "seqNum": payload.sequence,
        "generatedAt": int(payload.generated_at * MILLISECONDS),
        "tasks": [payload.task],
    }


def manifest_wire(core: Core, instance: Instance, link: AgentLink, now: float) -> Answer:
    """A TaskManifestMessage: all tasks that ECS has on the instance.

    Its ``timeline`` is newer than any message before: an agent passes over an older one.
    """
    link.sequence += 1
    return {
        "clusterArn": instance.cluster_arn,
        "containerInstanceArn": instance.arn,
        "messageId": core.names.fresh_uuid(),
        "generatedAt": int(now * MILLISECONDS),
        "timeline": link.sequence,
        "tasks": [_identifier(task) for task in instance.tasks.values()],
    }


def unwanted(instance: Instance, candidates: list[str]) -> list[str]:
    """Which of the tasks that an agent asks about are to be stopped: all that should not run."""
    return [
        arn
        for arn in candidates
        if (task := instance.tasks.get(arn)) is None or task.desired_status == "STOPPED"
    ]


def _identifier(task: Task) -> Answer:
    return {
        "taskArn": task.arn,
        "taskClusterArn": task.cluster_arn,
        "desiredStatus": task.desired_status,
    }
