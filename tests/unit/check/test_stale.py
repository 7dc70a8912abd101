"""What may be taken out of Consul through its agent, by the check."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.check.stale import deregister_faults
from daemonctl.model.cluster import Container, Port, Task
from daemonctl.model.discovery import Agent, AgentState, Catalog, Service
from daemonctl.model.observed import Host, Observed
from tests.unit.check.given import NOW, host, observed, task

ENTRY = Service("h1:ecs-web-3-app-a1:80", "web", "10.0.0.1", 32768)
SEEN = observed(catalog=Catalog(known=True, as_of=NOW))
HERE = structs.replace(host(1), agent=Agent(AgentState.ALIVE, "x", "h1", "10.0.0.1"))


def web(*ports: Port, definition: str = "web:3", **other: object) -> Task:
    arn = f"arn:aws:ecs:eu-west-1:1:task-definition/{definition}"
    containers = (Container("app", ports=ports), Container("side"))
    return structs.replace(task("w"), definition=arn, containers=containers, **other)


def faults(
    *tasks: Task,
    entry: Service = ENTRY,
    place: Host = HERE,
    seen: Observed = SEEN,
    since: float = NOW - 60,
) -> list[str]:
    found = deregister_faults(entry, place, tasks, seen, since=since, now=NOW)
    return [words.removeprefix(f"{entry.id} on i-1: ") for words in found]


@pytest.mark.parametrize(
    "there",
    [
        (),
        (web(Port(80, 1)),),
        (web(Port(80, 32768), definition="api:3"),),
        (web(Port(80, 32768), definition="web:4"),),
        (web(Port(80, 32768, udp=True)),),
        (web(Port(80, 32768), last_status="STOPPED", desired_status="STOPPED"),),
        (web(last_status="STOPPED", desired_status="STOPPED"),),
    ],
)
def test_an_entry_without_its_container_may_go(there: tuple[Task, ...]) -> None:
    assert faults(*there) == []


@pytest.mark.parametrize(
    "there",
    [web(Port(80, 32768)), web(Port(80, 32768), desired_status="STOPPED"), web()],
)
def test_a_container_that_is_there_or_may_be_keeps_it(there: Task) -> None:
    assert faults(there) == ["w is there"]


def test_udp_is_another_port() -> None:
    entry = structs.replace(ENTRY, id="h1:ecs-web-3-app-a1:53:udp")
    assert faults(web(Port(53, 32768, udp=True)), entry=entry) == ["w is there"]
    assert faults(web(Port(53, 32768)), entry=entry) == []


@pytest.mark.parametrize("id_", ["by-hand", "h1:nginx:80", "ecs-web-3-app-a1:80"])
def test_what_registrator_has_not_made_of_an_ecs_container_stays(id_: str) -> None:
    words = "registrator has not registered it for an ECS container"
    assert faults(entry=structs.replace(ENTRY, id=id_)) == [words]


@pytest.mark.parametrize("catalog", [None, Catalog(known=False)])
def test_an_unknown_catalog_takes_nothing_out(catalog: Catalog | None) -> None:
    assert faults(seen=observed(catalog=catalog)) == ["Consul's catalog is not known"]


@pytest.mark.parametrize("agent", [None, Agent(AgentState.FAILED, "x")])
def test_an_agent_that_is_not_alive_takes_nothing_out(agent: Agent | None) -> None:
    assert faults(place=structs.replace(HERE, agent=agent)) == ["its agent is not alive"]


def test_where_what_runs_is_not_known_nothing_is_taken_out() -> None:
    away = structs.replace(HERE, instance=structs.replace(HERE.instance, connected=False))
    assert faults(place=away) == ["the ECS agent is disconnected"]


def test_not_before_it_has_been_seen_for_a_while() -> None:
    assert faults(since=NOW - 59) == ["it has not been seen for 60 s"]
