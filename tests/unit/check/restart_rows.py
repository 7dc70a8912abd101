"""Restarts without a younger dependency, and those that are due."""

from __future__ import annotations

from typing import Any

from daemonctl.model.cluster import Task
from daemonctl.model.desired import Desired
from daemonctl.model.spec import Dependency, DependsOn
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
    stopping,
    task,
    voluntary,
)
from tests.unit.check.start_rows import Found


def _wanted(*, restarts: bool = True) -> Desired:
    need = Dependency(AGENT, DependsOn.START, restart=restarts)
    return desired(daemon(AGENT, min_ready_seconds=10.0), daemon(REGISTRATOR, need))


def _restart(agent: Task, wanted: Desired | None = None, **dependent: Any) -> Case:
    old = task("r", daemon=REGISTRATOR, **dependent)
    stop = voluntary("r", code="RESTART", daemon=REGISTRATOR)
    return case(stop, seen=observed(host(1, agent, old)), wanted=wanted or _wanted())


def restart() -> Found:
    young = {"created_at": 2000.0, "started_at": 2001.0}
    words = "restart of registrator on h1: no younger dependency of it is READY there"
    return [
        (words, broken, ())
        for broken in (
            _restart(task("a")),
            _restart(task("a", **young), _wanted(restarts=False)),
            _restart(task("a", **young), created_at=None),
            _restart(task("a", created_at=None)),
            _restart(task("a", created_at=2000.0, started_at=NOW - 9)),
            _restart(stopping("a", **young)),
        )
    ]


def good() -> list[Case]:
    """At the very bound."""
    return [
        _restart(task("a", created_at=1000.5, started_at=1001.0)),
        _restart(task("a", created_at=2000.0, started_at=NOW - 10)),
    ]
