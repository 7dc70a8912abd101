"""Plans that break an invariant about the view or about starts."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from daemonctl.model.cluster import Health
from daemonctl.model.discovery import Agent, AgentState
from daemonctl.model.ids import DaemonName, Owner
from daemonctl.model.memory import Freeze, Kind, Memory
from daemonctl.model.spec import Dependency, DependsOn
from tests.unit.check.given import (
    AGENT,
    NOW,
    REGISTRATOR,
    Case,
    case,
    daemon,
    definition,
    desired,
    host,
    needs,
    observed,
    remember,
    sent,
    start,
    stopped,
    stopping,
    task,
)

Found = list[tuple[str, Case, tuple[str, ...]]]
"""Of each row the first sentence, the plan, and which invariants catch it as well."""

_START = start(AGENT, 1)
_DEPENDENT = start(REGISTRATOR, 1)
_EMPTY = observed(host(1))


def partial_view() -> Found:
    words = "the view is partial: not every listing of the last resync ended"
    return [(words, case(_START, seen=observed(host(1), complete=False)), ())]


def stale_view() -> Found:
    words = "the view is 1261 s old, more than 1260 s"
    return [(words, case(_START, seen=observed(host(1), as_of=NOW - 1261.0)), ())]


def frozen() -> Found:
    words = "every write is stopped: frozen by ann"
    memory = Memory(freeze=Freeze("ann", NOW - 60.0))
    return [(words, case(_START, seen=_EMPTY, memory=memory), ())]


def start_on_wrong_host() -> Found:
    def on(words: str, **other: Any) -> tuple[str, Case, tuple[str, ...]]:
        return f"start of agent on h1: {words}", case(_START, seen=observed(host(1, **other))), ()

    def of(words: str, name: str = "agent", **other: Any) -> tuple[str, Case, tuple[str, ...]]:
        action = structs.replace(_START, **other)
        return f"start of {name} on h1: {words}", case(action, seen=_EMPTY), ()

    unresolved = desired(structs.replace(daemon(AGENT), definition=None))
    some = observed(*(host(n) for n in range(1, 12)))
    return [
        of("for owner other, this is prod", owner=Owner("other")),
        of("the config has no such daemon", "gone", daemon=DaemonName("gone")),
        of("agent:1 instead of agent:2", definition=definition("agent", 1)),
        (
            "start of agent on h1: its task definition is not resolved",
            case(_START, seen=_EMPTY, wanted=unresolved),
            (),
        ),
        ("start of agent on h1: the instance is unknown", case(_START, seen=observed()), ()),
        ("start of agent on : names no instance", case(start(AGENT), seen=_EMPTY), ()),
        on("the instance is DRAINING", status="DRAINING"),
        on("the instance's agent is disconnected", connected=False),
        on("the instance is EXTERNAL (mi-1)", ec2_id="mi-1"),
        on("the instance is EXTERNAL (no EC2 instance id)", ec2_id=""),
        on("the instance is one of ECS Managed Instances", managed=True),
        (
            "start of agent on h1: named twice by one StartTask",
            case(start(AGENT, 1, 1), seen=_EMPTY),
            (),
        ),
        (
            "start of agent on h11: more than 10 instances",
            case(start(AGENT, *range(1, 12)), seen=some),
            (),
        ),
    ]


def start_over_live() -> Found:
    pending = task("a", last_status="PENDING", started_at=None)
    words = "start of agent on h1: one is in flight for 5 s more"
    flying = case(_START, seen=_EMPTY, memory=remember(expectation=sent(Kind.START)))
    return [
        (
            "start of agent on h1: a is live there",
            case(_START, seen=observed(host(1, task("a")))),
            (),
        ),
        (
            "start of agent on h1: a is live there",
            case(_START, seen=observed(host(1, pending))),
            (),
        ),
        (words, flying, ("hold",)),
    ]


def start_over_stopping() -> Found:
    seen = observed(host(1, stopped("a"), stopping("b")))
    return [("start of agent on h1: b has not stopped yet", case(_START, seen=seen), ())]


def dependency() -> Found:
    def without(condition: DependsOn, *, checked: bool = False, **other: Any) -> Case:
        seen = observed(host(1, task("a", **other)))
        return case(_DEPENDENT, seen=seen, wanted=needs(condition, checked=checked))

    def words(condition: str, name: str = "agent") -> str:
        return f"start of registrator on h1: {name} is not {condition} there"

    def in_consul(state: AgentState) -> Case:
        known = structs.replace(host(1, task("a")), agent=Agent(state, "x"))
        asking = desired(daemon(AGENT, agent_alive=True), daemon(REGISTRATOR, Dependency(AGENT)))
        return case(_DEPENDENT, seen=observed(known), wanted=asking)

    ready, healthy = DependsOn.READY, DependsOn.HEALTHY
    once = desired(
        daemon(AGENT, once=True), daemon(REGISTRATOR, Dependency(AGENT, DependsOn.SUCCESS))
    )
    elsewhere = desired(daemon(REGISTRATOR, Dependency(DaemonName("gone"))))
    return [
        (words("READY"), case(_DEPENDENT, seen=_EMPTY), ()),
        (words("SUCCESS"), case(_DEPENDENT, seen=observed(host(1, task("a"))), wanted=once), ()),
        (words("READY"), case(_DEPENDENT, seen=observed(host(1), host(2, task("a", 2)))), ()),
        (words("READY"), without(ready, started_by="somebody"), ()),
        (words("READY"), without(ready, desired_status="STOPPED"), ()),
        (words("READY"), without(ready, started_at=NOW - 9.0), ()),
        (words("READY"), without(ready, started_at=None, first_seen=NOW - 9.0), ()),
        (words("READY"), without(ready, connected=False), ()),
        (words("HEALTHY"), without(healthy, checked=True, health=Health.UNKNOWN), ()),
        (words("HEALTHY"), without(healthy, checked=True, health=Health.UNHEALTHY), ()),
        (words("HEALTHY"), without(healthy, connected=False), ()),
        (words("START"), without(DependsOn.START, last_status="PENDING"), ()),
        (words("READY"), in_consul(AgentState.FAILED), ()),
        (words("READY"), in_consul(AgentState.ABSENT), ()),
        (words("READY", "gone"), case(_DEPENDENT, seen=_EMPTY, wanted=elsewhere), ()),
    ]
