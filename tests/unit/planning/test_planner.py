from __future__ import annotations

import pytest

from daemonctl.model.memory import Memory
from daemonctl.model.plan import INFINITE
from daemonctl.model.reason import Code
from daemonctl.planning.planner import plan
from tests.unit.planning.scenery import (
    AGENT,
    BOTH,
    NOW,
    REGISTRATOR,
    arn,
    crash,
    desired,
    host,
    observed,
    planned,
    spec,
    starts,
    steady,
    stops,
    task,
    verdict,
)


def test_a_new_cluster_gets_its_daemons_dependencies_first() -> None:
    made = planned(BOTH, observed(*(host(n) for n in range(1, 6))))
    assert starts(made) == [(AGENT, arn(n)) for n in range(1, 6)]
    assert verdict(made, REGISTRATOR, 3).code is Code.BLOCKED


def test_a_converged_cluster_is_left_alone() -> None:
    made = planned(BOTH, host(1, task(1), task(2, REGISTRATOR)), steady(BOTH))
    assert (made.actions, made.looks, made.slots, made.daemons) == ((), (), {}, {})
    assert (made.conditions, made.wake) == ((), None)


def test_tasks_of_others_and_orphans_are_left_alone() -> None:
    by_hand = task(1, started_by="", group="family:consul-agent")
    made = planned(desired(), host(1, by_hand, task(2, group="daemonctl-retired"), task(3)))
    assert made.actions == ()


def test_a_foreign_task_does_not_stand_for_ours() -> None:
    assert starts(planned(desired(), host(1, task(1, started_by=""))))


def test_an_empty_cluster_and_no_daemons_give_an_empty_plan() -> None:
    assert planned(BOTH, observed()).verdicts == {}
    nothing = plan(desired(daemons=()), observed(host()), Memory(), INFINITE, NOW)
    assert (nothing.verdicts, nothing.actions) == ({}, ())


def test_the_same_arguments_give_the_same_plan_and_stay_as_they_were() -> None:
    memory = Memory()
    seen = observed(host(1, crash(1)), host(2), host(3, task(2), task(3)))
    first = plan(BOTH, seen, memory, INFINITE, NOW)
    assert plan(BOTH, seen, memory, INFINITE, NOW) == first
    assert memory == Memory()
    assert len(starts(first)) == 3
    assert len(stops(first)) == 1


def test_a_cycle_of_dependencies_is_refused() -> None:
    with pytest.raises(ValueError, match="consul-agent -> registrator -> consul-agent"):
        planned(desired(spec(AGENT, REGISTRATOR), spec(REGISTRATOR, AGENT)), host())
