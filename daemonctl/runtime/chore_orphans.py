"""Tasks of daemons that left the config, on hosts that drain: they would hold them for ever."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from daemonctl.check.orphans import orphan_faults
from daemonctl.model.cluster import Task
from daemonctl.model.desired import Desired
from daemonctl.model.ids import TaskArn, daemon_of, group_of, started_by
from daemonctl.model.observed import Observed
from daemonctl.model.plan import StopKind, StopTask
from daemonctl.model.reason import Code, Condition
from daemonctl.planning.orphans import may_leave
from daemonctl.runtime.chores import State, Tools

_AT_ONCE: Final = 10
_AGAIN_SECONDS: Final = 60.0  # a stop whose effect was never seen is asked for once more


class OrphanChore:
    """Lets them go once nothing else is left there."""

    needs_first_look: ClassVar[bool] = True

    def __init__(self, state: State, tools: Tools) -> None:
        self._state = state
        self._tools = tools
        self._asked: dict[TaskArn, float] = {}

    async def look(
        self, desired: Desired, observed: Observed, now: float, *, may_write: bool
    ) -> Sequence[Condition]:
        """See chores.Chore."""
        mark = started_by(desired.owner)
        specs = (*(daemon.spec for daemon in desired.daemons), *desired.removed)
        groups = [group_of(spec.name) for spec in specs]
        self._asked = {arn: at for arn, at in self._asked.items() if now < at + _AGAIN_SECONDS}
        found = [
            task for task in may_leave(observed, mark, groups, now) if task.arn not in self._asked
        ]
        tokens = self._tools.cluster.tokens().calls
        for task in found[: min(_AT_ONCE, tokens)] if may_write else ():
            host = observed.hosts.get(task.instance)
            services = observed.daemon_services
            faults = orphan_faults(task, host, mark, groups, services, now=now)
            if not self._tools.kept_back("orphans", faults):
                self._asked[task.arn] = now
                await self._stop(task)
        return ()

    async def _stop(self, task: Task) -> None:
        name = daemon_of(task.group)
        if name is None:
            return
        words = f"{name} is not in the config, and nothing else is left on a DRAINING instance"
        code = Code.DRAINING
        stop = StopTask(name, task.instance, task.arn, StopKind.VOLUNTARY, code, words)
        await self._tools.cluster.stop_task(stop)
        self._tools.sink.action(self._tools.alias, stop, "ok", words)
        await self._tools.describe.tasks([task.arn])
