"""Breaks of what Consul's word is worth, in planning and in the check."""

from __future__ import annotations

from tests.mutants.breaks import Break
from tests.mutants.planning_breaks import planning

_PLANS = "tests/unit/planning/test_catalog.py"

_ROWS = "tests/unit/check/test_invariants.py"
_ALIVE = "tests/unit/check/test_alive.py"

BREAKS = (
    planning(
        "consul: a node with meta is found by its name as well",
        "discovery",
        'return (_key("ec2", ec2),)',
        'return (_key("ec2", ec2), _key("name", node.name))',
    ),
    planning(
        "consul: a template that nobody filled in is taken for an id",
        "discovery",
        'if ec2.startswith("i-"):',
        "if ec2:",
    ),
    planning(
        "consul: the address decides before the name",
        "discovery",
        '        _key("name", filled),\n        _key("address", instance.private_ip),\n',
        '        _key("address", instance.private_ip),\n        _key("name", filled),\n',
    ),
    planning(
        "consul: what is empty is in common",
        "discovery",
        "return tuple(key for key in keys if key[1])",
        "return keys",
    ),
    planning("consul: of two alive one is guessed", "discovery", "if len(alive) > 1:", "if False:"),
    planning(
        "consul: an agent that it was before counts",
        "discovery",
        "alive = [node for node in nodes if node.serf is Serf.ALIVE]",
        "alive = [*nodes]",
    ),
    planning(
        "consul: a node without serfHealth is an agent",
        "discovery",
        "failed = [node for node in nodes if node.serf is Serf.FAILED]",
        "failed = [*nodes]",
    ),
    planning(
        "consul: Consul overrules ECS",
        "discovery",
        "if state.value is not Ready.READY:",
        "if False:",
    ),
    planning(
        "consul: an unknown catalog says not ready",
        "discovery",
        'return _unknown("ready by what ECS tells; Consul\'s catalog is not known now")',
        'return Readiness(Ready.NOT_READY, "not known", running=True)',
        _PLANS,
    ),
    planning(
        "consul: an ambiguous agent is alive",
        "discovery",
        "if agent.state is AgentState.ALIVE:",
        "if agent.state in (AgentState.ALIVE, AgentState.AMBIGUOUS):",
    ),
    planning("consul: an agent has no time to start", "discovery", "if now < until:", "if False:"),
    planning(
        "consul: an outage blocks starts", "readiness", "if state.by_ecs:", "if False:", _PLANS
    ),
    planning(
        "consul: everybody asks Consul",
        "scene",
        "if rule.spec.agent_alive:",
        "if True:",
        _PLANS,
    ),
    planning("consul: an outage is not told", "catalog", "if not catalog.known:", "if False:"),
    planning("consul: ambiguity is not told", "catalog", "if catalog.ambiguous:", "if False:"),
    planning(
        "consul: the first answer is missed at once",
        "catalog",
        "if catalog.as_of is None and began is not None and",
        "if False and began is not None and",
    ),
    Break(
        "check: consul: a dead agent's dependent may start",
        "daemonctl/check/starts.py",
        "if need.condition is DependsOn.READY and dead(daemon, host):",
        "if False:",
        (_ROWS,),
    ),
    Break(
        "check: consul: every condition asks Consul",
        "daemonctl/check/starts.py",
        "if need.condition is DependsOn.READY and dead(daemon, host):",
        "if dead(daemon, host):",
        (_ALIVE,),
    ),
    Break(
        "check: consul: what Consul cannot say stops starts",
        "daemonctl/check/terms.py",
        "return spec.agent_alive and agent is not None and agent.state in gone",
        "return spec.agent_alive and (agent is None or agent.state in gone)",
        (_ALIVE,),
    ),
    Break(
        "check: consul: what Consul cannot say is alive",
        "daemonctl/check/terms.py",
        "(agent is not None and agent.state is AgentState.ALIVE)",
        "agent is None or agent.state is AgentState.ALIVE",
        (_ALIVE,),
    ),
    Break(
        "check: consul: a daemon is made good without Consul",
        "daemonctl/check/tally.py",
        "known = host.instance.connected and alive(daemon, host)",
        "known = host.instance.connected",
        (_ALIVE,),
    ),
)
