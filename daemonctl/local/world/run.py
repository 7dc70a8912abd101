"""RunTask: the scheduler finds the instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world.daemon_service import held_for_daemons
from daemonctl.local.world.errors import WorldError, invalid
from daemonctl.local.world.fields import Answer, Params, number, parts, text
from daemonctl.local.world.launch import start
from daemonctl.local.world.placement import Chooser, Constraints
from daemonctl.local.world.render import task_wire
from daemonctl.local.world.tasks import RUN_STARTED_BY, launch_of

if TYPE_CHECKING:
    from daemonctl.local.world.cluster import Cluster
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.task import Task

MOST_TASKS = 10
MOST_CONSTRAINTS = 10
MOST_STRATEGIES = 5
MOST_TOKEN = 64
MOST_FAILURES = 100
DAY = 86_400.0
HOUR = 3_600.0


def run_task(core: Core, params: Params, now: float) -> Answer:
    """RunTask: count ≤10; the same clientToken gives the first call's tasks again."""
    cluster = core.cluster_of(params)
    known = _known(cluster, params, now)
    if known is not None:
        return {"tasks": [task_wire(task, tags=True) for task in known], "failures": []}
    launch = launch_of(core, params, RUN_STARTED_BY)
    count = number(params, "count")
    count = 1 if count is None else count
    if not 1 <= count <= MOST_TASKS:
        raise invalid("Count must be between 1 and 10.")
    rows = parts(params, "placementConstraints")
    strategy = parts(params, "placementStrategy")
    if len(rows) > MOST_CONSTRAINTS or len(strategy) > MOST_STRATEGIES:
        raise invalid("At most 10 placementConstraints and 5 placementStrategy are allowed.")
    if not cluster.listed:
        raise invalid("No Container Instances were found in your cluster.")
    constraints = Constraints([*rows, *parts(launch.definition.wire, "placementConstraints")])
    chooser = Chooser(core, cluster.listed, launch, constraints, strategy)
    held = held_for_daemons(core, cluster)
    tasks: list[Task] = []
    while len(tasks) < count and (instance := chooser.pick(held)) is not None:
        tasks.append(start(core, instance, launch, now))
        chooser.placed(instance)
    token = text(params, "clientToken")
    if token and tasks:
        cluster.run_tokens[token] = (_sense(params), tasks, now)
    failures: list[Answer] = []
    if len(tasks) < count:
        failures = [
            {"arn": instance.arn, "reason": reason}
            for instance, reason in chooser.failures[:MOST_FAILURES]
        ]
    return {"tasks": [task_wire(task, tags=True) for task in tasks], "failures": failures}


def _known(cluster: Cluster, params: Params, now: float) -> list[Task] | None:
    """The tasks of an earlier call with the same token.

    Raises:
        WorldError: ConflictException where that call had other parameters.
    """
    token = text(params, "clientToken")
    if not token:
        return None
    if len(token) > MOST_TOKEN:
        raise invalid("clientToken can have at most 64 characters.")
    found = cluster.run_tokens.get(token)
    if found is None:
        return None
    sense, tasks, since = found
    if now >= since + DAY or all(
        task.stopped_at is not None and now >= task.stopped_at + HOUR for task in tasks
    ):
        del cluster.run_tokens[token]
        return None
    if sense != _sense(params):
        raise WorldError(
            "ConflictException", "The clientToken was used before with other parameters."
        )
    return tasks


def _sense(params: Params) -> dict[str, object]:
    return {key: value for key, value in params.items() if key != "clientToken"}
