"""What stays to be seen of a rollout, and what is told of it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from daemonctl.model.cluster import Task
from daemonctl.model.memory import DaemonMemory, Memory
from daemonctl.model.plan import Plan
from daemonctl.model.reason import Notice
from daemonctl.model.rollout import FailedInstance, HistoryEntry, Outcome, Pause, Phase, Rollout
from daemonctl.model.rollout import Revision as Rev
from daemonctl.model.spec import Share, Strategy
from daemonctl.planning.course import chart
from daemonctl.planning.rollout import Standing, advance
from tests.unit.planning.scenery import (
    AGENT,
    NOW,
    arn,
    definition,
    definition_arn,
    desired,
    host,
    observed,
    planned,
    spec,
    stopping,
    task,
)

OLD, NEW = Rev(definition_arn(AGENT, 1)), Rev(definition_arn(AGENT, 2))
FAILED = FailedInstance(arn(1), NOW - 9, "exit code 7")
BACK = Rollout(
    asked=NEW,
    target=OLD,
    last_good=OLD,
    phase=Phase.ROLLING,
    failed=(FAILED,),
    rollback_of=NEW,
    history=(HistoryEntry(1, NEW, 0.0, "config", Outcome.ROLLED_BACK), HistoryEntry(2, OLD, 1, "")),
)
DONE = Standing(desired=2, available=2, behind=0, lost=0, moving=0)


def test_who_failed_is_seen_after_the_way_back_and_bears_on_nothing() -> None:
    over = advance(spec(AGENT), NEW, BACK, DONE, NOW)
    assert (over.phase, over.failed) == (Phase.STEADY, (FAILED,))
    known = {one.definition: definition(AGENT, arn=one.definition) for one in (OLD, NEW)}
    assert chart(BACK, NEW, known, ()).failed == frozenset({arn(1)})
    assert chart(over, NEW, known, ()).failed == frozenset()


def test_a_course_keeps_what_was_worked_out_for_a_revision_that_stays() -> None:
    known = {one.definition: definition(AGENT, arn=one.definition) for one in (OLD, NEW)}
    straight = chart(None, NEW, known, ())
    assert straight.target is straight.good
    assert straight.target is not None
    kept = chart(ROLLING, NEW, known, (straight.target,))
    assert kept.target is straight.target
    assert kept.good is not kept.target
    again = {**known, NEW.definition: definition(AGENT, arn=NEW.definition, cpu_architecture="ARM")}
    changed = chart(ROLLING, NEW, again, (straight.target,))
    assert changed.target is not None
    assert changed.target.definition is again[NEW.definition]


def test_a_rollout_that_went_well_leaves_no_failures() -> None:
    forward = replace(BACK, target=NEW, rollback_of=None)
    assert advance(spec(AGENT), NEW, forward, DONE, NOW).failed == ()


def told(
    rollout: Rollout, *tasks: Task, stored: bool = False, **of_spec: object
) -> dict[Notice, str]:
    seen = observed(*(host(n, *tasks[n - 1 : n]) for n in (1, 2)))
    memory = Memory(daemons={AGENT: DaemonMemory(rollout=rollout)}, stored=stored)
    made: Plan = planned(desired(spec(**of_spec)), seen, memory)
    assert {condition.daemon for condition in made.conditions} == {AGENT}
    return {condition.notice: condition.words for condition in made.conditions}


ROLLING = Rollout(asked=NEW, target=NEW, last_good=OLD, phase=Phase.ROLLING, began=NOW)
PAUSED = Pause(NOW, "by ann")


@pytest.mark.parametrize(
    ("rollout", "notices"),
    [
        (replace(ROLLING, pause=PAUSED), [Notice.ROLLOUT_PAUSED]),
        (replace(ROLLING, phase=Phase.STEADY, pause=PAUSED), [Notice.ROLLOUT_PAUSED]),
        (replace(ROLLING, phase=Phase.HALTED), [Notice.ROLLOUT_HALTED]),
        (
            replace(ROLLING, phase=Phase.HALTED, pause=PAUSED),
            [Notice.ROLLOUT_PAUSED, Notice.ROLLOUT_HALTED],
        ),
        (replace(ROLLING, phase=Phase.UNCLEAR), [Notice.ROLLOUT_UNCLEAR]),
    ],
)
def test_what_is_told(rollout: Rollout, notices: list[Notice]) -> None:
    assert [notice for notice in told(rollout) if "ROLLOUT" in notice] == notices


def test_of_a_paused_one_one_condition_says_how_far_it_is_and_that_it_is_lost() -> None:
    words = told(replace(ROLLING, pause=PAUSED))[Notice.ROLLOUT_PAUSED]
    assert words.startswith(f"updates are paused: by ann; to {NEW}, rolling: ")
    assert words.endswith("it is lost when daemonctl restarts, for no store keeps it")
    steady = replace(ROLLING, phase=Phase.STEADY, pause=PAUSED)
    assert told(steady)[Notice.ROLLOUT_PAUSED] == (
        "updates are paused: by ann; it is lost when daemonctl restarts, for no store keeps it"
    )
    silent = replace(steady, pause=Pause(NOW))
    assert told(silent, stored=True)[Notice.ROLLOUT_PAUSED] == "updates are paused"


def test_who_has_no_task_counts_and_is_told() -> None:
    words = told(ROLLING, task(1))[Notice.ROLLOUT]
    assert words == "to consul-agent:2, rolling: 1 of 2 updated, 1 without a task"


def test_of_one_under_way_it_is_said_how_far_it_is() -> None:
    before = task(1, definition=OLD.definition)
    words = told(ROLLING, before, task(2), max_unavailable=Share(1))[Notice.ROLLOUT]
    assert words == "to consul-agent:2, rolling: 1 of 2 updated"
    ours = stopping(1, definition=OLD.definition, stopped_reason="daemonctl: OUTDATED: w")
    some = Share(2)
    words = told(replace(ROLLING, failed=(FAILED,)), ours, task(2), max_unavailable=some)[
        Notice.ROLLOUT
    ]
    assert words == (
        "to consul-agent:2, rolling: 1 of 2 updated, 1 without a task, "
        "1 unavailable by it (maxUnavailable is 2); "
        f"failed on {1:032x}: exit code 7"
    )
    by_hand = told(ROLLING, before, strategy=Strategy.ON_DELETE)[Notice.ROLLOUT]
    assert by_hand == (
        "to consul-agent:2, rolling: 0 of 2 updated, 1 without a task; "
        "strategy ON_DELETE: it waits for tasks to be stopped by hand"
    )


def test_of_one_that_was_halted_it_is_said_where_it_failed() -> None:
    halted = replace(ROLLING, phase=Phase.HALTED)
    words = "consul-agent:2 was halted: "
    assert told(halted)[Notice.ROLLOUT_HALTED] == f"{words}no instance failed"
    several = tuple(replace(FAILED, instance=arn(n)) for n in (1, 2, 3))
    assert told(replace(halted, failed=several))[Notice.ROLLOUT_HALTED] == (
        f"{words}failed on {1:032x} and 2 more: exit code 7"
    )


def test_of_one_that_is_unclear_it_is_said_why_nothing_is_done() -> None:
    assert told(replace(ROLLING, phase=Phase.UNCLEAR))[Notice.ROLLOUT_UNCLEAR] == (
        "mixed revisions were found, and nothing is remembered of how it came to that: "
        "nothing is updated; the config wants consul-agent:2"
    )


def test_of_a_rollback_it_is_said_what_was_given_up_and_why() -> None:
    words = "consul-agent:2 was given up for consul-agent:1"
    assert told(BACK)[Notice.ROLLED_BACK] == f"{words}: failed on {1:032x}: exit code 7"
    assert told(replace(BACK, failed=()))[Notice.ROLLED_BACK] == words
