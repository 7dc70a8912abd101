"""Consul's word in the check: what it says counts, what it cannot say stops no start."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.check.tally import tally
from daemonctl.model.discovery import Agent, AgentState
from daemonctl.model.observed import Host
from daemonctl.model.spec import Dependency, DependsOn
from tests.unit.check.given import (
    AGENT,
    REGISTRATOR,
    arn,
    case,
    daemon,
    desired,
    host,
    observed,
    start,
    stopped,
    task,
)

ASKING = daemon(AGENT, agent_alive=True)


def one(state: AgentState | None, *before: object) -> Host:
    agent = None if state is None else Agent(state, "x")
    gone = stopped("a", stopped_reason="daemonctl: UPDATE: old", created_at=2000.0)
    return structs.replace(host(1, gone, task("b", created_at=3000.0)), agent=agent)


@pytest.mark.parametrize("state", [None, AgentState.ALIVE, AgentState.AMBIGUOUS])
def test_a_start_goes_by_ecs_unless_consul_says_no(state: AgentState | None) -> None:
    wanted = desired(ASKING, daemon(REGISTRATOR, Dependency(AGENT)))
    checked = case(start(REGISTRATOR, 1), seen=observed(one(state)), wanted=wanted).check()
    assert checked.violations == ()


@pytest.mark.parametrize("condition", [DependsOn.START, DependsOn.HEALTHY])
def test_a_lesser_condition_does_not_ask_consul(condition: DependsOn) -> None:
    wanted = desired(ASKING, daemon(REGISTRATOR, Dependency(AGENT, condition)))
    seen = observed(one(AgentState.FAILED))
    assert case(start(REGISTRATOR, 1), seen=seen, wanted=wanted).check().violations == ()


@pytest.mark.parametrize("state", [None, *AgentState])
def test_what_we_took_is_made_good_once_the_agent_is_alive(state: AgentState | None) -> None:
    scene = case(seen=observed(one(state)), wanted=desired(ASKING)).scene()
    assert list(tally(scene, ASKING).lost) == ([] if state is AgentState.ALIVE else [arn(1)])


def test_a_daemon_that_does_not_ask_is_made_good_without_consul() -> None:
    scene = case(seen=observed(one(AgentState.FAILED))).scene()
    assert list(tally(scene, daemon(AGENT)).lost) == []
