"""Readiness by Consul in whole plans: what starts, what waits, what is told."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.discovery import Agent, AgentState, Catalog
from daemonctl.model.memory import Memory
from daemonctl.model.observed import Host, Observed
from daemonctl.model.plan import Plan
from daemonctl.model.reason import Code, Notice
from daemonctl.model.spec import Dependency, DependsOn
from tests.unit.planning.scenery import (
    AGENT,
    NOW,
    REGISTRATOR,
    applied,
    desired,
    host,
    observed,
    planned,
    spec,
    starts,
    stops,
    task,
    verdict,
)

WANTED = desired(spec(agent_alive=True), spec(REGISTRATOR, AGENT))
KNOWN = Catalog(known=True, as_of=NOW - 5)


def one(state: AgentState | None, *, age: float = 3600.0) -> Host:
    agent = None if state is None else Agent(state, 'Consul node "x" is so')
    return structs.replace(host(1, task(age=age)), agent=agent)


def told(made: Plan) -> dict[Notice, str]:
    return {each.notice: each.words for each in made.conditions}


def seen(*hosts: Host, catalog: Catalog | None = KNOWN, **other: object) -> Observed:
    return observed(*hosts, catalog=catalog, **other)


def test_the_dependent_starts_once_the_agent_is_alive() -> None:
    made = planned(WANTED, one(AgentState.ALIVE))
    assert verdict(made).code is Code.READY
    assert [name for name, _ in starts(made)] == [REGISTRATOR]


@pytest.mark.parametrize("state", [AgentState.FAILED, AgentState.ABSENT])
@pytest.mark.parametrize("age", [60.0, 3600.0])
def test_the_dependent_waits_while_the_agent_is_not_alive(state: AgentState, age: float) -> None:
    made = planned(WANTED, one(state, age=age))
    assert starts(made) == []
    assert verdict(made, REGISTRATOR).code is Code.BLOCKED


@pytest.mark.parametrize("state", [None, AgentState.AMBIGUOUS])
def test_starts_go_by_ecs_where_consul_cannot_say(state: AgentState | None) -> None:
    """Consul being down must not keep Consul agents, or what depends on them, down."""
    made = planned(WANTED, one(state))
    assert verdict(made).code is Code.UNKNOWN
    assert [name for name, _ in starts(made)] == [REGISTRATOR]


@pytest.mark.parametrize("condition", [DependsOn.START, DependsOn.HEALTHY])
def test_a_lesser_condition_does_not_ask_consul(condition: DependsOn) -> None:
    wanted = desired(spec(agent_alive=True), spec(REGISTRATOR, Dependency(AGENT, condition)))
    for state in (None, *AgentState):
        assert [name for name, _ in starts(planned(wanted, one(state)))] == [REGISTRATOR]


def test_a_daemon_that_does_not_ask_is_ready_by_ecs_alone() -> None:
    made = planned(desired(spec()), one(AgentState.FAILED))
    assert verdict(made).code is Code.READY


def test_an_agent_that_stays_failed_is_replaced_within_the_budget() -> None:
    wanted = desired(spec(agent_alive=True))
    others = [structs.replace(host(n, task(n)), agent=_alive()) for n in range(2, 11)]
    view = seen(one(AgentState.FAILED), *others)
    first = planned(wanted, view)
    assert stops(first) == []
    found = verdict(first)
    assert (found.code, found.until) == (Code.UNHEALTHY, NOW + 60)
    assert found.words == 'Consul node "x" is so; replaced if it stays so'
    later = planned(wanted, view, applied(Memory(), first), at=60.0)
    assert stops(later) == [task().arn]


def _alive() -> Agent:
    return Agent(AgentState.ALIVE, "alive")


@pytest.mark.parametrize("state", [None, AgentState.AMBIGUOUS])
def test_an_outage_of_consul_stops_nothing(state: AgentState | None) -> None:
    wanted = desired(spec(agent_alive=True))
    catalog = Catalog(known=False, as_of=NOW - 3600)
    view = seen(one(state), catalog=catalog, as_of=NOW + 7000)
    memory = Memory()
    for at in (0.0, 60.0, 600.0, 7200.0):
        made = planned(wanted, view, memory, at=at)
        assert made.actions == ()
        memory = applied(memory, made)


def test_a_catalog_that_is_not_known_is_told() -> None:
    made = planned(WANTED, seen(one(None), catalog=Catalog(known=False, as_of=NOW - 61)))
    assert told(made)[Notice.CONSUL_UNKNOWN] == (
        "Consul's catalog is not known: starts go by what ECS tells, updates wait, "
        "gates keep their value"
    )


def test_the_first_answer_is_waited_for_before_it_is_missed() -> None:
    view = seen(one(None), catalog=Catalog(), first_full_at=NOW - 59)
    made = planned(WANTED, view)
    assert told(made) == {}
    assert made.wake == NOW + 1
    assert Notice.CONSUL_UNKNOWN in told(planned(WANTED, view, at=1.0))


def test_before_the_first_view_an_unknown_catalog_is_told_as_well() -> None:
    view = seen(catalog=Catalog(), first_full_at=None, complete=False)
    assert Notice.CONSUL_UNKNOWN in told(planned(WANTED, view))


def test_ambiguous_instances_are_counted() -> None:
    made = planned(WANTED, seen(one(AgentState.AMBIGUOUS), catalog=Catalog(True, NOW, 1)))
    assert told(made)[Notice.CONSUL_AMBIGUOUS] == (
        "more than one Consul node is alive that may be the agent of the same instance; "
        "such instances: 1"
    )


def test_nothing_is_told_of_a_known_catalog_or_where_nobody_asks() -> None:
    assert told(planned(WANTED, seen(one(AgentState.ALIVE)))) == {}
    assert told(planned(WANTED, seen(one(None), catalog=None))) == {}
