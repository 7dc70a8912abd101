"""daemonctl's own ECS service: who it is, by the agent's task metadata, and what else runs of it.

Source: ECS Developer Guide, "Task metadata endpoint version 4": ``ECS_CONTAINER_METADATA_URI_V4``
is in the environment of every container of a task, and ``/task`` below it tells the task.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from http.client import HTTPException
from typing import Final
from urllib.request import ProxyHandler, build_opener

import msgspec
from msgspec import Struct

from daemonctl.model.cluster import Task
from daemonctl.model.ids import TaskArn
from daemonctl.ports import Cluster, Sink
from daemonctl.runtime.threads import Threads

METADATA: Final = "ECS_CONTAINER_METADATA_URI_V4"
_SECONDS: Final = 2.0
_LARGEST: Final = 1024 * 1024
_SERVICE: Final = "service:"
_TRIES: Final = 3


class _Told(Struct, rename="pascal"):
    cluster: str = ""
    task_arn: str = msgspec.field(name="TaskARN", default="")


class OwnService:
    """See ports.lease.OwnTasks. ``reach`` makes the cluster of a region by its name or ARN."""

    def __init__(self, reach: Callable[[str, str], Cluster], sink: Sink) -> None:
        self._reach = reach
        self._sink = sink
        self._told: _Told | None = None
        self._threads = Threads(1, "ecs-metadata")

    async def mine(self) -> str:
        """See ports.lease.OwnTasks."""
        return (await self._me()).task_arn

    async def running(self) -> tuple[str, ...]:
        """See ports.lease.OwnTasks."""
        me = await self._me()
        if not me.task_arn:
            return ()
        region = me.task_arn.split(":")[3]
        cluster = self._reach(region, me.cluster)
        found = (await cluster.describe_tasks([TaskArn(me.task_arn)])).found
        service = next((each.group for each in found if each.group.startswith(_SERVICE)), "")
        if not service:
            return ()
        listed = await cluster.list_tasks(service=service.removeprefix(_SERVICE))
        tasks = (await cluster.describe_tasks(listed)).found
        running = [each for each in tasks if each.live and each.last_status == "RUNNING"]
        return tuple(each.arn for each in sorted(running, key=_age))

    async def _me(self) -> _Told:
        """What the metadata endpoint says, asked once; nothing where there is none."""
        if self._told is None:
            at = os.environ.get(METADATA, "")
            self._told = await self._threads.run(lambda: self._ask(at)) if at else _Told()
        return self._told

    def _ask(self, at: str) -> _Told:
        opener = build_opener(ProxyHandler({}))  # it is on this very host
        for tries in range(_TRIES, 0, -1):
            try:
                with opener.open(f"{at}/task", timeout=_SECONDS) as answer:
                    return msgspec.json.decode(answer.read(_LARGEST), type=_Told)
            except (OSError, HTTPException, msgspec.MsgspecError) as error:
                if tries == 1:
                    self._sink.log(
                        "warning",
                        "the ECS task metadata endpoint does not tell which task this is",
                        error=f"{type(error).__name__}: {error}",
                        next_step="without it this replica does not repair when nobody leads",
                    )
        return _Told()


def _age(task: Task) -> tuple[float, str]:
    return task.running_since, task.arn
