"""Which node of Consul's catalog is whose, and what that makes of a task."""

from __future__ import annotations

import pytest

from daemonctl.model.cluster import ContainerInstance
from daemonctl.model.discovery import Agent, AgentState, Node, Serf
from daemonctl.planning.discovery import (
    Key,
    agent_of,
    by_consul,
    instance_keys,
    node_keys,
)
from daemonctl.planning.readiness import LOST, READY, Readiness, Ready
from tests.unit.planning.scenery import NOW, instance, task

MINE = instance(1, private_ip="10.0.0.1")
EC2, SHORT = MINE.ec2_id, MINE.arn.rsplit("/", 1)[-1]
OTHER = {"ec2-instance-id": "i-other"}


def node(name: str = "n", address: str = "", serf: Serf = Serf.ALIVE, **meta: str) -> Node:
    return Node(name, address, serf, {key.replace("_", "-"): value for key, value in meta.items()})


def found(
    *nodes: Node, seen: ContainerInstance = MINE, template: str = "{{ec2InstanceId}}"
) -> Agent:
    table: dict[Key, dict[str, Node]] = {}
    for one in nodes:
        for key in node_keys(one):
            table.setdefault(key, {})[one.name] = one
    return agent_of(instance_keys(seen, template, "web"), table)


@pytest.mark.parametrize(
    "mine",
    [
        node(ec2_instance_id=EC2),
        node(ec2_instance_id=EC2.upper().replace("I-", "i-")),
        node(ec2_instance_id=EC2, ecs_container_instance="registered-before"),
        node(ecs_container_instance=SHORT),
        node(ecs_container_instance=MINE.arn),
        node(ec2_instance_id="{{ec2InstanceId}}", ecs_container_instance=SHORT),
        node(EC2),
        node(EC2.upper()),
        node(EC2, ecs_container_instance="{{containerInstanceId}}"),
        node(address="10.0.0.1"),
    ],
)
def test_an_agent_is_found_by_meta_by_name_or_by_address(mine: Node) -> None:
    words = f'Consul node "{mine.name}" is alive'
    assert found(mine) == Agent(AgentState.ALIVE, words, mine.name, mine.address)


@pytest.mark.parametrize(
    "theirs",
    [
        node(EC2, "10.0.0.1", ec2_instance_id="i-other"),
        node(EC2, "10.0.0.1", ecs_container_instance="another"),
        node(ec2_instance_id="i-other", ecs_container_instance=SHORT),
        node("i-other", "10.0.0.2"),
        node("", ""),
    ],
)
def test_a_node_that_says_where_it_is_is_nobody_elses(theirs: Node) -> None:
    """A new host takes over the address, or the name, of one that has gone."""
    assert found(theirs) == Agent(AgentState.ABSENT, "Consul has no node of this instance")


def test_meta_decides_before_the_name_and_the_name_before_the_address() -> None:
    by_meta = node("a", serf=Serf.FAILED, ec2_instance_id=EC2)
    by_instance = node("b", serf=Serf.FAILED, ecs_container_instance=SHORT)
    by_name, by_address = node(EC2), node("c", "10.0.0.1", Serf.FAILED)
    assert found(by_meta, by_instance, by_name, by_address).words.startswith('Consul node "a" is f')
    assert found(by_instance, by_name, by_address).words.startswith('Consul node "b" is failed')
    assert found(by_name, by_address).state is AgentState.ALIVE
    assert found(by_address).state is AgentState.FAILED


def test_the_template_of_names_is_the_operators() -> None:
    assert found(node("web-10.0.0.1"), template="{{cluster}}-{{privateIp}}").state == "ALIVE"


def test_an_instance_that_lacks_what_the_template_asks_for_is_found_by_the_rest() -> None:
    template = "{{attribute:rack}}"
    assert found(node(address="10.0.0.1"), template=template).state is AgentState.ALIVE


def test_nothing_is_found_by_what_is_empty() -> None:
    bare = instance(1, ec2_id="", private_ip="")
    assert instance_keys(bare, "{{ec2InstanceId}}", "web") == (("instance", SHORT),)


def test_keys_are_in_lower_case() -> None:
    assert node_keys(node(ec2_instance_id="i-0ABC")) == (("ec2", "i-0abc"),)


def test_the_one_that_is_alive_is_the_agent_and_failed_ones_are_what_it_was() -> None:
    old = node("old", serf=Serf.FAILED, ec2_instance_id=EC2)
    new = node("new", ec2_instance_id=EC2)
    assert found(old, new) == Agent(AgentState.ALIVE, 'Consul node "new" is alive', "new")


def test_two_alive_are_ambiguous_whoever_else_is_failed() -> None:
    nodes = [node(name, ec2_instance_id=EC2) for name in "edcba"]
    failed = node("z", serf=Serf.FAILED, ec2_instance_id=EC2)
    assert found(*nodes[3:], failed) == Agent(
        AgentState.AMBIGUOUS,
        '2 Consul nodes are alive that may be this instance\'s: "a", "b"',
    )
    assert found(*nodes).words.endswith('"a", "b", "c" and 2 more')
    assert found(*nodes[2:]).words.endswith('"a", "b", "c"')


def test_a_failed_agent_is_named() -> None:
    failed = node("old", serf=Serf.FAILED, ec2_instance_id=EC2)
    none = node("ext", serf=Serf.NONE, ec2_instance_id=EC2)
    words = 'Consul node "old" is failed (serfHealth)'
    assert found(failed, none) == Agent(AgentState.FAILED, words)


def test_a_node_without_serf_health_has_no_agent() -> None:
    words = 'Consul node "n" has no agent (no serfHealth)'
    assert found(node(serf=Serf.NONE, ec2_instance_id=EC2)) == Agent(AgentState.ABSENT, words)


def judged(state: AgentState | None, age: float = 3600.0, before: Readiness = READY) -> Readiness:
    agent = None if state is None else Agent(state, "evidence")
    return by_consul(before, task(started_at=NOW - age), agent, start_timeout=300.0, now=NOW)


def test_alive_is_ready() -> None:
    assert judged(AgentState.ALIVE) is READY


@pytest.mark.parametrize("state", [AgentState.FAILED, AgentState.ABSENT])
def test_failed_and_absent_settle_until_the_start_timeout_and_then_are_not_ready(
    state: AgentState,
) -> None:
    words = "RUNNING, but evidence"
    assert judged(state, 299) == Readiness(Ready.SETTLING, words, NOW + 1, running=True)
    assert judged(state, 300) == Readiness(Ready.NOT_READY, "evidence", running=True)


@pytest.mark.parametrize("state", [None, AgentState.AMBIGUOUS])
@pytest.mark.parametrize("age", [1.0, 3600.0])
def test_what_consul_cannot_say_is_unknown_and_never_not_ready(
    state: AgentState | None, age: float
) -> None:
    seen = judged(state, age)
    assert (seen.value, seen.running, seen.by_ecs) == (Ready.UNKNOWN, True, True)
    assert seen.words == (
        "evidence" if state else "ready by what ECS tells; Consul's catalog is not known now"
    )


@pytest.mark.parametrize("state", [None, *AgentState])
@pytest.mark.parametrize(
    "before", [LOST, Readiness(Ready.SETTLING, "x", NOW), Readiness(Ready.NOT_READY, "x")]
)
def test_what_is_not_ready_by_ecs_is_not_asked_about(
    state: AgentState | None, before: Readiness
) -> None:
    assert judged(state, 1, before) is before
