"""What is planned while the lock store is down."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.lease import RepairOnly
from daemonctl.model.memory import Memory
from daemonctl.model.reason import Condition, Notice
from daemonctl.model.spec import GateSpec
from tests.unit.planning.scenery import (
    NOW,
    arn,
    crash,
    desired,
    host,
    observed,
    planned,
    spec,
    starts,
    stops,
    task,
    task_arn,
)

DOWN = RepairOnly(0.0, "the lock store is down")
OURS = "daemonctl: OUTDATED: consul-agent:1"


def down(gaps_since: float = 0.0) -> Memory:
    return Memory(repair=structs.replace(DOWN, gaps_since=gaps_since))


def test_what_died_is_started_and_duplicates_go() -> None:
    seen = observed(host(1, task(1, age=60), task(2, age=50)), host(2, crash(3, ran=700)))
    made = planned(desired(), seen, down())
    assert [place for _, place in starts(made)] == [arn(2)]
    assert stops(made) == [task_arn(2)]
    assert made.conditions == (Condition(Notice.REPAIR_ONLY, DOWN.words),)


def test_a_duplicate_is_left_for_a_while_to_whoever_leads() -> None:
    young = observed(host(1, task(1, age=900), task(2, age=24), task(3, age=20)))
    made = planned(desired(), young, down())
    assert stops(made) == []
    assert made.wake == NOW + 1
    assert len(stops(planned(desired(), young, Memory()))) == 1
    old = observed(host(1, task(1, age=900), task(2, age=25), task(3, age=20)))
    assert len(stops(planned(desired(), old, down()))) == 1


def test_nothing_that_could_wait_is_done() -> None:
    gated = desired(spec(constraints=("attribute:role == web",)), gate=GateSpec())
    seen = observed(host(1, task(1)), host(2), host(3))
    assert stops(planned(gated, seen, Memory())) == []  # over half: a person has to look
    one = desired(spec(constraints=("attribute:role == web",)))
    drained = observed(host(1, task(1), status="DRAINING"))
    at = structs.replace(drained.hosts[arn(1)], listed_at=NOW - 5, draining_since=NOW - 60)
    drained = structs.replace(drained, hosts={arn(1): at})
    assert stops(planned(one, drained, Memory())) == [task_arn(1)]
    assert planned(one, drained, down()).actions == ()


def test_no_gate_is_set() -> None:
    gated = desired(spec(), gate=GateSpec(open_after_seconds=0.0))
    seen = observed(host(1, task(1)))
    assert len(planned(gated, seen, Memory()).actions) == 1
    assert planned(gated, seen, down()).actions == ()


@pytest.mark.parametrize(
    ("ago", "reason", "gaps_since", "filled"),
    [
        (599.9, OURS, 0.0, False),
        (600.0, OURS, 0.0, True),
        (10.0, "Essential container in task exited", 0.0, True),
        (10.0, OURS, NOW - 10.0, False),
        (10.0, OURS, NOW - 9.9, True),
    ],
)
def test_a_gap_that_another_replica_made_is_left_to_it_for_a_while(
    ago: float, reason: str, gaps_since: float, *, filled: bool
) -> None:
    gone = crash(1, ago=ago, ran=700.0, stopped_reason=reason, stop_code="UserInitiated")
    made = planned(desired(), host(1, gone), down(gaps_since))
    assert (len(starts(made)) == 1) is filled
    if not filled:
        assert made.wake == NOW - ago + 600.0


def test_the_last_end_counts_and_that_of_adopted_tasks() -> None:
    stop = {"stopped_reason": OURS, "stop_code": "UserInitiated"}
    before = crash(1, ago=60.0, ran=700.0, **stop)
    after = crash(2, ago=50.0, ran=700.0)
    assert starts(planned(desired(), host(1, before, after), down()))
    taken = crash(3, ago=40.0, ran=700.0, group="family:x", started_by="", **stop)
    assert not starts(planned(desired(spec(adopt=True)), host(1, after, taken), down()))
    assert starts(planned(desired(), host(1, after, taken), down()))
    same = crash(3, ago=50.0, ran=700.0, **stop)  # in one second: better too careful
    assert not starts(planned(desired(), host(1, after, same), down()))
    unknown = crash(3, ran=700.0, **stop, stopped_at=None)
    assert starts(planned(desired(), host(1, unknown), down()))
