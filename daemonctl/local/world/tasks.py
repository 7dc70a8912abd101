"""StartTask, StopTask, DescribeTasks."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from daemonctl.local.world import ledger
from daemonctl.local.world.agent import send_order
from daemonctl.local.world.definition import Definition, needs_of
from daemonctl.local.world.definitions import find_to_run
from daemonctl.local.world.errors import invalid
from daemonctl.local.world.fields import (
    Answer,
    Params,
    Tags,
    check_tags,
    flag,
    need_text,
    part,
    parts,
    tags_of,
    text,
    texts,
)
from daemonctl.local.world.launch import obstacle, start
from daemonctl.local.world.render import task_wire
from daemonctl.local.world.task import Launch, Task

if TYPE_CHECKING:
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.instance import Instance
    from daemonctl.local.world.room import Needs

MOST_INSTANCES = 10
MOST_DESCRIBED = 100
MOST_OVERRIDES = 8192
MOST_REASON = 1024
STARTED_BY = re.compile(r"[A-Za-z0-9_/-]{0,36}")
RUN_STARTED_BY = re.compile(r"[A-Za-z0-9_/-]{0,128}")


def start_task(core: Core, params: Params, now: float) -> Answer:
    """StartTask: on each named instance one task, or a failure that says why not."""
    cluster = core.cluster_of(params)
    names = texts(params, "containerInstances")
    if not names:
        raise invalid("Container instances cannot be empty.")
    if len(names) > MOST_INSTANCES:
        raise invalid("Container instances can have at most 10 items.")
    launch = launch_of(core, params, STARTED_BY)
    tasks: list[Answer] = []
    failures: list[Answer] = []
    for name in names:
        instance = core.find_instance(cluster, name)
        reason = "MISSING" if instance is None else _refusal(core, instance, launch)
        if instance is None or reason is not None:
            arn = core.names.full("container-instance", cluster.name, name)
            failures.append({"arn": arn, "reason": reason})
        else:
            tasks.append(task_wire(start(core, instance, launch, now), tags=True))
    return {"tasks": tasks, "failures": failures}


def stop_task(core: Core, params: Params, now: float) -> Answer:
    """StopTask: SIGTERM, and SIGKILL 30 s later; the task's tags are deleted."""
    cluster = core.cluster_of(params)
    task = core.find_task(cluster, need_text(params, "task"))
    if task is None:
        raise invalid("The referenced task was not found.")
    reason = text(params, "reason") or "Task stopped by user"
    if len(reason) > MOST_REASON:
        raise invalid("Reason can have at most 1024 characters.")
    if not stop(core, task, "UserInitiated", reason, now) and not core.switches.stop_is_idempotent:
        raise invalid("The referenced task was not found.")
    return {"task": task_wire(task)}


def stop(core: Core, task: Task, code: str, reason: str, now: float) -> bool:
    """Tell a task to stop and send its agent the order; False if it was told before."""
    if not ledger.mark_stopping(core, task, code, reason, now):
        return False
    send_order(core, task, now)
    return True


def describe_tasks(core: Core, params: Params, now: float) -> Answer:
    """DescribeTasks: at most 100; one that nobody knows (yet, or any more) is MISSING."""
    cluster = core.cluster_of(params)
    names = texts(params, "tasks")
    if not names:
        raise invalid("Tasks cannot be empty.")
    if len(names) > MOST_DESCRIBED:
        raise invalid("Tasks can have at most 100 items.")
    tags = "TAGS" in texts(params, "include")
    found: list[Answer] = []
    failures: list[Answer] = []
    for arn in dict.fromkeys(core.names.full("task", cluster.name, name) for name in names):
        task = cluster.tasks.get(arn)
        if task is None or task.visible_at > now:
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            found.append(task_wire(task, tags=tags))
    return {"tasks": found, "failures": failures}


def launch_of(core: Core, params: Params, started_by_shape: re.Pattern[str]) -> Launch:
    """What a StartTask or RunTask asks for, checked.

    Raises:
        WorldError: in ECS's words for a bad member; unknown or inactive task definition.
    """
    definition = find_to_run(core, need_text(params, "taskDefinition"))
    started_by = text(params, "startedBy")
    if started_by is not None and not started_by_shape.fullmatch(started_by):
        most = "36" if started_by_shape is STARTED_BY else "128"
        raise invalid(
            f"startedBy: up to {most} letters, numbers, hyphens (-), forward slash (/), "
            "and underscores (_) are allowed."
        )
    overrides = part(params, "overrides")
    check_overrides(definition, overrides)
    check_network(definition, params)
    return Launch(
        definition=definition,
        needs=_needs(definition, overrides),
        group=text(params, "group") or f"family:{definition.family}",
        started_by=started_by,
        overrides=overrides,
        tags=_tags(definition, params),
        execute_command=flag(params, "enableExecuteCommand"),
    )


def check_overrides(definition: Definition, overrides: Params) -> None:
    """Overrides have ≤8192 characters and name containers of the task definition."""
    if not overrides:
        return
    if len(json.dumps(overrides)) > MOST_OVERRIDES:
        raise invalid("Overrides can have at most 8192 characters.")
    known = [container.name for container in definition.containers]
    for row in parts(overrides, "containerOverrides"):
        if text(row, "name") not in known:
            raise invalid(
                f"Override for container named {text(row, 'name')} is not a container in the "
                "TaskDefinition."
            )


def check_network(definition: Definition, params: Params) -> None:
    """NetworkConfiguration is for awsvpc only, and there it is needed."""
    given = bool(part(params, "networkConfiguration"))
    if given and definition.network_mode != "awsvpc":
        raise invalid(
            "Network Configuration is not valid for the given networkMode of this task definition."
        )
    if not given and definition.network_mode == "awsvpc":
        raise invalid(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        )


def _needs(definition: Definition, overrides: Params) -> Needs:
    if not overrides:
        return definition.needs
    return needs_of(definition.containers, definition.task_cpu, definition.task_memory, overrides)


def _tags(definition: Definition, params: Params) -> Tags:
    propagate = text(params, "propagateTags") or "NONE"
    if propagate not in {"TASK_DEFINITION", "NONE"}:
        raise invalid("propagateTags must be TASK_DEFINITION or NONE for a task of no service.")
    tags = (dict(definition.tags) if propagate == "TASK_DEFINITION" else {}) | tags_of(params)
    if flag(params, "enableECSManagedTags"):
        tags["aws:ecs:clusterName"] = (text(params, "cluster") or "default").rpartition("/")[2]
    check_tags(tags)
    return tags


def _refusal(core: Core, instance: Instance, launch: Launch) -> str | None:
    if instance.status == "DRAINING" and not core.switches.draining_accepts_start_task:
        return "DRAINING"
    return obstacle(core, instance, launch)
