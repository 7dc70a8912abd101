"""Which tasks may be stopped as orphans on a DRAINING instance: each rule broken once."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.check.orphans import orphan_faults
from daemonctl.model.cluster import Task
from daemonctl.model.ids import DaemonName, group_of, started_by
from daemonctl.model.observed import Host
from tests.unit.check.given import AGENT, NOW, OWNER, host, stopping, task

ORPHAN = task("a", daemon=DaemonName("retired"))
WEB = task("w", group="service:web", started_by="ecs-svc/1")
BATCH = task("b", group="family:batch", started_by="someone")


def draining(*tasks: Task, **changes: object) -> Host:
    kept: dict[str, object] = {"draining_since": NOW - 60, "listed_at": NOW - 50}
    seen = host(1, *tasks, status="DRAINING")
    return structs.replace(seen, **(kept | changes))


def faults(seen: Host | None, one: Task = ORPHAN, at: float = 0.0) -> list[str]:
    groups, services = (group_of(AGENT),), ("service:fluent",)
    return orphan_faults(one, seen, started_by(OWNER), groups, services, now=NOW + at)


def test_an_orphan_that_is_alone_may_go() -> None:
    gone = task("g", last_status="STOPPED", desired_status="STOPPED")
    fluent = structs.replace(WEB, group="service:fluent")
    other = structs.replace(ORPHAN, arn=task("o").arn, started_by="daemonctl/staging")
    assert faults(draining(ORPHAN, gone, fluent, other)) == []


def test_only_one_that_is_known_on_a_draining_instance() -> None:
    words = ["a is on no DRAINING instance that is known"]
    assert faults(None) == words
    assert faults(draining()) == words
    assert faults(host(1, ORPHAN)) == words


@pytest.mark.parametrize(
    "changes", [{"started_by": "someone"}, {"group": "family:x"}, {"group": group_of(AGENT)}]
)
def test_only_an_orphan(changes: dict[str, object]) -> None:
    one = structs.replace(ORPHAN, **changes)
    assert faults(draining(one), one)[0].startswith("a is no orphan: it is of ")


def test_daemons_that_are_looked_after_leave_first() -> None:
    assert faults(draining(ORPHAN, stopping("d"))) == ["d of daemonctl-agent leaves before a"]


def test_others_hold_it() -> None:
    assert faults(draining(ORPHAN, WEB), at=9999) == ["w of service:web still runs there"]
    assert faults(draining(ORPHAN, BATCH), at=539) == ["b of family:batch still runs there"]
    assert faults(draining(ORPHAN, BATCH), at=540) == []
    nameless = structs.replace(BATCH, group="")
    assert faults(draining(ORPHAN, nameless)) == ["b of nobody still runs there"]


@pytest.mark.parametrize("unknown", ["listed_at", "draining_since"])
def test_not_before_all_is_known(unknown: str) -> None:
    assert faults(draining(ORPHAN, **{unknown: None})) == ["not all tasks there are known"]


def test_a_spot_host_waits_for_nobody() -> None:
    assert faults(draining(ORPHAN, WEB, leaves_at=NOW + 20)) == []
    assert len(faults(draining(ORPHAN, WEB, leaves_at=NOW + 20.1))) == 1
