"""Tasks of daemons that left the config, on a host that drains."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.ids import DaemonName, TaskArn, group_of
from daemonctl.model.observed import Host
from daemonctl.planning.orphans import may_leave
from tests.unit.planning.scenery import (
    AGENT,
    MARK,
    NOW,
    REGISTRATOR,
    host,
    observed,
    stopping,
    task,
    task_arn,
)

RETIRED = DaemonName("retired")
GROUPS = (group_of(AGENT), group_of(REGISTRATOR))
WEB = {"group": "service:web", "started_by": "ecs-svc/1"}
BATCH = {"group": "family:batch", "started_by": "someone"}
FLUENT = {"group": "service:fluent", "started_by": "ecs-svc/2"}
OTHERS = {"started_by": "daemonctl/staging"}


def draining(*tasks: Task, **changes: object) -> Host:
    kept: dict[str, object] = {"draining_since": NOW - 60, "listed_at": NOW - 50}
    return structs.replace(host(1, *tasks, status="DRAINING"), **(kept | changes))


def leaving(*hosts: Host, at: float = 0.0) -> list[TaskArn]:
    seen = observed(*hosts, daemon_services=frozenset(("service:fluent",)))
    return [one.arn for one in may_leave(seen, MARK, GROUPS, NOW + at)]


ORPHAN = task(1, RETIRED)


def test_alone_they_go_together() -> None:
    assert leaving(draining(ORPHAN, task(2, DaemonName("older")))) == [task_arn(1), task_arn(2)]
    assert leaving(draining(task(1), task(2, REGISTRATOR))) == []


@pytest.mark.parametrize("status", ["ACTIVE", "DEREGISTERING"])
def test_elsewhere_they_are_left_alone(status: str) -> None:
    seen = draining(ORPHAN)
    other = structs.replace(seen, instance=structs.replace(seen.instance, status=status))
    assert leaving(other) == []


def test_they_leave_after_every_daemon_that_is_looked_after() -> None:
    assert leaving(draining(ORPHAN, task(2))) == []
    assert leaving(draining(ORPHAN, stopping(2))) == []
    gone = task(2, last="STOPPED", desired_status="STOPPED")
    assert leaving(draining(ORPHAN, gone)) == [task_arn(1)]


def test_a_service_holds_them_without_limit_and_a_standalone_task_for_ten_minutes() -> None:
    assert leaving(draining(ORPHAN, task(2, **WEB)), at=10_000) == []
    assert leaving(draining(ORPHAN, task(2, **BATCH)), at=539) == []
    assert leaving(draining(ORPHAN, task(2, **BATCH)), at=540) == [task_arn(1)]


def test_other_daemons_hold_nobody() -> None:
    assert leaving(draining(ORPHAN, task(2, **FLUENT))) == [task_arn(1)]
    assert leaving(draining(ORPHAN, task(2, **OTHERS))) == [task_arn(1)]


def test_what_is_on_its_way_out_is_asked_for_no_more() -> None:
    assert leaving(draining(stopping(1, RETIRED))) == []


def test_what_daemonctl_has_not_put_into_its_group_is_left_alone() -> None:
    assert leaving(draining(task(1, group="family:by-hand"))) == []


@pytest.mark.parametrize("unknown", ["listed_at", "draining_since"])
def test_nothing_goes_before_all_tasks_are_known(unknown: str) -> None:
    assert leaving(draining(ORPHAN, **{unknown: None})) == []


def test_on_a_spot_host_they_go_in_time_whatever_still_runs() -> None:
    seen = draining(ORPHAN, task(2, **WEB), leaves_at=NOW + 20.5)
    assert leaving(seen) == []
    assert leaving(seen, at=0.5) == [task_arn(1)]
