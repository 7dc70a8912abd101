"""Two installations on one cluster, with trouble: neither ever stops the other's tasks."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Mapping
from typing import Any

import pytest

from daemonctl.local.world import WorldError
from daemonctl.local.world.ready_made import CLUSTER
from daemonctl.model.ids import Owner
from daemonctl.model.spec import ClusterSpec
from tests.simulation.loop import VirtualLoop
from tests.unit.runtime.rig import Rig, on_virtual_time

FAMILIES = ("consul-agent", "registrator")


class Stops:
    """Whose task each StopTask of one installation named."""

    def __init__(self, rig: Rig) -> None:
        self.owners: list[str] = []
        transport = rig.transport
        assert transport is not None
        inner = transport.call

        async def call(service: str, operation: str, params: Mapping[str, Any]) -> Any:
            if operation == "StopTask":
                task = rig.world.clusters[CLUSTER].tasks[params["task"]]
                self.owners.append(task.started_by)
            return await inner(service, operation, params)

        transport.call = call  # type: ignore[method-assign] # to listen in


def per_owner(rig: Rig) -> dict[str, int]:
    found: dict[str, int] = {}
    for task in rig.live():
        if task.last_status == "RUNNING":
            found[task.started_by] = found.get(task.started_by, 0) + 1
    return found


def trouble(rig: Rig, dice: random.Random) -> None:
    """A death, a double, or an instance that comes or goes."""
    now, kind = rig.clock.now(), dice.randrange(4)
    live = sorted(rig.live(), key=lambda task: task.arn)
    instances = sorted(rig.world.clusters[CLUSTER].instances)
    if kind == 0 and live:
        rig.world.kill_task(dice.choice(live).arn, now)
    elif kind == 1 and live:
        task = dice.choice(live)
        params = {
            "cluster": CLUSTER,
            "containerInstances": [task.instance.arn],
            "taskDefinition": task.definition.arn,
            "group": task.group,
            "startedBy": task.started_by,
        }
        rig.world.call("ecs", "StartTask", params, now)
    elif kind == 2:
        rig.world.add_instances(CLUSTER, 1, now)
    else:
        rig.world.terminate(dice.choice(instances), now)


@pytest.mark.parametrize("seed", range(5))
def test_neither_touches_the_others_tasks(seed: int) -> None:
    async def story(loop: VirtualLoop) -> None:
        rig, dice = Rig(loop, instances=4), random.Random(seed)
        running, heard = [], []
        for owner in ("blue", "green"):
            spec: ClusterSpec = rig.spec(owner=Owner(owner), queue_url="", poll_seconds=5.0)
            running.append(rig.start(spec))
            heard.append(Stops(rig))
        await rig.settle(60)
        assert per_owner(rig) == {"daemonctl/blue": 8, "daemonctl/green": 8}
        for _ in range(10):
            with contextlib.suppress(WorldError):  # of what has just ended nothing can die
                trouble(rig, dice)
            await rig.settle(dice.uniform(1, 20))
        await rig.settle(120)
        instances = rig.world.clusters[CLUSTER].instances.values()
        active = sum(one.status == "ACTIVE" for one in instances)
        each = len(FAMILIES) * active
        assert per_owner(rig) == {"daemonctl/blue": each, "daemonctl/green": each}
        assert set(heard[0].owners) <= {"daemonctl/blue"}
        assert set(heard[1].owners) <= {"daemonctl/green"}
        assert rig.sink.violations == []
        for service in running:
            await service.stop()

    on_virtual_time(story)
