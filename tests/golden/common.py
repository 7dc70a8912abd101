"""What stories have in common."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from daemonctl.local.world.ready_made import CLUSTER
from tests.golden.stage import Stage

Story = Callable[[Stage], Awaitable[None]]

OURS = "daemonctl/prod"


async def converged(stage: Stage, instances: int = 3) -> None:
    stage.seed(instances)
    stage.start()
    await stage.passes(60)


def kill(stage: Stage, instance: str, family: str = "consul-agent") -> None:
    arn = stage.arn(instance)
    for task in stage.world.clusters[CLUSTER].tasks.values():
        if task.instance.arn == arn and task.definition.family == family and task.counts:
            stage.world.kill_task(task.arn, stage.now, exit_code=137)
            return


async def fault_then_kill(stage: Stage, kind: str, *, seconds: float, size: float = 0.0) -> str:
    await converged(stage)
    first = stage.instances[0]
    stage.world.faults.set(kind, rate=1.0, size=size or None)
    kill(stage, first)
    await stage.passes(seconds)
    return first
