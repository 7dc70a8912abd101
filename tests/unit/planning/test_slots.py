from __future__ import annotations

from itertools import permutations

from daemonctl.model.cluster import Task
from daemonctl.planning.readiness import LOST, READY, Readiness, Ready
from daemonctl.planning.rules import compile_rules
from daemonctl.planning.slots import Ranked, keep_first, sort_tasks
from tests.unit.planning.scenery import (
    BOTH,
    MARK,
    NOW,
    REGISTRATOR,
    crash,
    definition_arn,
    host,
    stopping,
    task,
)

SETTLING = Readiness(Ready.SETTLING)


def ranked(one: Task, *, wanted: bool = True, state: Readiness = READY) -> Ranked:
    return Ranked(one, wanted, state)


def kept(*tasks: Ranked) -> Task:
    """The one that stays, in whatever order they come."""
    first = {keep_first(order)[0].task.arn for order in permutations(tasks)}
    assert len(first) == 1
    return keep_first(tasks)[0].task


def test_own_tasks_are_those_with_our_mark_and_the_daemons_group_in_any_state() -> None:
    found = sort_tasks(
        compile_rules(BOTH),
        host(1, task(1), stopping(2), crash(3), task(4, REGISTRATOR)),
    )
    numbers = {group: [int(t.arn[-1]) for t in own] for group, own in found.own.items()}
    assert numbers == {"daemonctl-consul-agent": [1, 2, 3], "daemonctl-registrator": [4]}
    assert (found.foreign, found.orphans) == ((), ())


def test_a_live_task_of_a_daemons_family_that_somebody_else_started_is_foreign() -> None:
    by_hand = task(1, started_by="", group="family:consul-agent")
    gone = task(2, started_by="", last="STOPPED")
    unrelated = task(3, started_by="", definition=definition_arn("nginx"))
    neighbour = task(4, started_by="daemonctl/staging")
    found = sort_tasks(compile_rules(BOTH), host(1, by_hand, gone, unrelated, neighbour))
    assert [t.arn for t in found.foreign] == [by_hand.arn, neighbour.arn]
    assert (found.own, found.orphans) == ({}, ())


def test_a_live_task_of_ours_of_no_wanted_daemon_is_an_orphan() -> None:
    retired = task(1, group="daemonctl-retired")
    found = sort_tasks(compile_rules(BOTH), host(1, retired, crash(2, group="daemonctl-retired")))
    assert [t.arn for t in found.orphans] == [retired.arn]
    assert retired.started_by == MARK


def test_of_duplicates_a_ready_one_stays() -> None:
    old = ranked(task(1, age=9000), wanted=False)
    new = ranked(task(2, age=5, last="PENDING"), state=SETTLING)
    assert kept(old, new) is old.task
    lost, ready = ranked(task(1, age=9000), state=LOST), ranked(task(2, age=5))
    assert kept(lost, ready) is ready.task


def test_of_several_that_are_ready_or_none_that_is_the_wanted_revision_stays() -> None:
    old = ranked(task(1, age=9000), wanted=False)
    assert kept(old, new := ranked(task(2, age=5))) is new.task
    runs = ranked(task(1, age=9000), wanted=False, state=SETTLING)
    pending = ranked(task(2, age=5, last="PENDING"), state=SETTLING)
    assert kept(runs, pending) is pending.task


def test_else_the_running_one_stays() -> None:
    pending = ranked(task(1, age=9000, last="PENDING"), state=SETTLING)
    running = ranked(task(2, age=5), state=SETTLING)
    assert kept(pending, running) is running.task


def test_among_equals_the_oldest_stays() -> None:
    young, old, middle = ranked(task(1, age=5)), ranked(task(2, age=50)), ranked(task(3, age=20))
    assert kept(young, old, middle) is old.task


def test_age_counts_from_first_sight_where_ecs_tells_none_and_the_arn_ends_it() -> None:
    seen = ranked(task(9, created_at=None, first_seen=NOW - 9999))
    assert kept(ranked(task(2)), seen, ranked(task(1))) is seen.task
    assert kept(ranked(task(2)), twin := ranked(task(1))) is twin.task


def test_every_task_of_ours_that_no_daemon_wants_is_an_orphan() -> None:
    gone = [task(n, group=f"daemonctl-gone-{n}") for n in (1, 2)]
    found = sort_tasks(compile_rules(BOTH), host(1, *gone, stopping(3, group="daemonctl-gone-3")))
    assert [one.arn for one in found.orphans] == [one.arn for one in gone]
