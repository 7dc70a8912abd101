"""Rollouts as plans make them: a cluster of a few hosts, a turn at a time."""

from __future__ import annotations

import pytest

from daemonctl.model.cluster import Task
from daemonctl.model.memory import Failure, Memory, SlotMemory
from daemonctl.model.observed import Host
from daemonctl.model.plan import StartTask, StopKind, StopTask
from daemonctl.model.reason import Code, Condition, Notice
from daemonctl.model.rollout import FailedInstance, Pause, Phase
from daemonctl.model.spec import Canary, Share, Strategy
from tests.unit.planning.rollouts import (
    NEW,
    OLD,
    fleet,
    notices,
    old,
    rolling,
    updated_away,
    wanted,
    with_old,
)
from tests.unit.planning.scenery import (
    AGENT,
    NOW,
    REGISTRATOR,
    arn,
    attributes,
    host,
    observed,
    planned,
    spec,
    stops,
    task,
    task_arn,
    verdict,
)


def test_a_new_wish_is_remembered_and_then_rolled_out_within_the_budget() -> None:
    made = planned(wanted(), observed(*fleet(1, 2, 3, 4)))
    rollout = made.daemons[AGENT].rollout
    assert rollout is not None
    assert (rollout.target, rollout.last_good, rollout.phase) == (NEW, OLD, Phase.ROLLING)
    assert [entry.cause for entry in rollout.history] == ["found running", "config"]
    assert [(a.task, a.code, a.kind) for a in made.actions if isinstance(a, StopTask)] == [
        (task_arn(n), Code.OUTDATED, StopKind.VOLUNTARY) for n in (1, 2)
    ]
    assert verdict(made).words == "runs consul-agent:1, is to run consul-agent:2"
    assert notices(made) == [Notice.ROLLOUT]


def test_broken_and_ready_ones_share_one_budget() -> None:
    late = host(4, old(4, age=900, last="PENDING"))
    made = planned(wanted(), observed(*fleet(1, 2, 3), late), rolling())
    assert stops(made) == [task_arn(4), task_arn(1)]


def test_a_gap_is_filled_with_the_target_while_rolling() -> None:
    made = planned(wanted(), observed(host(1), *fleet(2, 3)), rolling())
    assert [a.definition for a in made.actions if isinstance(a, StartTask)] == [NEW.definition]


@pytest.mark.parametrize("phase", [Phase.HALTED, Phase.UNCLEAR])
def test_a_gap_is_filled_with_the_last_good_one_while_held(phase: Phase) -> None:
    made = planned(wanted(), observed(host(1), *fleet(2, 3)), rolling(phase=phase))
    (start,) = made.actions
    assert isinstance(start, StartTask)
    assert (start.definition, start.rollback_of) == (OLD.definition, "")
    assert f"the rollout is {phase.lower()}" in verdict(made, number=2).words


def test_canaries_get_the_target_and_the_others_the_last_good_one() -> None:
    memory = rolling(phase=Phase.CANARY, canaries=(arn(2),))
    seen = observed(host(1), host(2), *fleet(3, 4))
    made = planned(wanted(canary=Canary(1)), seen, memory)
    asked = {a.instances: a.definition for a in made.actions if isinstance(a, StartTask)}
    assert asked == {(arn(1),): OLD.definition, (arn(2),): NEW.definition}
    assert "waits for the canaries" in verdict(made, number=3).words


def test_canaries_are_the_first_ready_ones_by_zone_and_id() -> None:
    zones = {1: "eu-west-1b", 2: "eu-west-1a", 3: "eu-west-1a"}
    hosts = [
        host(n, old(n, age=3600 if n != 2 else 1), attributes=attributes(
            ecs__availability_zone=zone)) for n, zone in zones.items()
    ]  # fmt: skip
    one = wanted(canary=Canary(1), min_ready_seconds=30.0, per_zone=True)
    made = planned(one, observed(*hosts), rolling(phase=Phase.CANARY))
    assert made.daemons[AGENT].rollout.canaries == (arn(3),)  # type: ignore[union-attr]  # it is there
    assert stops(made) == [task_arn(3)]


def test_a_rollback_is_told_to_the_tasks() -> None:
    memory = rolling(asked=NEW, target=OLD, last_good=OLD, rollback_of=NEW)
    made = planned(wanted(), observed(host(1), host(2, task(2, host=2))), memory)
    start, stop = made.actions
    assert isinstance(start, StartTask)
    assert isinstance(stop, StopTask)
    assert (start.definition, start.rollback_of) == (OLD.definition, "consul-agent:2")
    assert stop.task == task_arn(2)
    assert notices(made) == [Notice.ROLLOUT, Notice.ROLLED_BACK]


