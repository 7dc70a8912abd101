"""Which node of Consul's catalog is the agent of which instance, and what that says of it.

A node is known by its meta; only where it carries none by its name, then by its private address: a
node that says which instance it is on is never another's, whatever name or address it has taken
over. One step decides as soon as it finds a node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from daemonctl.model.cluster import ContainerInstance, Task
from daemonctl.model.discovery import Agent, AgentState, Node, Serf
from daemonctl.model.ghosts import EC2_META, INSTANCE_META
from daemonctl.model.ids import short
from daemonctl.planning.overrides import MissingValueError, fill
from daemonctl.planning.readiness import Readiness, Ready

Key = tuple[str, str]
"""What a node and an instance may have in common: its kind, and its value in lower case."""

_NAMED = 3
"""So many nodes are named in words."""


def node_keys(node: Node) -> tuple[Key, ...]:
    """What the node may be found by."""
    ec2 = node.meta.get(EC2_META, "")
    if ec2.startswith("i-"):  # else nobody filled the template in
        return (_key("ec2", ec2),)
    instance = short(node.meta.get(INSTANCE_META, ""))
    if instance and "{" not in instance:
        return (_key("instance", instance),)
    return (_key("name", node.name), _key("address", node.address))


def instance_keys(instance: ContainerInstance, name: str, cluster: str) -> tuple[Key, ...]:
    """What the instance's agent may be found by, surest first. ``name`` is a template."""
    try:
        filled = fill(name, instance, cluster)
    except MissingValueError:
        filled = ""
    keys = (
        _key("ec2", instance.ec2_id),
        _key("instance", short(instance.arn)),
        _key("name", filled),
        _key("address", instance.private_ip),
    )
    return tuple(key for key in keys if key[1])


def agent_of(keys: Sequence[Key], nodes: Mapping[Key, Mapping[str, Node]]) -> Agent:
    """What the catalog (``nodes`` by key and name) says of the agent of an instance."""
    for kind, value in keys:
        found = nodes.get((kind, value))
        if found:
            return _judged([found[name] for name in sorted(found)])
    return Agent(AgentState.ABSENT, "Consul has no node of this instance")


def _judged(nodes: Sequence[Node]) -> Agent:
    """One alive node is the agent: failed ones beside it are what it was before."""
    alive = [node for node in nodes if node.serf is Serf.ALIVE]
    if len(alive) > 1:
        words = f"{len(alive)} Consul nodes are alive that may be this instance's: {_names(alive)}"
        return Agent(AgentState.AMBIGUOUS, words)
    if alive:
        it = alive[0]
        return Agent(AgentState.ALIVE, f'Consul node "{it.name}" is alive', it.name, it.address)
    failed = [node for node in nodes if node.serf is Serf.FAILED]
    if failed:
        return Agent(AgentState.FAILED, f"Consul node {_names(failed)} is failed (serfHealth)")
    return Agent(AgentState.ABSENT, f"Consul node {_names(nodes)} has no agent (no serfHealth)")


def _names(nodes: Sequence[Node]) -> str:
    names = ", ".join(f'"{node.name}"' for node in nodes[:_NAMED])
    return names if len(nodes) <= _NAMED else f"{names} and {len(nodes) - _NAMED} more"


def _key(kind: str, value: str) -> Key:
    return kind, value.lower()


def by_consul(
    state: Readiness, task: Task, agent: Agent | None, *, start_timeout: float, now: float
) -> Readiness:
    """The readiness of a task that must be alive in Consul. None: the catalog is not known.

    Only what is ready by all that ECS tells is asked about. What Consul cannot say is UNKNOWN,
    never NOT_READY: an outage of Consul is no reason to stop anything, or to start nothing.
    """
    if state.value is not Ready.READY:
        return state
    if agent is None:
        return _unknown("ready by what ECS tells; Consul's catalog is not known now")
    if agent.state is AgentState.ALIVE:
        return state
    if agent.state is AgentState.AMBIGUOUS:
        return _unknown(agent.words)
    until = task.running_since + start_timeout
    if now < until:
        return Readiness(Ready.SETTLING, f"RUNNING, but {agent.words}", until, running=True)
    return Readiness(Ready.NOT_READY, agent.words, running=True)


def _unknown(words: str) -> Readiness:
    return Readiness(Ready.UNKNOWN, words, running=True, by_ecs=True)
