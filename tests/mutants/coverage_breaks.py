"""Breaks of what is missing in Consul, what is stale there, and what is restarted for it."""

from __future__ import annotations

from tests.mutants.breaks import Break
from tests.mutants.planning_breaks import planning

_ROWS = "tests/unit/check/test_invariants.py"
_COVERED = "tests/unit/check/test_covered.py"
_STALE = "tests/unit/check/test_stale.py"


def _check(name: str, module: str, old: str, new: str, tests: str = _ROWS) -> Break:
    return Break(f"check: coverage: {name}", f"daemonctl/check/{module}.py", old, new, (tests,))


BREAKS = (
    planning("coverage: what is ignored is missed", "tenants", "label.ignore for", "False for"),
    planning(
        "coverage: a label is of every port",
        "tenants",
        "if label.port in (None, port.container)",
        "if True",
    ),
    planning(
        "coverage: other networks are missed",
        "tenants",
        'definition.network_mode == "bridge"',
        "True",
    ),
    planning("coverage: -explicit is not heard", "tenants", "if not explicit or", "if True or"),
    planning(
        "coverage: what leaves is missed",
        "tenants",
        "and running and task.live and not loose",
        "and running and not loose",
    ),
    planning(
        "coverage: no grace for registrator",
        "coverage",
        "max(tenant.since, since)",
        "tenant.since",
    ),
    planning(
        "coverage: an entry elsewhere covers",
        "coverage",
        "service.address not in seen.addresses",
        "False",
    ),
    planning(
        "coverage: another container's entry covers",
        "coverage",
        "return not name or (name.startswith(tenant.prefix) and udp is port.udp)",
        "return True",
    ),
    planning(
        "coverage: who took over a port holds the old entry",
        "coverage",
        "    if not name.startswith(tenant.prefix):\n",
        "    if False:\n",
    ),
    planning(
        "coverage: an entry by hand is stale",
        "coverage",
        "return bool(name) and not any(",
        "return not any(",
    ),
    planning(
        "coverage: one gap fails it",
        "coverage",
        "if len(found.missing) < max(1, found.expected):",
        "if not found.missing:",
    ),
    planning(
        "coverage: what is not known is not there",
        "coverage",
        "Ready.UNKNOWN, words, running=True, by_ecs=True",
        "Ready.NOT_READY, words, running=True",
    ),
    planning(
        "coverage: restarts at once",
        "uncovered",
        "if seen.as_of < held.since + RESTART_SECONDS:",
        "if False:",
    ),
    planning("coverage: restarts again and again", "uncovered", "if held.restarted:", "if False:"),
    planning(
        "coverage: forgets while registrator starts",
        "uncovered",
        "for gap in found.young if gap.key in known]",
        "for gap in found.young if False]",
    ),
    planning(
        "coverage: another set is the same",
        "uncovered",
        "if held is None or any(port not in known for port in ports):",
        "if held is None:",
    ),
    planning(
        "coverage: a restart long before was for it",
        "uncovered",
        "and task.stopped_at > gap.since",
        "",
    ),
    planning(
        "coverage: restarts where the agent is away",
        "uncovered",
        "scene.should is Should.RUN",
        "True",
    ),
    planning(
        "coverage: nobody remembers the set",
        "remember",
        "unregistered=memory.unregistered if own else None,",
        "unregistered=None,",
        "tests/unit/planning/test_uncovered.py",
    ),
    planning(
        "coverage: a restart has no budget",
        "voluntary",
        "Code.COVERAGE: _left,",
        "Code.COVERAGE: lambda _counter, _rule: 9,",
        "tests/unit/planning/test_uncovered.py",
    ),
    _check("every stop may be one", "coverage", "not daemon.spec.services_registered", "False"),
    _check("an unknown catalog", "coverage", "if seen is None:", "if False:"),
    _check("an agent that is away", "coverage", "if not host.instance.connected:", "if False:"),
    _check("nothing is missing", "coverage", "if not missing:", "if False:"),
    _check("at once", "coverage", "held is None or seen.as_of < held.since", "False and 0 < 0"),
    _check("again", "coverage", "if held.restarted or before", "if before"),
    _check("again, by ECS", "coverage", "if held.restarted or before", "if held.restarted"),
    _check(
        "before the task ran",
        "coverage",
        "and (task.stopped_at or 0.0) > begun",
        "",
        _COVERED,
    ),
    _check("at another address", "registered", 'not in ("", *addresses)', "in ()", _COVERED),
    _check(
        "another container's",
        "registered",
        "return parts[1].startswith(tenant.prefix) and",
        "return",
        _COVERED,
    ),
    _check("no grace", "registered", "seen.as_of - each.since >= GRACE_SECONDS", "True", _COVERED),
    _check(
        "nothing of nothing",
        "registered",
        "return bool(due) and len(unregistered(seen)) == len(due)",
        "return len(unregistered(seen)) == len(due)",
        _COVERED,
    ),
    _check(
        "what has no services is ready",
        "terms",
        "if spec.services_registered and (host.registered is None or nothing_of(host.registered)):",
        "if False:",
        _COVERED,
    ),
    _check(
        "what has no services lets others start",
        "terms",
        "if spec.services_registered and host.registered is not None and nothing_of(",
        "if False and nothing_of(",
        _COVERED,
    ),
    _check("stale: an entry by hand", "stale", 'or not parts[1].startswith("ecs-")', "", _STALE),
    _check("stale: who is there", "stale", "if holder is not None:", "if False:", _STALE),
    _check(
        "stale: what is stopping", "stale", 'task.last_status == "STOPPED"', "not task.live", _STALE
    ),
    _check("stale: another revision's", "stale", 'f"ecs-{revision}-"', '"ecs-"', _STALE),
    _check("stale: ports not told", "stale", "return not ports or any(", "return any(", _STALE),
    _check("stale: an unknown catalog", "stale", "not observed.catalog.known", "False", _STALE),
    _check("stale: a dead agent", "stale", "is not AgentState.ALIVE", "is None", _STALE),
    _check("stale: at once", "stale", "if now < since + PATIENCE_SECONDS:", "if False:", _STALE),
    _check("stale: an agent away", "stale", "if not host.instance.connected:", "if False:", _STALE),
)
