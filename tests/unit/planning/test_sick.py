from __future__ import annotations

from daemonctl.model.cluster import Container, Health, Task
from daemonctl.model.memory import Failure, Memory, SlotMemory
from daemonctl.model.observed import Host
from daemonctl.model.plan import INFINITE, StopKind, StopTask
from daemonctl.model.reason import Code, Condition, Notice, Verdict
from daemonctl.model.spec import Limits, Share
from daemonctl.model.status import Counts
from daemonctl.planning.backoff import REPLACED, crashed, extend
from daemonctl.planning.board import Board
from tests.unit.planning.scenery import (
    AGENT,
    NOW,
    applied,
    arn,
    crash,
    daemon,
    definition,
    definition_arn,
    desired,
    host,
    notices,
    observed,
    planned,
    spec,
    starts,
    stops,
    task,
    task_arn,
    verdict,
)

WAIT = 60.0
CHECKED = desired(
    daemon(spec(max_unavailable=Share(2)), definition(has_health_check=True)),
    limits=Limits(max_cluster_share=Share(100, percent=True)),
)


def sick(number: int, **changes: object) -> Host:
    ill = Container("main", "RUNNING", health=Health.UNHEALTHY)
    one = task(number, health=Health.UNHEALTHY, containers=(ill,), **changes)
    return host(number, one)


def well(*numbers: int) -> list[Host]:
    return [host(n, task(n, health=Health.HEALTHY)) for n in numbers]


def since(seconds: float, *numbers: int, **changes: object) -> Memory:
    memory = SlotMemory(unhealthy_since=NOW - seconds, **changes)
    return Memory(slots={(arn(n), AGENT): memory for n in numbers})


def counted(seen: Host, memory: Memory) -> Counts:
    board = Board(CHECKED)
    board.replan(observed(seen), memory, None, INFINITE, NOW)
    return board.counts[AGENT]


def test_an_unhealthy_task_is_left_for_unhealthy_after_seconds() -> None:
    made = planned(CHECKED, sick(1))
    assert (verdict(made).code, verdict(made).until) == (Code.UNHEALTHY, NOW + WAIT)
    assert "container main is UNHEALTHY" in verdict(made).words
    assert (made.actions, made.wake) == ((), NOW + WAIT)
    assert made.slots[arn(1), AGENT] == SlotMemory(unhealthy_since=NOW)


def test_then_it_is_stopped_as_a_voluntary_stop_that_says_which_container() -> None:
    seen = observed(sick(1), *well(2, 3, 4, 5))
    made = planned(CHECKED, seen, since(WAIT, 1))
    assert verdict(made) == Verdict(Code.UNHEALTHY, "container main is UNHEALTHY")
    (stop,) = made.actions
    assert isinstance(stop, StopTask)
    assert (stop.kind, stop.task) == (StopKind.VOLUNTARY, task_arn(1))
    assert stop.reason.startswith(f"{REPLACED} container main is UNHEALTHY")


def test_not_a_moment_before() -> None:
    seen = observed(sick(1), *well(2, 3, 4, 5))
    assert stops(planned(CHECKED, seen, since(WAIT - 0.001, 1))) == []


def test_getting_well_in_between_starts_the_wait_anew() -> None:
    made = planned(CHECKED, host(1, task(1, health=Health.HEALTHY)), since(50, 1))
    assert verdict(made).code is Code.READY
    assert made.slots == {(arn(1), AGENT): None}


def test_above_a_fifth_at_once_none_is_replaced_and_a_common_cause_is_told() -> None:
    seen = observed(*(sick(n) for n in (1, 2, 3)), *well(*range(4, 11)))
    made = planned(CHECKED, seen, since(WAIT, 1, 2, 3))
    assert (stops(made), notices(made)) == ([], [(Notice.COMMON_CAUSE, AGENT)])
    assert made.conditions[0].words == (
        "3 of 10 tasks are UNHEALTHY, over 20 %: none is replaced; look for a common cause "
        "(what the health check asks, the network, Consul)"
    )
    half = observed(*(sick(n) for n in (1, 2)), *well(3, 4))
    assert stops(planned(CHECKED, half, since(WAIT, 1, 2))) == []
    fewer = observed(*(sick(n) for n in (1, 2)), *well(*range(3, 11)))
    assert stops(planned(CHECKED, fewer, since(WAIT, 1, 2))) == [task_arn(1), task_arn(2)]


def test_a_single_one_is_replaced_however_small_the_cluster() -> None:
    assert stops(planned(CHECKED, sick(1), since(WAIT, 1))) == [task_arn(1)]


