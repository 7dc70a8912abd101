"""What Consul has of a host's ports, in the check."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.check.registered import nothing_of, unregistered
from daemonctl.check.tally import tally
from daemonctl.model.cluster import Port
from daemonctl.model.discovery import Registered, Service
from daemonctl.model.spec import Dependency
from tests.unit.check.coverage_rows import ENTRY, PORT, WANTED, WEB, restart, seen
from tests.unit.check.given import (
    AGENT,
    NOW,
    REGISTRATOR,
    arn,
    case,
    daemon,
    desired,
    host,
    observed,
    start,
    stopped,
    task,
)

OTHER = structs.replace(WEB, ports=(Port(80, 9),), expected=(Port(80, 9),))
BOTH = (WEB, OTHER)


def test_a_restart_that_is_due_passes() -> None:
    assert restart(seen()).check().violations == ()
    before = stopped(
        "o",
        group="daemonctl-registrator",
        stopped_at=1500.0,
        stopped_reason="daemonctl: COVERAGE: 1 of 2",
    )
    assert restart(seen(), before).check().violations == ()


@pytest.mark.parametrize(
    ("change", "there"),
    [
        ({}, True),
        ({"address": ""}, True),
        ({"id": "by-hand"}, True),
        ({"id": "h1:nginx:80"}, True),
        ({"id": "h1:ecs-web-3-app-a1:http"}, True),
        ({"id": ":ecs-api-3-app-a1:80"}, True),
        ({"address": "127.0.1.1"}, False),
        ({"port": 1}, False),
        ({"id": "h1:ecs-api-3-app-a1:80"}, False),
        ({"id": "h1:ecs-web-3-app-a1:80:udp"}, False),
    ],
)
def test_an_entry_is_at_its_address_and_port(change: dict[str, object], there: bool) -> None:  # noqa: FBT001  pytest's way
    entry: Service = structs.replace(ENTRY, **change)
    assert unregistered(seen(entry)) == ([] if there else [(WEB, PORT)])


def test_nothing_of_nothing_is_not_nothing() -> None:
    assert nothing_of(seen())
    assert not nothing_of(seen(tenants=()))
    assert not nothing_of(seen(ENTRY, tenants=BOTH))
    assert nothing_of(seen(tenants=BOTH))
    assert nothing_of(seen(tenants=(structs.replace(WEB, since=NOW - 35),)))
    assert not nothing_of(seen(tenants=(structs.replace(WEB, since=NOW - 34),)))


@pytest.mark.parametrize(
    ("known", "fine"),
    [(None, False), (seen(), False), (seen(ENTRY), True), (seen(tenants=()), True)],
)
def test_what_we_took_is_made_good_once_services_are_there(
    known: Registered | None,
    fine: bool,  # noqa: FBT001  pytest's way
) -> None:
    gone = stopped("a", group="daemonctl-registrator", stopped_reason="daemonctl: OUTDATED: x")
    there = host(1, gone, task("b", daemon=REGISTRATOR, created_at=3000.0))
    view = observed(structs.replace(there, registered=known))
    found = tally(case(seen=view, wanted=WANTED).scene(), WANTED.daemons[1])
    assert list(found.lost) == ([] if fine else [arn(1)])


@pytest.mark.parametrize(("known", "barred"), [(None, False), (seen(), True), (seen(ENTRY), False)])
def test_a_dependent_waits_only_where_consul_says_no(
    known: Registered | None,
    barred: bool,  # noqa: FBT001  pytest's way
) -> None:
    asking = daemon(AGENT, services_registered=True)
    wanted = desired(asking, daemon(REGISTRATOR, Dependency(AGENT)))
    view = observed(structs.replace(host(1, task("a")), registered=known))
    found = case(start(REGISTRATOR, 1), seen=view, wanted=wanted).check().violations
    assert bool(found) is barred