@pytest.mark.parametrize(
    ("changes", "of_spec", "words"),
    [
        ({"pause": Pause(NOW, "wait")}, {}, "the rollout is paused"),
        ({}, {"strategy": Strategy.ON_DELETE}, "strategy ON_DELETE"),
    ],
)
def test_nothing_is_stopped_while_paused_or_left_to_the_operator(
    changes: dict[str, object], of_spec: dict[str, object], words: str
) -> None:
    made = planned(wanted(**of_spec), observed(*fleet(1, 2)), rolling(**changes))
    assert stops(made) == []
    assert words in verdict(made).words
    told = " ".join(one.words for one in made.conditions)
    assert ("lost when daemonctl restarts" in told) == bool(changes)
    assert ("stopped by hand" in told) == bool(of_spec)


def test_unsaved_no_update_is_made() -> None:
    memory = rolling()
    memory.unsaved[AGENT] = None
    made = planned(wanted(), observed(host(1), *fleet(2, 3)), memory)
    assert stops(made) == []
    assert len(made.actions) == 1
    words = "the state of the rollout could not be saved: updates wait, repairs go on"
    assert Condition(Notice.STATE_UNSAVED, words, AGENT) in made.conditions


def test_what_settles_or_is_unknown_is_never_free_to_update() -> None:
    late = spec(min_ready_seconds=30.0, max_unavailable=Share(5))
    young = host(1, old(1, age=10))
    away = host(2, old(2), away=10)
    made = planned(wanted(with_old(late)), observed(young, away), rolling())
    assert stops(made) == []
    assert verdict(made).code is Code.SETTLING


def test_what_is_broken_is_replaced_as_such_and_waits_no_longer() -> None:
    late = host(1, old(1, age=900, last="PENDING"))
    made = planned(wanted(), observed(late, *fleet(2, 3)), rolling())
    first = made.actions[0]
    assert isinstance(first, StopTask)
    assert (first.code, verdict(made).code) == (Code.UNREADY, Code.UNREADY)
    busy = Memory(
        {(arn(1), AGENT): SlotMemory(writes=tuple(NOW - n for n in range(6)))}, rolling().daemons
    )
    assert task_arn(1) not in stops(planned(wanted(), observed(late), busy))
    paused = planned(wanted(), observed(late), rolling(pause=Pause(NOW)))
    assert verdict(paused).code is Code.START_TIMEOUT


def test_a_restart_replaces_what_is_older() -> None:
    memory = rolling(target=NEW, last_good=NEW, restarted_at=NOW - 60)
    seen = observed(host(1, task(1, age=61)), host(2, task(2, host=2, age=59)))
    made = planned(wanted(), seen, memory)
    assert stops(made) == [task_arn(1)]
    assert verdict(made).words == "runs consul-agent:2 and is to be restarted"


def test_other_overrides_are_another_revision() -> None:
    seen = host(1, task(1, overrides='{"cpu":"1"}'))
    made = planned(wanted(), seen, rolling())
    assert verdict(made).words == "runs consul-agent:2 with other overrides than wanted"


def test_one_zone_is_finished_before_the_next_and_no_failed_one_holds_it() -> None:
    def at(number: int, zone: str, *tasks: Task) -> Host:
        return host(number, *tasks, attributes=attributes(ecs__availability_zone=zone))

    one = wanted(per_zone=True, max_unavailable=Share(3))
    first, second = at(1, "eu-west-1a", updated_away(1)), at(2, "eu-west-1b", old(2))
    assert stops(planned(one, observed(first, second), rolling())) == []
    failed = (FailedInstance(arn(1), NOW, "exit 1"),)
    made = planned(one, observed(first, second), rolling(failed=failed))
    assert stops(made) == [task_arn(2)]
    both = planned(one, observed(at(1, "eu-west-1a", old(1)), second), rolling())
    assert stops(both) == [task_arn(1)]


BOTH = (with_old(spec()), with_old(spec(REGISTRATOR, AGENT)))


def both() -> Memory:
    daemons = {**rolling().daemons, **rolling(REGISTRATOR).daemons}
    return Memory(daemons=daemons)


def test_a_dependency_is_updated_first_and_has_to_be_there() -> None:
    seen = host(1, old(1), old(1, REGISTRATOR, arn=task_arn(9)))
    made = planned(wanted(*BOTH), seen, both())
    assert stops(made) == [task_arn(1)]
    assert "waits for consul-agent to be updated here first" in verdict(made, REGISTRATOR).words
    done = host(1, task(1), old(1, REGISTRATOR, arn=task_arn(9)))
    assert stops(planned(wanted(*BOTH), done, both())) == [task_arn(9)]


def test_a_dependency_that_is_broken_here_is_not_waited_for_by_the_rest() -> None:
    series = Failure(3, NOW, NOW + 60, "EssentialContainerExited", "exit 1")
    memory = both()
    memory.slots[arn(1), AGENT] = SlotMemory(failure=series)
    rest = host(2, task(2), task(2, REGISTRATOR, arn=task_arn(8)))
    seen = observed(host(1, old(1, REGISTRATOR, arn=task_arn(9))), rest)
    made = planned(wanted(*BOTH), seen, memory)
    assert "waits for consul-agent to be READY here" in verdict(made, REGISTRATOR).words
    rollout = made.daemons[REGISTRATOR].rollout
    assert rollout is not None
    assert rollout.phase is Phase.STEADY