def test_never_more_lost_to_us_than_max_unavailable() -> None:
    gone = [host(n, stopped_by_us(n)) for n in (1, 2)]
    seen = observed(*gone, sick(3), *well(*range(4, 20)))
    made = planned(CHECKED, seen, since(WAIT, 3))
    assert stops(made) == []
    waits = Condition(Notice.STOPS_HELD, "1 unhealthy tasks wait for their turn", AGENT)
    assert waits in made.conditions
    one = observed(gone[0], sick(3), *well(*range(4, 20)))
    assert stops(planned(CHECKED, one, since(WAIT, 3))) == [task_arn(3)]


def test_what_is_lost_already_may_be_replaced_again_without_more_room() -> None:
    gone, taken = (stopped_by_us(n, why="daemonctl: OUTDATED: another revision") for n in (1, 2))
    back = host(2, taken, *sick(32).tasks)
    seen = observed(host(1, gone), back, sick(3), *well(*range(4, 20)))
    made = planned(CHECKED, seen, since(WAIT, 2, 3))
    assert stops(made) == [task_arn(32)]


def test_one_that_was_sick_before_it_was_replaced_has_lost_nothing_by_that() -> None:
    again = host(3, stopped_by_us(3), *sick(33).tasks)
    seen = observed(sick(1), sick(2), again, *well(*range(4, 30)))
    assert stops(planned(CHECKED, seen, since(WAIT, 1, 2, 3))) == [task_arn(1), task_arn(2)]


def test_a_stop_on_its_way_counts_as_lost() -> None:
    seen = observed(*(sick(n) for n in (1, 2, 3)), *well(*range(4, 30)))
    memory = since(WAIT, 1, 2, 3)
    first = planned(CHECKED, seen, memory)
    assert stops(first) == [task_arn(1), task_arn(2)]
    assert stops(planned(CHECKED, seen, applied(memory, first), at=1)) == []


def test_what_was_replaced_is_started_again_at_once_and_counts_as_a_failure() -> None:
    made = planned(CHECKED, host(1, stopped_by_us(1)))
    assert starts(made) == [(AGENT, arn(1))]
    failure = made.slots[arn(1), AGENT].failure
    assert failure is not None
    assert (failure.streak, failure.until) == (1, failure.at)


def test_the_next_replacement_waits_longer_while_the_sick_one_runs_on() -> None:
    series = Failure(8, at=NOW - 100, until=NOW - 100, code="UserInitiated", words="sick again")
    seen = observed(sick(1), *well(2, 3, 4, 5))
    made = planned(CHECKED, seen, since(WAIT, 1, failure=series))
    assert stops(made) == []
    assert verdict(made).until == NOW - 100 + 128
    assert stops(planned(CHECKED, seen, since(WAIT, 1, failure=series), at=28)) == [task_arn(1)]


def test_nothing_is_stopped_while_a_hold_lasts() -> None:
    seen = observed(sick(1), *well(2, 3, 4, 5))
    writes = tuple(NOW - n for n in range(6, 0, -1))
    made = planned(CHECKED, seen, since(WAIT, 1, writes=writes))
    assert (stops(made), made.wake) == ([], NOW + 55)  # the stop and the start after it fit then
    alone = counted(sick(1), since(WAIT, 1, writes=writes))
    assert (alone.desired, alone.current, alone.ready, alone.updated) == (1, 1, 0, 1)


def test_a_sick_one_of_another_revision_is_not_updated() -> None:
    before = sick(1, definition=definition_arn(revision=1))
    assert counted(before, Memory()).updated == 0


def test_where_the_agent_is_away_it_is_looked_at_when_what_is_known_is_too_old() -> None:
    away = host(1, *sick(1).tasks, away=250)
    assert planned(CHECKED, away).wake == NOW + 50
    assert planned(CHECKED, away, since(WAIT, 1)).wake == NOW + 50


def test_on_an_instance_without_its_agent_it_is_left() -> None:
    away = host(1, *sick(1).tasks, away=1)
    assert stops(planned(CHECKED, observed(away, *well(2, 3, 4, 5)), since(WAIT, 1))) == []


def test_only_a_stop_for_being_unhealthy_counts_as_a_crash_of_ours() -> None:
    ours = stopped_by_us(1)
    assert crashed(ours)
    assert not crashed(stopped_by_us(1, why="daemonctl: DUPLICATE: two"))
    assert extend(None, ours, spec().restart, NOW).until == ours.stopped_at


def stopped_by_us(number: int, why: str = f"{REPLACED} container main is UNHEALTHY") -> Task:
    return crash(
        number,
        ago=60,
        ran=100,
        stop_code="UserInitiated",
        stopped_reason=why,
        containers=(),
    )
