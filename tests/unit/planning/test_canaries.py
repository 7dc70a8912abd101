"""A canary that cannot be updated where it is gives its place to another one."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.cluster import Resources, Task
from daemonctl.model.ids import ContainerInstanceArn
from daemonctl.model.memory import Memory
from daemonctl.model.observed import Host
from daemonctl.model.rollout import Phase
from daemonctl.model.spec import Canary, Dependency, DependsOn
from tests.unit.planning.rollouts import old, rolling, with_old
from tests.unit.planning.scenery import (
    AGENT,
    REGISTRATOR,
    arn,
    desired,
    host,
    observed,
    planned,
    spec,
    task,
    task_arn,
)

NEEDS = spec(REGISTRATOR, Dependency(AGENT, DependsOn.READY))
WISH = desired(with_old(spec()), with_old(structs.replace(NEEDS, canary=Canary(1))))


def there(number: int, *more: Task, agent: bool = True) -> Host:
    """The old registrator, and an agent, or no room for one."""
    own = [task(number)] if agent else []
    room = Resources(2048, 7680) if agent else Resources()
    outdated = old(number, REGISTRATOR, arn=task_arn(number + 50))
    return host(number, *own, outdated, *more, remaining=room)


def canaries(*hosts: Host) -> tuple[ContainerInstanceArn, ...]:
    """Those of the plan, where the first instance was the canary until now."""
    held = rolling(REGISTRATOR, phase=Phase.CANARY, canaries=(arn(1),))
    memory = Memory(daemons={**rolling().daemons, **held.daemons})
    rollout = planned(WISH, observed(*hosts), memory).daemons.get(REGISTRATOR)
    if rollout is None or rollout.rollout is None:
        return (arn(1),)
    return rollout.rollout.canaries


def test_a_canary_whose_dependency_is_broken_there_is_replaced() -> None:
    assert canaries(there(1, agent=False), there(2)) == (arn(2),)


def test_where_every_dependency_is_broken_there_is_none() -> None:
    assert canaries(there(1, agent=False), there(2, agent=False)) == ()


@pytest.mark.parametrize(
    "first",
    [
        there(1),
        host(1, task(1)),  # it is empty: the update is under way
        host(1, task(1), task(51, REGISTRATOR)),
        there(1, old(61, REGISTRATOR)),  # two: one of them goes first
    ],
    ids=["its turn", "under way", "updated", "doubled"],
)
def test_a_canary_that_can_be_updated_or_has_been_stays(first: Host) -> None:
    assert canaries(first, there(2)) == (arn(1),)
