"""What runs once among others: dependents, the gate, hosts that leave, the brake."""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.ids import DaemonName
from daemonctl.model.memory import (
    DaemonMemory,
    Expectation,
    Kind,
    Memory,
    SlotMemory,
    SlowStart,
)
from daemonctl.model.plan import INFINITE
from daemonctl.model.reason import Code, Notice
from daemonctl.model.spec import GateSpec, Share
from daemonctl.planning.assessment import BEHIND
from daemonctl.planning.board import Board
from tests.unit.planning.scenery import (
    AGENT,
    NOW,
    arn,
    definition_arn,
    desired,
    host,
    observed,
    planned,
    spec,
    steady,
    stops,
    task,
    verdict,
)
from tests.unit.planning.test_once import AFTER, BEFORE, DONE, ONCE, SETUP, WANTED, fails, ran


def test_a_dependent_is_updated_after_it_and_waits_for_no_run_that_fails() -> None:
    wanted = desired(ONCE, structs.replace(AFTER, max_unavailable=Share(1)))
    old = task(definition=definition_arn(AGENT, 1))
    waits = planned(wanted, host(1, old, attributes=BEFORE), steady(wanted))
    assert verdict(waits).words.endswith("waits for setup to be updated here first")
    ready = planned(wanted, host(1, old, attributes=DONE), steady(wanted))
    assert stops(ready) == [old.arn]
    board, memory = Board(wanted), steady(wanted)
    broken = host(1, old, fails(7, ago=0.5), attributes=BEFORE)
    board.replan(observed(broken), memory, None, INFINITE, NOW)
    assert board.counts[AGENT].updated == 0
    assert board.tallies[1].having(BEHIND) == 0  # its rollout does not wait for this instance


def test_it_counts_for_the_gate_until_it_has_run_and_not_again() -> None:
    wanted = structs.replace(WANTED, gate=GateSpec())
    assert planned(wanted, host(1, task(), task(2, SETUP, age=5))).wake == NOW + 300
    ready = planned(wanted, host(1, task(), attributes=BEFORE), steady(wanted))
    assert ready.slots[arn(), DaemonName("")].gate is not None  # it begins to open
    optional = desired(structs.replace(ONCE, required=False), spec())
    optional = structs.replace(optional, gate=GateSpec())
    assert planned(optional, host(1, task()), steady(optional)).slots[arn(), DaemonName("")].gate


def test_where_it_does_not_belong_it_is_neither_started_nor_asked_for() -> None:
    elsewhere = desired(structs.replace(ONCE, constraints=("attribute:tier == web",)))
    assert verdict(planned(elsewhere, host(1)), SETUP).code is Code.CONSTRAINT
    served = task(9, group="service:web", started_by="ecs-svc/1")
    draining = planned(WANTED, host(1, ran(), served, status="DRAINING"))
    assert verdict(draining, SETUP).words == "the container instance is DRAINING"


def test_the_brake_comes_off_by_a_run_that_ended_well_alone() -> None:
    wanted = desired(ONCE)
    board, memory = Board(wanted), Memory()
    memory.slots[arn(), SETUP] = SlotMemory(expectation=Expectation(Kind.START, NOW - 1, NOW + 59))
    begun = board.replan(observed(host(1, attributes=BEFORE)), memory, None, INFINITE, NOW)
    assert begun.daemons == {}
    memory.daemons[SETUP] = DaemonMemory(SlowStart(limit=1))
    running = observed(host(1, task(1, SETUP, age=1), attributes=BEFORE))
    made = board.replan(running, Memory({}, memory.daemons), [arn()], INFINITE, NOW + 1)
    assert SETUP not in made.daemons
    done = observed(host(1, ran(ago=-1), attributes=BEFORE))
    made = board.replan(done, Memory({}, memory.daemons), [arn()], INFINITE, NOW + 2)
    assert made.daemons[SETUP].slow.limit == 2


def test_another_daemon_that_ends_with_exit_code_0_has_failed() -> None:
    ended = ran(1, definition=definition_arn(), group=task().group, ago=0.5)
    assert verdict(planned(desired(), host(1, ended))).code is Code.BACKOFF


def test_of_two_runs_the_one_of_the_wanted_revision_stays() -> None:
    both = (task(1, SETUP, age=90, definition=definition_arn(SETUP, 1)), task(2, SETUP, age=60))
    memory = Memory({(arn(), SETUP): SlotMemory(duplicate_since=NOW - 60)})
    assert stops(planned(desired(ONCE), host(1, *both), memory)) == [both[0].arn]


def test_where_an_instance_leaves_what_ran_there_is_counted_no_more() -> None:
    board, seen = Board(desired(ONCE)), host(1, attributes=BEFORE, status="REGISTERING")
    board.replan(observed(seen), Memory(), None, INFINITE, NOW)
    counts = board.counts[SETUP]
    assert (counts.desired, counts.current, counts.available) == (0, 0, 0)


def test_runs_that_do_not_end_are_counted_and_named() -> None:
    slow = structs.replace(ONCE, start_timeout_seconds=60.0)
    hung = [host(n, task(n, SETUP, age=300, host=n)) for n in (1, 2, 3, 4)]
    fine = [host(5, task(5, SETUP, age=30)), host(6, attributes=DONE)]
    (told,) = planned(desired(slow), observed(*hung, *fine)).conditions
    assert (told.notice, told.daemon) == (Notice.ONCE_HANGS, SETUP)
    names = ", ".join(f"i-{n:017x}" for n in (1, 2, 3))
    assert told.words == (
        "on 4 of 6 instances it has not ended after startTimeoutSeconds (60 s), and is left to "
        f"run: {names} and 1 more"
    )
    both = planned(desired(slow), observed(*hung[:1], host(7, attributes=BEFORE))).conditions
    assert [one.notice for one in both] == [Notice.ROLLOUT, Notice.ONCE_HANGS]
    assert both[1].words.endswith(f"left to run: i-{1:017x}")
    assert planned(desired(slow), observed(*fine)).conditions == ()


def test_a_run_that_has_ended_at_last_is_told_no_more() -> None:
    slow = desired(structs.replace(ONCE, start_timeout_seconds=60.0))
    board, seen = Board(slow), observed(host(1, task(1, SETUP, age=300)))
    board.replan(seen, Memory(), None, INFINITE, NOW)
    assert len(board.conditions) == 1
    board.replan(observed(host(1, ran(1))), Memory(), [arn()], INFINITE, NOW)
    assert board.conditions == ()
