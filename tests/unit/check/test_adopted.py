"""What a daemon that adopts may stop, and what keeps it from starting."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.desired import Desired
from daemonctl.model.ids import DaemonName
from tests.unit.check.given import (
    AGENT,
    REGISTRATOR,
    case,
    daemon,
    definition,
    desired,
    host,
    observed,
    repair,
    start,
    task,
    voluntary,
)

ADOPTING = desired(daemon(AGENT, adopt=True))
FAULTY = desired(structs.replace(ADOPTING.daemons[0], definition=None))
BY_HAND = task("a", started_by="user-data", group="family:agent", definition=definition("agent", 1))
TWO = observed(host(1, BY_HAND, task("b")))


@pytest.mark.parametrize("wanted", [ADOPTING, FAULTY])
def test_an_adopted_task_is_stopped_as_ours(wanted: Desired) -> None:
    assert case(repair("a"), seen=TWO, wanted=wanted).check().violations == ()


def test_an_adopted_task_survives_a_repair() -> None:
    assert case(repair("b"), seen=TWO, wanted=ADOPTING).check().violations == ()


def test_nothing_starts_beside_an_adopted_task() -> None:
    (found,) = (
        case(start(AGENT, 1), seen=observed(host(1, BY_HAND)), wanted=ADOPTING).check().violations
    )
    assert found.invariant == "start_over_live"
    assert case(start(AGENT, 1), seen=observed(host(1, BY_HAND))).check().violations == ()


def test_a_removed_daemon_stops_what_it_had_adopted_and_nothing_else() -> None:
    orphan = voluntary("a", code="ORPHAN")
    seen = observed(host(1, BY_HAND), *(host(n) for n in range(2, 5)))
    agent = ADOPTING.daemons[0].spec
    gone = desired(daemon(REGISTRATOR), removed=(agent,))
    assert case(orphan, seen=seen, wanted=gone).check().violations == ()
    for spec in (structs.replace(agent, adopt=False), structs.replace(agent, name=DaemonName("x"))):
        wanted = desired(daemon(REGISTRATOR), removed=(spec,))
        (found,) = case(orphan, seen=seen, wanted=wanted).check().violations
        assert found.invariant == "foreign_stop"
