"""A revision that works for a moment: it neither gives its place back nor ends its rollout."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.cluster import Health, Task
from daemonctl.model.desired import Desired
from daemonctl.model.memory import Memory
from daemonctl.model.plan import Plan, StopTask
from daemonctl.model.rollout import Phase
from daemonctl.model.spec import Canary, Dependency, Share
from tests.unit.planning.rollouts import (
    NEW,
    OLD,
    died,
    fleet,
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
    definition,
    host,
    observed,
    planned,
    spec,
    stops,
    task,
    task_arn,
)

ONE = {"max_unavailable": Share(1)}


def fresh(ran: float = 3.0, number: int = 1, **changes: object) -> Task:
    """Of the target, RUNNING for so many seconds."""
    return task(number, host=number, age=ran + 5, **changes)


def turn(
    *first: Task, wish: Desired | None = None, memory: Memory | None = None, at: float = 0.0
) -> Plan:
    """Host 1 with these tasks, beside one that waits for its turn."""
    seen = observed(host(1, *first), *fleet(2))
    return planned(wish or wanted(**ONE), seen, memory or rolling(), at=at)


def ended(made: Plan) -> bool:
    held = made.daemons.get(AGENT)
    return held is not None and held.rollout is not None and held.rollout.phase is Phase.STEADY


def test_a_slot_where_the_target_crashed_stays_lost_until_it_has_run_for_ten_seconds() -> None:
    tries = (updated_away(1, ago=20), died(1, 1, ago=8))
    assert stops(turn(*tries, fresh(3))) == []
    made = turn(*tries, fresh(9.9))
    assert (stops(made), made.wake) == ([], pytest.approx(NOW + 0.1))
    assert stops(turn(*tries, fresh(10))) == [task_arn(2)]


def test_who_has_not_crashed_gives_the_place_back_at_once() -> None:
    assert stops(turn(updated_away(1, ago=20), fresh(3))) == [task_arn(2)]
    by_hand = structs.replace(died(1, 1, ago=8), stop_code="UserInitiated")
    assert stops(turn(updated_away(1, ago=20), by_hand, fresh(3))) == [task_arn(2)]


def test_a_crash_of_another_revision_says_nothing_of_the_target() -> None:
    before = structs.replace(died(1, 1, ago=8), definition=OLD.definition)
    assert stops(turn(updated_away(1, ago=20), before, fresh(3))) == [task_arn(2)]


def test_a_crash_where_nothing_of_ours_was_taken_costs_nothing_of_the_budget() -> None:
    assert stops(turn(died(1, 1, ago=8), fresh(3))) == [task_arn(2)]


def test_a_halted_or_ended_rollout_watches_nobody() -> None:
    tries = (updated_away(1, ago=20), died(1, 1, ago=8), fresh(3))
    assert stops(turn(*tries, memory=rolling(phase=Phase.STEADY))) == [task_arn(2)]


def test_what_a_crash_has_taken_is_no_leave_for_another_stop_there() -> None:
    """The check knows nothing of it: to it the slot is ready, and a stop takes something."""
    needs = Dependency(AGENT, restart=True)
    agent = task(9, age=2, started_at=NOW - 1)
    mine = (with_old(spec(REGISTRATOR, needs, max_unavailable=Share(1))),)
    tries = [
        structs.replace(one, group="daemonctl-registrator", definition=d)
        for one, d in (
            (updated_away(1, ago=20), with_old(spec(REGISTRATOR)).known[0].arn),
            (died(1, 1, ago=8), definition(REGISTRATOR).arn),
        )
    ]
    seen = observed(host(1, agent, *tries, fresh(3, daemon=REGISTRATOR)))
    memory = Memory(daemons={**rolling().daemons, **rolling(REGISTRATOR).daemons})
    made = planned(wanted(with_old(spec()), *mine), seen, memory)
    assert [action for action in made.actions if isinstance(action, StopTask)] == []


def test_a_rollout_ends_once_the_last_one_has_run_for_ten_seconds() -> None:
    def alone(ran: float, **of_spec: object) -> Plan:
        seen = observed(host(1, updated_away(1, ago=20), fresh(ran)))
        return planned(wanted(**of_spec), seen, rolling())

    assert not ended(alone(9.9))
    assert alone(9.9).wake == pytest.approx(NOW + 0.1)
    assert ended(alone(10))
    assert ended(alone(3, min_ready_seconds=2.0))


def test_a_health_check_that_passes_is_proof_enough() -> None:
    one = structs.replace(with_old(spec()), definition=definition(has_health_check=True))
    well = fresh(3, health=Health.HEALTHY)
    seen = observed(host(1, updated_away(1, ago=20), well))
    assert ended(planned(wanted(one), seen, rolling()))
    fell = observed(host(1, updated_away(1, ago=20), died(1, 1, ago=8), well))
    assert not ended(planned(wanted(one), fell, rolling()))


def test_what_comes_late_does_not_keep_a_rollout_from_ending() -> None:
    by_hand = structs.replace(died(2, 1, ago=8), stop_code="UserInitiated")
    for late in (host(2, fresh(1, 2)), host(2, by_hand, fresh(1, 2))):
        seen = observed(host(1, updated_away(1, ago=60), fresh(50)), late)
        assert ended(planned(wanted(), seen, rolling()))


def test_the_first_revision_is_good_once_enough_have_run_for_ten_seconds() -> None:
    first = rolling(last_good=None, asked=NEW, target=NEW)

    def made(*ran: float) -> Plan:
        hosts = [host(n, fresh(seconds, n)) for n, seconds in enumerate(ran, 1)]
        return planned(wanted(**ONE), observed(*hosts), first)

    assert not ended(made(9.9))
    assert ended(made(10))
    assert not ended(made(10, 11, 1, 1))
    assert ended(made(10, 11, 12, 1))


def test_a_mix_that_was_found_is_not_called_good_between_two_crashes() -> None:
    unclear = rolling(phase=Phase.UNCLEAR, last_good=None)
    tries = (died(1, 1, ago=8), fresh(3))
    assert not ended(planned(wanted(**ONE), observed(host(1, *tries)), unclear))
    late = (died(1, 1, ago=18), fresh(10))
    assert ended(planned(wanted(**ONE), observed(host(1, *late)), unclear))


def test_a_canary_bakes_from_when_it_has_run_for_ten_seconds() -> None:
    def baking(ran: float, *before: Task) -> float | None:
        memory = rolling(phase=Phase.CANARY, canaries=(arn(1),))
        wish = wanted(**ONE, canary=Canary(1, 60.0))
        made = turn(updated_away(1, ago=30), *before, fresh(ran), wish=wish, memory=memory)
        held = made.daemons.get(AGENT)
        return None if held is None or held.rollout is None else held.rollout.bake_since

    assert baking(9.9) is None
    assert baking(10) == NOW


def test_what_falls_back_in_the_last_moment_of_the_bake_is_waited_for() -> None:
    def over(*first: Task) -> bool:
        wish = wanted(bake_seconds=60.0, **ONE)
        memory = rolling(phase=Phase.BAKING, bake_since=NOW - 60)
        seen = observed(host(1, *first), host(2, task(2, host=2)))
        return ended(planned(wish, seen, memory))

    assert over(updated_away(1, ago=100), fresh(90))
    assert not over(updated_away(1, ago=20), died(1, 1, ago=1))
    assert not over(updated_away(1, ago=20), died(1, 1, ago=8), fresh(3))


def test_an_agent_that_flaps_keeps_no_rollout_from_ending() -> None:
    flaps = host(1, updated_away(1, ago=500), fresh(400), away=20)
    assert ended(planned(wanted(), observed(flaps, host(2, task(2, host=2))), rolling()))
    gone = host(1, updated_away(1, ago=500), fresh(400), away=400)
    assert not ended(planned(wanted(), observed(gone, host(2, task(2, host=2))), rolling()))


def test_a_stop_for_its_health_is_a_loss_that_the_next_one_has_to_make_good() -> None:
    sick = structs.replace(updated_away(1, ago=20), stopped_reason="daemonctl: UNHEALTHY: x")
    assert not ended(planned(wanted(), observed(host(1, sick, fresh(3))), rolling()))


def test_a_min_ready_of_one_second_is_asked_for() -> None:
    seen = observed(host(1, updated_away(1, ago=20), fresh(3)))
    assert ended(planned(wanted(min_ready_seconds=1.0), seen, rolling()))
