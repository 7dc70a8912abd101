"""What an agent of its own tells ECS: where to find ECS, and what became of its tasks.

DiscoverPollEndpoint and the Submit…StateChange family. Whose tasks are simulated has no agent
that could speak for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world import reports
from daemonctl.local.world.connection import heard
from daemonctl.local.world.errors import invalid
from daemonctl.local.world.events import tell_task
from daemonctl.local.world.fields import Answer, Params, moment, need_text, number, parts, text
from daemonctl.local.world.ledger import mark_running, mark_stopped
from daemonctl.local.world.task import ENDED, RUNNING

if TYPE_CHECKING:
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.task import Container, Task

UNKNOWN_TASK = "The referenced task was not found."
MOST_REASON = 1024
SHOWN = ("RUNNING", "STOPPED")
"""Statuses of a container that ECS shows; an agent's others are steps on the way: PENDING."""


def discover(core: Core, params: Params, _now: float) -> Answer:
    """DiscoverPollEndpoint: where the agent opens its two websockets, each at ``…/ws``."""
    name = text(params, "containerInstance")
    if name:
        cluster = core.cluster_of(params)
        instance = core.find_instance(cluster, name)
        if instance is None or instance.status == "INACTIVE":
            raise invalid("The referenced container instance was not found.")
        heard(instance)
    return {
        "endpoint": f"{core.base_url}/acs",
        "telemetryEndpoint": f"{core.base_url}/tcs",
        "serviceConnectEndpoint": f"{core.base_url}/acs",
    }


def submit_task(core: Core, params: Params, now: float) -> Answer:
    """SubmitTaskStateChange: RUNNING, STOPPED, or a step on the way, with its containers."""
    task = _task(core, params)
    if task.last_status == "STOPPED":
        return {"acknowledgment": "ack"}
    told, rows = task.version, parts(params, "containers")
    status, ended = text(params, "status"), moment(params, "executionStoppedAt")
    named = [_container(task, row) for row in rows]
    changed = _keep_times(task, params)  # all that can be refused has been refused by now
    for container, row in zip(named, rows, strict=True):
        changed |= _is_news(container, row)
    if status == "RUNNING":
        if task.on_host != RUNNING and task.desired_status == "RUNNING":
            task.on_host = RUNNING
        mark_running(core, task, now, now)
    elif status == "STOPPED":
        task.on_host = ENDED
        code, words = reports.task_end(task)
        words = (text(params, "reason") or words)[:MOST_REASON]
        mark_stopped(core, task, code, words, now if ended is None else ended, now)
    if changed and task.version == told:
        tell_task(core, task, now)
    return {"acknowledgment": "ack"}


def submit_container(core: Core, params: Params, now: float) -> Answer:
    """SubmitContainerStateChange: one container, where the task's own state stays as it is."""
    task = _task(core, params)
    container = _container(task, params)
    if task.last_status != "STOPPED" and _is_news(container, params):
        tell_task(core, task, now)
    return {"acknowledgment": "ack"}


def submit_attachments(_core: Core, params: Params, _now: float) -> Answer:
    """SubmitAttachmentStateChanges: heard and nothing more, for there are no attachments."""
    for row in parts(params, "attachments"):
        need_text(row, "attachmentArn")
        need_text(row, "status")
    return {"acknowledgment": "ack"}


def _task(core: Core, params: Params) -> Task:
    """The task that an agent speaks of.

    Raises:
        WorldError: InvalidParameterException for one that is unknown or simulated: an agent then
            drops its report; ServerException for an agent that was disconnected: it tries again.
    """
    cluster = core.cluster_of(params)
    task = core.find_task(cluster, need_text(params, "task"))
    if task is None or task.instance.agent is None:
        raise invalid(UNKNOWN_TASK)
    heard(task.instance)
    return task


def _container(task: Task, row: Params) -> Container:
    """The container of the task that a row tells of.

    Raises:
        WorldError: the task has no such container.
    """
    name = text(row, "containerName")
    for container in task.containers:
        if container.definition.name == name:
            return container
    raise invalid(f"The task has no container {name!r}.")


def _is_news(container: Container, row: Params) -> bool:
    """Book what is told of one container; False where it says nothing new."""
    before = _facts(container)
    _book(container, row)
    return _facts(container) != before


def _book(container: Container, row: Params) -> None:
    status = text(row, "status")
    if status in SHOWN:
        container.last_status = status
    container.runtime_id = text(row, "runtimeId") or container.runtime_id
    container.image_digest = text(row, "imageDigest") or container.image_digest
    exit_code, reason = number(row, "exitCode"), text(row, "reason")
    container.exit_code = container.exit_code if exit_code is None else exit_code
    if reason:
        container.reason = reason[:MOST_REASON]
    bindings = parts(row, "networkBindings")
    if bindings:
        container.bindings = tuple(dict(binding) for binding in bindings)


def _facts(container: Container) -> tuple[object, ...]:
    return (
        container.last_status, container.runtime_id, container.image_digest, container.exit_code,
        container.reason, container.bindings,
    )  # fmt: skip


def _keep_times(task: Task, params: Params) -> bool:
    """Book when images were pulled; False where that is nothing new."""
    before = task.pull_started_at, task.pull_stopped_at
    started, stopped = moment(params, "pullStartedAt"), moment(params, "pullStoppedAt")
    task.pull_started_at = before[0] if started is None else started
    task.pull_stopped_at = before[1] if stopped is None else stopped
    return (task.pull_started_at, task.pull_stopped_at) != before
