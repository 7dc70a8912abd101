"""Telling the control plane what became of tasks, until it has acknowledged all of it."""

from __future__ import annotations

import asyncio
import logging

from daemonctl.local.agent.backoff import Backoff
from daemonctl.local.agent.plane import AwayError, NoError, Plane
from daemonctl.local.agent.record import Task
from daemonctl.local.agent.reports import accepted, next_report
from daemonctl.local.agent.session import Registered
from daemonctl.local.agent.worker import Worker

_LOG = logging.getLogger(__name__)


class Submitter:
    """Reports of one worker's tasks: in order for each task, tasks apart from each other."""

    def __init__(
        self, worker: Worker, plane: Plane, who: Registered, changed: asyncio.Event
    ) -> None:
        self._worker = worker
        self._plane = plane
        self._cluster = who.cluster
        self._changed = changed
        self._under_way: set[str] = set()

    async def run(self) -> None:
        """Report for ever."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._changed.clear()
                for arn, task in self._worker.roster.tasks.items():
                    if arn not in self._under_way and next_report(task, self._cluster):
                        self._under_way.add(arn)
                        group.create_task(self._tell(task))
                await self._changed.wait()

    async def _tell(self, task: Task) -> None:
        backoff = Backoff()
        while (report := next_report(task, self._cluster)) is not None:
            try:
                await self._plane.call("SubmitTaskStateChange", report.params)
            except AwayError as no:
                _LOG.info("%s: %s is not told yet: %s", task.arn, report.status, no)
                await asyncio.sleep(backoff.wait())
                continue
            except NoError as no:
                _LOG.warning(
                    "%s: the control plane does not take %s: %s", task.arn, report.status, no
                )
                task.record.refused = True
            else:
                accepted(task, report)
                _LOG.info("%s: %s %s", task.arn, report.status, report.params.get("reason", ""))
        self._under_way.discard(task.arn)
        self._worker.turn()
