"""Plans that take a daemon from a DRAINING instance too soon, and those that may."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.observed import Host
from daemonctl.model.spec import Limits
from tests.unit.check.given import (
    AGENT,
    NOW,
    REGISTRATOR,
    Case,
    case,
    daemon,
    desired,
    host,
    observed,
    stopped,
    task,
    voluntary,
)
from tests.unit.check.start_rows import Found

WEB: dict[str, Any] = {"group": "service:web", "started_by": "ecs-svc/1"}
BATCH: dict[str, Any] = {"group": "family:batch", "started_by": "somebody"}


def draining(*tasks: Task, **other: Any) -> Host:
    """A host that has been DRAINING for 300 s, all its tasks known; its agent is ``a``."""
    known = {"draining_since": NOW - 300, "listed_at": NOW - 290} | other
    return structs.replace(host(1, task("a"), *tasks, status="DRAINING"), **known)


def leaves(seen: Host, **other: Any) -> Case:
    return case(voluntary("a", code="DRAINING"), seen=observed(seen), **other)


def drain_order() -> Found:
    def of(words: str, broken: Case) -> tuple[str, Case, tuple[str, ...]]:
        return f"stop of agent on h1 on a DRAINING instance: {words}", broken, ()

    half = desired(daemon(AGENT, adopt=True, drain_timeout_seconds=300.5))
    by_hand = task("b", **(BATCH | {"definition": "arn:x:task-definition/agent:1"}))
    batch = task("c", **(BATCH | {"definition": "arn:x:task-definition/batch:1"}))
    return [
        of("the instance is ACTIVE", leaves(host(1, task("a")))),
        of(
            "UPDATE is no reason there",
            case(voluntary("a"), seen=observed(draining())),
        ),
        of("not all of its tasks are known", leaves(draining(listed_at=None))),
        of("not all of its tasks are known", leaves(draining(draining_since=None))),
        of("w of service:web is RUNNING", leaves(draining(task("w", **WEB)))),
        of(
            "w of service:web is DEACTIVATING",
            leaves(draining(stopped("w", last_status="DEACTIVATING", **WEB))),
        ),
        of("standalone task b has 300 s more", leaves(draining(task("b", **BATCH)))),
        of(
            "standalone task c has 0.5 s more",
            leaves(draining(by_hand, batch), wanted=half),
        ),
        of(
            "registrator depends on it and is still there",
            leaves(draining(task("r", daemon=REGISTRATOR))),
        ),
        of(
            "registrator depends on it and is still there",
            leaves(draining(task("r", daemon=REGISTRATOR), leaves_at=NOW + 1)),
        ),
        of("w of service:web is RUNNING", leaves(draining(task("w", **WEB), leaves_at=NOW + 20.5))),
    ]


def good() -> list[Case]:
    """What may go, at the very bound."""
    daemons = observed(
        draining(task("l", group="service:logs", started_by="ecs-svc/2")),
        daemon_services=frozenset({"service:logs"}),
    )
    late = desired(daemon(AGENT, drain_timeout_seconds=300))
    return [
        leaves(draining()),
        leaves(draining(stopped("w", **WEB), stopped("b", **BATCH))),
        case(voluntary("a", code="DRAINING"), seen=daemons),
        leaves(draining(task("o", started_by="daemonctl/other", group="daemonctl-x"))),
        leaves(draining(task("b", **BATCH)), wanted=late),
        leaves(draining(task("w", **WEB), leaves_at=NOW + 20)),
        leaves(draining(stopped("r", daemon=REGISTRATOR))),
        case(voluntary("a", code="DRAINING"), seen=observed(draining(), first_full_at=None)),
        *_without_budget(),
    ]


def _without_budget() -> list[Case]:
    """What leaves takes nothing from the budget: neither this plan's nor what has left before."""
    asked = "daemonctl: DRAINING: only daemons are left"
    left = structs.replace(host(2, stopped("b", 2, stopped_reason=asked)))
    going = structs.replace(host(3, stopped("c", 3, last_status="STOPPING", stopped_reason=asked)))
    upset = stopped("d", 4, stopped_reason="daemonctl: UNHEALTHY: sick")
    gone = structs.replace(host(4, upset, status="DRAINING"))
    back = observed(left, going, gone, *(host(n, task(f"t{n}", n)) for n in range(5, 13)))
    return [
        leaves(draining()),
        case(voluntary("t5", 5), seen=back, wanted=desired(limits=Limits())),
        case(
            voluntary("a", code="DRAINING"),
            voluntary("t5", 5),
            seen=observed(draining(), *(host(n, task(f"t{n}", n)) for n in range(5, 13))),
        ),
    ]
