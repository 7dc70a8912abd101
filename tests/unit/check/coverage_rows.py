"""Restarts for what is not in Consul, where nothing asks for one."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from daemonctl.model.cluster import Port, Task
from daemonctl.model.discovery import Registered, Service, Tenant
from daemonctl.model.memory import Memory, SlotMemory, Unregistered
from tests.unit.check.given import (
    AGENT,
    NOW,
    REGISTRATOR,
    Case,
    arn,
    case,
    daemon,
    desired,
    host,
    observed,
    stopped,
    task,
    task_arn,
    voluntary,
)
from tests.unit.check.start_rows import Found

PORT = Port(80, 32768)
WEB = Tenant(task_arn("w"), "ecs-web-3-app-", (PORT,), (PORT,), since=2000.0)
ENTRY = Service("h1:ecs-web-3-app-a1:80", "web", "10.0.0.1", 32768)
WANTED = desired(daemon(AGENT), daemon(REGISTRATOR, services_registered=True))


def seen(*services: Service, tenants: tuple[Tenant, ...] = (WEB,), ago: float = 5.0) -> Registered:
    return Registered("h1", ("10.0.0.1",), tenants, services, NOW - ago)


def restart(
    known: Registered | None,
    *before: Task,
    since: float | None = NOW - 200.0,
    restarted: bool = False,
    **other: Any,
) -> Case:
    """A restart of registrator on h1; ``since``: when something was first missed."""
    own = task("r", daemon=REGISTRATOR)
    there = structs.replace(host(1, own, *before, **other), registered=known)
    held = None if since is None else Unregistered(("x",), since, restarted)
    memory = Memory({(arn(1), REGISTRATOR): SlotMemory(unregistered=held)})
    stop = voluntary("r", code="COVERAGE", daemon=REGISTRATOR)
    return case(stop, seen=observed(there), wanted=WANTED, memory=memory)


def coverage() -> Found:
    begin = "restart of registrator on h1 for what is not in Consul: "
    done = stopped("o", group="daemonctl-registrator", stopped_reason="daemonctl: COVERAGE: 1 of 2")
    plain = restart(seen())
    untold = structs.replace(plain, desired=desired())
    of_agent = structs.replace(
        plain, actions=(voluntary("a", code="COVERAGE"),), observed=observed(host(1, task("a")))
    )
    younger = structs.replace(WEB, since=NOW - 20)
    long = "it has not been missing for 120 s"
    return [
        (begin + "it has no servicesRegistered", untold, ()),
        (
            "restart of agent on h1 for what is not in Consul: it has no servicesRegistered",
            of_agent,
            (),
        ),
        (begin + "what Consul has is not known", restart(None), ()),
        (
            begin + "what runs there is not known: its agent is disconnected",
            restart(seen(), connected=False),
            (),
        ),
        (begin + "nothing is missing there", restart(seen(ENTRY)), ()),
        (begin + "nothing is missing there", restart(seen(tenants=(younger,))), ()),
        (begin + long, restart(seen(), since=None), ()),
        (begin + long, restart(seen(), since=NOW - 124), ()),
        (begin + "it was restarted for them already", restart(seen(), restarted=True), ()),
        (begin + "it was restarted for them already", restart(seen(), done), ()),
    ]
