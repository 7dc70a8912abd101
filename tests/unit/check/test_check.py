"""What check keeps: whole plans, parts of one StartTask, and everything at its very bound."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.check import Checked
from daemonctl.check.pace import write_rate
from daemonctl.check.scene import writes_of
from daemonctl.check.stops import repair_without_survivor
from daemonctl.check.tally import Tally, tally
from daemonctl.model.cluster import Health, Task
from daemonctl.model.memory import DaemonMemory, Kind, Memory
from daemonctl.model.observed import Host
from daemonctl.model.spec import DependsOn, Limits, Share
from tests.unit.check import (
    drain_rows,
    gate_rows,
    lease_rows,
    once_rows,
    restart_rows,
    unused_rows,
)
from tests.unit.check.given import (
    AGENT,
    NOW,
    REGISTRATOR,
    Case,
    arn,
    case,
    daemon,
    desired,
    failure,
    host,
    instance,
    needs,
    observed,
    paused,
    remember,
    repair,
    sent,
    start,
    stopped,
    stopping,
    task,
    voluntary,
)

FULL = [host(n, task(f"t{n}", n)) for n in range(1, 5)]
HALF = Limits(max_cluster_share=Share(50, percent=True))
EMPTY = observed(host(1))


def test_nothing_to_do_is_not_even_looked_at() -> None:
    assert case(seen=observed(complete=False)).check() == Checked((), ())


@pytest.mark.parametrize(
    "good",
    [
        case(start(AGENT, 1), seen=observed(host(1), as_of=NOW - 1260.0)),
        case(start(AGENT, *range(1, 11)), seen=observed(*(host(n) for n in range(1, 11)))),
        case(start(AGENT, 1), seen=EMPTY, memory=remember(expectation=sent(Kind.START, NOW))),
        case(start(AGENT, 1), seen=EMPTY, memory=remember(expectation=sent(Kind.STOP))),
        case(start(AGENT, 1), seen=EMPTY, memory=remember(hold=paused(NOW), failure=failure(NOW))),
        case(start(AGENT, 1), seen=EMPTY, memory=remember(2, hold=paused(), failure=failure())),
        case(start(AGENT, 1), seen=EMPTY, memory=Memory(cluster=failure(NOW))),
        case(start(AGENT, 1), seen=EMPTY, memory=remember(writes=(NOW - 60.0, *[NOW - 1.0] * 5))),
        case(start(AGENT, 1), seen=observed(host(1, stopped("a")))),
        case(start(AGENT, 1), seen=observed(host(1, task("a", started_by="somebody")))),
        case(start(AGENT, 1), seen=observed(host(1, task("a", group="family:agent")))),
        case(start(REGISTRATOR, 1), seen=observed(host(1, task("a", started_at=NOW - 10.0)))),
        case(
            start(REGISTRATOR, 1),
            seen=observed(host(1, task("a", started_at=NOW))),
            wanted=needs(DependsOn.HEALTHY),
        ),
        case(
            start(REGISTRATOR, 1),
            seen=observed(host(1, task("a", health=Health.HEALTHY))),
            wanted=needs(DependsOn.READY, checked=True),
        ),
        case(
            start(REGISTRATOR, 1),
            seen=observed(host(1, task("a", connected=False, health=Health.UNHEALTHY))),
            wanted=needs(DependsOn.START, checked=True),
        ),
        case(
            repair("a"),
            seen=observed(host(1, task("a"), task("b"))),
            memory=remember(expectation=sent(Kind.START), failure=failure()),
        ),
        case(voluntary("t1"), seen=observed(*FULL, first_full_at=NOW - 660.0)),
        case(
            voluntary("t1", code="MISPLACED"),
            voluntary("t2", 2, "MISPLACED"),
            seen=observed(*FULL),
            wanted=desired(daemon(AGENT, max_unavailable=Share(2)), limits=HALF),
        ),
        *drain_rows.good(),
        *gate_rows.good(),
        *lease_rows.good(),
        *unused_rows.good(),
        *restart_rows.good(),
        *once_rows.good(),
    ],
)
def test_a_bound_itself_is_still_good(good: Case) -> None:
    assert good.check() == Checked(good.actions, ())


def test_a_start_loses_only_the_instances_at_fault() -> None:
    seen = observed(host(1), host(2, task("a", 2)), host(3))
    found = case(start(AGENT, 1, 2, 3, 4, words="why"), seen=seen).check()
    assert found.allowed == (start(AGENT, 1, 3, words="why"),)
    assert [violation.invariant for violation in found.violations] == [
        "start_on_wrong_host",
        "start_over_live",
    ]


def test_too_many_instances_lose_the_ones_beyond_ten() -> None:
    seen = observed(*(host(n) for n in range(1, 13)))
    found = case(start(AGENT, 1, 1, *range(2, 13)), seen=seen).check()
    assert found.allowed == (start(AGENT, *range(1, 11)),)


def test_one_sentence_for_an_action_that_a_stale_view_stops() -> None:
    seen = observed(host(1), host(2), host(3), as_of=0.0)
    found = case(start(AGENT, 1, 2), start(AGENT, 3), seen=seen).check()
    assert [v.action for v in found.violations] == [start(AGENT, 1, 2), start(AGENT, 3)]


def test_a_broken_budget_drops_voluntary_stops_and_nothing_else() -> None:
    seen = observed(*FULL, host(5), host(6, task("x", 6), task("y", 6)))
    others = (start(AGENT, 5), repair("x", 6))
    found = case(voluntary("t1"), others[0], voluntary("t2", 2), others[1], seen=seen).check()
    assert found.allowed == others
    assert [v.action for v in found.violations] == [voluntary("t1"), voluntary("t2", 2)]


@pytest.mark.parametrize(("until", "held"), [(NOW + 1.0, False), (NOW, True), (None, True)])
def test_over_half_may_go_while_an_operator_has_confirmed_it(
    *, until: float | None, held: bool
) -> None:
    seen = observed(host(1, task("t1", 1)), *(host(n) for n in range(2, 5)))
    memory = Memory(daemons={AGENT: DaemonMemory(misplaced_until=until)})
    found = case(voluntary("t1", 1, "MISPLACED"), seen=seen, memory=memory).check()
    assert bool(found.violations) is held


def test_each_daemon_has_its_own_budget() -> None:
    both = [host(n, task(f"a{n}", n), task(f"r{n}", n, REGISTRATOR)) for n in (1, 2, 3, 4)]
    one, other = voluntary("a1"), voluntary("r2", 2, daemon=REGISTRATOR)
    wide = desired(limits=HALF)
    assert case(one, other, seen=observed(*both), wanted=wide).check().allowed == (one, other)
    more = voluntary("r1", 1, daemon=REGISTRATOR)
    found = case(one, other, more, seen=observed(*both), wanted=wide).check()
    assert found.allowed == ()
    assert found.violations[0].words == (
        "voluntary stop of agent on h1 (UPDATE): "
        "2 of registrator would be unavailable by us, maxUnavailable is 1 of 4"
    )


def test_a_dropped_stop_no_longer_weighs_on_the_budget() -> None:
    # The second names a task that is not there: what is left is within maxUnavailable.
    seen = observed(*FULL)
    found = case(voluntary("t1"), voluntary("t1", 2), seen=seen).check()
    assert found.allowed == (voluntary("t1"),)


def test_of_two_repairs_of_a_slot_the_first_stays() -> None:
    seen = observed(host(1, task("a"), task("b")))
    assert case(repair("a"), repair("b"), seen=seen).check().allowed == (repair("a"),)


def test_a_task_that_the_plan_stops_as_well_is_no_survivor() -> None:
    pair = case(repair("a"), repair("b"), seen=observed(host(1, task("a"), task("b"))))
    found = [w.action for w, _ in repair_without_survivor(pair.scene(), writes_of(pair.actions))]
    assert found == [repair("a"), repair("b")]


@pytest.mark.parametrize(
    ("first", "other", "changed"),
    [
        ({}, {"started_at": NOW - 10.0}, {}),  # ready, too
        ({"started_at": NOW - 9.0}, {"started_at": NOW - 8.0}, {}),  # neither is
        ({}, {"started_at": NOW - 9.0}, {"once": True}),  # what runs once is never ready
        ({}, {"started_at": NOW - 9.0}, {"agent_alive": True}),  # nobody knows
    ],
)
def test_a_repair_may_stop_what_is_not_the_only_ready_one(
    first: dict[str, float], other: dict[str, float], changed: dict[str, bool]
) -> None:
    seen = observed(host(1, task("a", **first), task("b", **other)))
    wanted = desired(daemon(AGENT, min_ready_seconds=10.0, **changed))
    assert case(repair("a"), seen=seen, wanted=wanted).check().allowed == (repair("a"),)


def test_a_repair_of_a_daemon_that_left_the_config_asks_for_another_task_only() -> None:
    young = observed(host(1, task("a"), task("b", last_status="PENDING")))
    pair = case(repair("a"), seen=young, wanted=desired(daemon(REGISTRATOR)))
    assert list(repair_without_survivor(pair.scene(), writes_of(pair.actions))) == []


def test_the_plans_own_writes_count_for_the_limit() -> None:
    five = case(*[repair("a")] * 3, seen=EMPTY, memory=remember(writes=(NOW - 9.0,) * 5))
    words = [words for _, words in write_rate(five.scene(), writes_of(five.actions))]
    assert words == ["agent on h1: write 7 within 60 s"] * 2


def _tally(*hosts: Host, memory: Memory | None = None) -> Tally:
    wanted = desired(daemon(AGENT, min_ready_seconds=10.0))
    return tally(
        case(seen=observed(*hosts), wanted=wanted, memory=memory).scene(), wanted.daemons[0]
    )


def _updated(*after: Task) -> Host:
    gone = stopped("a", stopped_reason="daemonctl: UPDATE: old", created_at=2000.0)
    return host(1, gone, *after)


def test_places_are_active_ec2_instances() -> None:
    found = _tally(
        host(1),
        host(2, connected=False),
        host(3, status="DRAINING"),
        host(4, ec2_id="mi-4"),
        host(5, managed=True),
    )
    assert found.places == 2


def test_live_tasks_are_counted_each() -> None:
    assert _tally(host(1, task("a"), task("b"), stopping("c")), host(2, task("d", 2))).live == 3


@pytest.mark.parametrize(
    ("lost", "after"),
    [
        (True, ()),
        (True, (task("b", created_at=3000.0, last_status="PENDING", started_at=None),)),
        (True, (task("b", created_at=3000.0, started_at=NOW - 9.0),)),
        (False, (task("b", created_at=3000.0, started_at=NOW - 10.0),)),
        (True, (stopped("b", created_at=3000.0, started_at=3001.0, stopped_at=3600.0),)),
        (False, (stopped("b", created_at=3000.0, started_at=3001.0, stopped_at=3601.0),)),
        (True, (stopped("b", created_at=3000.0, started_at=None),)),
        (True, (stopped("b", created_at=3000.0, stopped_at=None),)),
        (True, (stopped("b", created_at=1999.0),)),
        (True, (stopped("b", created_at=None, first_seen=1999.0),)),
        (False, (stopped("b", created_at=None, first_seen=2001.0),)),
    ],
)
def test_a_voluntary_stop_is_made_good_by_a_task_that_was_ready(
    *,
    lost: bool,
    after: tuple[Task, ...],
) -> None:
    found = _tally(_updated(*after))
    assert list(found.lost) == ([arn(1)] if lost else [])


def test_a_host_that_lost_its_agent_counts_as_unavailable() -> None:
    gone = _updated(task("b", created_at=3000.0))
    assert list(_tally(gone).lost) == []
    away = structs.replace(gone, instance=instance(1, connected=False))
    assert list(_tally(away).lost) == [arn(1)]


@pytest.mark.parametrize(
    "reason",
    ["", "Task stopped by user", "daemonctl: DUPLICATE: two", "daemonctl: MISPLACED: no"],
)
def test_other_stops_are_not_unavailable_by_us(reason: str) -> None:
    found = _tally(host(1, stopped("a", stopped_reason=reason)))
    assert list(found.lost) == []


def test_a_misplaced_task_counts_until_it_has_left() -> None:
    reason = "daemonctl: MISPLACED: no"
    assert list(_tally(host(1, stopping("a", stopped_reason=reason))).leaving) == [arn(1)]
    assert list(_tally(host(1, stopped("a", stopped_reason=reason))).leaving) == []
    assert list(_tally(host(1, stopping("a", stopped_reason="by hand"))).leaving) == []


def test_a_stop_in_flight_takes_the_only_task_but_not_one_of_two() -> None:
    memory = remember(expectation=sent(Kind.STOP))
    single = _tally(host(1, task("a")), memory=memory)
    assert (list(single.lost), list(single.leaving)) == ([arn(1)], [arn(1)])
    pair = _tally(host(1, task("a"), task("b")), memory=memory)
    assert (list(pair.lost), list(pair.leaving)) == ([], [])
    starting = _tally(host(1, task("a")), memory=remember(expectation=sent(Kind.START)))
    assert (list(starting.lost), list(starting.leaving)) == ([], [])
