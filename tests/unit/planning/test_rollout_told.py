"""What stays to be seen of a rollout, and what is told of it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from daemonctl.model.memory import DaemonMemory, Memory
from daemonctl.model.plan import Plan
from daemonctl.model.reason import Notice
from daemonctl.model.rollout import FailedInstance, HistoryEntry, Outcome, Pause, Phase, Rollout
from daemonctl.model.rollout import Revision as Rev
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


def test_a_rollout_that_went_well_leaves_no_failures() -> None:
    forward = replace(BACK, target=NEW, rollback_of=None)
    assert advance(spec(AGENT), NEW, forward, DONE, NOW).failed == ()


def told(rollout: Rollout) -> dict[Notice, str]:
    seen = observed(*(host(n, task(n, n)) for n in (1, 2)))
    memory = Memory(daemons={AGENT: DaemonMemory(rollout=rollout)})
    made: Plan = planned(desired(), seen, memory)
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
    steady = told(replace(ROLLING, phase=Phase.STEADY, pause=PAUSED))[Notice.ROLLOUT_PAUSED]
    assert "rolling" not in steady
