"""Rollouts led on by what hosts say: when, for whom, and what is forgotten by it."""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.cluster import Container, Health, Resources, Task
from daemonctl.model.desired import Desired, DesiredDaemon
from daemonctl.model.ids import GATE
from daemonctl.model.memory import NOTHING, Failure, Memory, SlotMemory
from daemonctl.model.observed import Host
from daemonctl.model.plan import INFINITE, Plan
from daemonctl.model.rollout import FailedInstance, Pause, Phase, Revision, Rollout
from daemonctl.model.spec import Canary, Dependency, DependsOn, Share
from daemonctl.planning.board import Board
from tests.unit.planning.rollouts import (
    OLD,
    died,
    fleet,
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
    definition,
    definition_arn,
    desired,
    host,
    observed,
    planned,
    spec,
    stopping,
    stops,
    task,
    task_arn,
    verdict,
)

SERIES = Failure(9, NOW, NOW + 600, "EssentialContainerExited", "exit 1")
NO_ROOM = Resources(64, 7680)
BOTH = desired(with_old(spec()), with_old(spec(REGISTRATOR)))


def both(**changes: object) -> Memory:
    daemons = {**rolling(**changes).daemons, **rolling(REGISTRATOR).daemons}
    return Memory(daemons=daemons)


def outcome(made: Plan, name: object = AGENT) -> Rollout | None:
    held = made.daemons.get(REGISTRATOR if name == REGISTRATOR else AGENT)
    return None if held is None else held.rollout


def in_zone(zone: str, number: int, *tasks: Task) -> Host:
    return host(number, *tasks, attributes=attributes(ecs__availability_zone=zone))


def done(*numbers: int) -> list[Host]:
    return [host(n, task(n)) for n in numbers]


def test_what_was_found_out_stays_though_nobody_remembers_it() -> None:
    board, seen = Board(wanted()), observed(*fleet(1), *done(2))
    for at in (0.0, 5.0):
        found = outcome(board.replan(seen, Memory(), None, INFINITE, NOW + at))
        assert found is not None
        assert found.began == NOW


def test_one_daemon_that_changes_its_course_is_looked_at_everywhere() -> None:
    board = Board(BOTH)
    seen = observed(*(host(n, old(n), old(n, REGISTRATOR, arn=task_arn(n + 90))) for n in (1, 2)))
    board.replan(seen, both(), None, INFINITE, NOW)
    paused = both(pause=Pause(NOW))
    made = board.replan(seen, paused, (), INFINITE, NOW + 1)
    assert "paused" in verdict(made).words
    assert "paused" in verdict(made, number=2).words


def test_one_daemon_that_gets_a_step_on_is_looked_at_everywhere() -> None:
    started = with_old(spec(canary=Canary(1, 60.0)))
    daemons = desired(started, with_old(spec(REGISTRATOR)))
    memory = both(phase=Phase.CANARY, canaries=(arn(1),), bake_since=NOW - 60)
    memory.daemons.update(rolling(REGISTRATOR, phase=Phase.STEADY).daemons)
    seen = observed(
        host(1, task(1), task(91, REGISTRATOR)),
        *(host(n, old(n), task(n + 90, REGISTRATOR)) for n in (2, 3)),
    )
    made = Board(daemons).replan(seen, memory, None, INFINITE, NOW)
    assert "canaries" not in verdict(made, number=2).words


def test_a_partial_view_leads_nothing_on() -> None:
    seen = observed(*done(1, 2), complete=False)
    assert planned(wanted(), seen, rolling()).daemons == {}
    assert outcome(planned(wanted(), observed(*done(1, 2)), rolling())) is not None


def test_one_that_cannot_be_led_on_holds_no_other_up() -> None:
    gone = DesiredDaemon(spec(), None, "does not exist")
    daemons = desired(gone, with_old(spec(REGISTRATOR)))
    made = planned(daemons, host(1, task(9, REGISTRATOR)), rolling(REGISTRATOR))
    led = outcome(made, REGISTRATOR)
    assert led is not None
    assert led.phase is Phase.STEADY


def test_a_bake_begins_now_and_is_looked_at_when_it_is_over() -> None:
    made = planned(wanted(bake_seconds=60.0), observed(*done(1, 2)), rolling())
    baking = outcome(made)
    assert baking is not None
    assert (baking.phase, baking.bake_since) == (Phase.BAKING, NOW)
    memory = rolling(phase=Phase.BAKING, bake_since=NOW - 10)
    assert planned(wanted(bake_seconds=60.0), observed(*done(1, 2)), memory).wake == NOW + 50


def test_a_rollout_that_changed_is_acted_on_at_once() -> None:
    memory = rolling(asked=OLD, target=OLD, phase=Phase.STEADY)
    first = Board(wanted()).replan(observed(*fleet(1, 2)), memory, None, INFINITE, NOW)
    assert (stops(first), first.wake) == ([], NOW)


def test_a_zone_that_is_done_leaves_the_turn_to_the_next() -> None:
    one = wanted(per_zone=True)
    seen = [in_zone("a", 1, task(1)), in_zone("a", 2, old(2)), in_zone("b", 3, old(3))]
    board = Board(one)
    assert stops(board.replan(observed(*seen), rolling(), None, INFINITE, NOW)) == [task_arn(2)]
    seen[1] = in_zone("a", 2, task(2))
    made = board.replan(observed(*seen), rolling(), (arn(2),), INFINITE, NOW + 1)
    assert stops(made) == [task_arn(3)]
    gone = Board(one)
    gone.replan(observed(*seen[::2], in_zone("a", 2, old(2))), rolling(), None, INFINITE, NOW)
    made = gone.replan(observed(*seen[::2]), rolling(), (arn(2),), INFINITE, NOW + 1)
    assert stops(made) == [task_arn(3)]


def test_without_per_zone_all_zones_are_updated_together() -> None:
    seen = observed(in_zone("a", 1, old(1)), in_zone("b", 2, old(2)))
    assert stops(planned(wanted(), seen, rolling())) == [task_arn(1), task_arn(2)]


def test_canaries_are_updated_where_they_are() -> None:
    memory = rolling(phase=Phase.CANARY, canaries=(arn(2),))
    seen = observed(in_zone("a", 1, old(1)), in_zone("b", 2, old(2)))
    made = planned(wanted(per_zone=True, canary=Canary(1)), seen, memory)
    assert stops(made) == [task_arn(2)]


def test_where_all_is_in_vain_no_zone_has_its_turn_and_updates_go_on() -> None:
    ill = Container("main", "RUNNING", health=Health.UNHEALTHY)
    checked = structs.replace(with_old(spec()), definition=definition(has_health_check=True))
    needs = Dependency(AGENT, DependsOn.START)
    zoned = with_old(spec(REGISTRATOR, needs, per_zone=True))
    sick = task(1, health=Health.UNHEALTHY, containers=(ill,))
    seen = host(1, sick, old(1, REGISTRATOR, arn=task_arn(9)))
    assert stops(planned(desired(checked, zoned), seen, both())) == [task_arn(9)]


def asked_anew(one: Desired, slots: dict[int, SlotMemory]) -> Plan:
    """The first plan after the config asks for another revision; 1 to 3 have no room for it."""
    memory = rolling(asked=OLD, target=OLD, last_good=OLD, phase=Phase.STEADY)
    held = structs.replace(memory.daemons[AGENT], failure=SERIES)
    memory.daemons[AGENT] = held
    memory.slots[arn(9), GATE] = SlotMemory(failure=SERIES)
    for number, slot in slots.items():
        memory.slots[arn(number), AGENT] = slot
    young = host(4, old(4, started_at=NOW - 100))
    seen = observed(*(host(n, remaining=NO_ROOM) for n in (1, 2, 3)), young)
    return Board(one).replan(seen, memory, None, INFINITE, NOW)


def test_failures_of_the_revision_before_are_forgiven_wherever_another_is_started() -> None:
    made = asked_anew(
        wanted(),
        {
            1: SlotMemory(failure=SERIES, probe_at=NOW + 9, writes=(NOW - 5,)),
            2: SlotMemory(failure=SERIES),
            3: SlotMemory(probe_at=NOW + 9),
        },
    )
    kept = {number: made.slots.get((arn(number), AGENT), NOTHING) for number in (1, 2, 3)}
    assert kept == {1: SlotMemory(writes=(NOW - 5,)), 2: None, 3: None}
    assert made.daemons[AGENT].failure is None
    assert outcome(made) is not None


def test_where_the_same_is_started_as_before_nothing_is_forgiven() -> None:
    one = wanted(canary=Canary(1))
    probed = SlotMemory(failure=SERIES, probe_at=NOW + 9)
    made = asked_anew(one, {1: probed, 2: probed, 4: SlotMemory(failure=SERIES)})
    led = outcome(made)
    assert led is not None
    assert (led.phase, led.canaries) == (Phase.CANARY, (arn(4),))
    assert {slot: kept for slot, kept in made.slots.items() if slot[1] == AGENT} == {
        (arn(3), AGENT): SlotMemory(probe_at=NOW + 900),
        (arn(4), AGENT): None,
    }


def test_a_canary_that_gets_back_what_it_had_is_forgiven_and_the_others_have_nothing_new() -> None:
    back = structs.replace(with_old(spec()), definition=definition(arn=OLD.definition))
    memory = rolling(phase=Phase.CANARY, canaries=(arn(1),))
    for number in (1, 2):
        memory.slots[arn(number), AGENT] = SlotMemory(failure=SERIES, counted=())
    made = Board(desired(back)).replan(observed(host(1), host(2)), memory, None, INFINITE, NOW)
    assert made.slots == {(arn(1), AGENT): None}


def test_failures_are_forgiven_where_nothing_could_be_started_before() -> None:
    unknown = Revision(definition_arn(revision=9))
    memory = rolling(asked=unknown, target=unknown, last_good=None)
    memory.slots[arn(1), AGENT] = SlotMemory(failure=SERIES)
    made = Board(wanted()).replan(observed(host(1)), memory, None, INFINITE, NOW)
    assert made.slots == {(arn(1), AGENT): None}


def test_who_failed_once_and_is_well_has_not_failed_the_next_time() -> None:
    tries = [died(1, n, ago=20 - n) for n in range(3)]
    board, others = Board(wanted()), fleet(2, 3)
    bad = observed(host(1, updated_away(1), *tries), *others)
    led = outcome(board.replan(bad, rolling(), None, INFINITE, NOW))
    assert led is not None
    assert [one.instance for one in led.failed] == [arn(1)]
    well = observed(*done(1), *others)
    assert outcome(board.replan(well, rolling(), (arn(1),), INFINITE, NOW + 1)) is None


def test_a_gap_that_is_filled_or_emptied_keeps_a_rollout_open() -> None:
    for hosts in (
        [host(1), host(2, stopping(2))],
        [host(2, stopping(2))],
        [host(1)],
    ):
        made = planned(wanted(), observed(*hosts, *done(3, 4)), rolling())
        assert outcome(made) is None, "it is ROLLING still"


def test_only_one_that_failed_and_is_gone_for_good_holds_its_part_of_the_budget() -> None:
    fell = FailedInstance(arn(1), NOW - 5, "fell back", fell_back=True)
    one = wanted(max_unavailable=Share(1))
    seen = observed(host(1), *fleet(2, 3))
    assert outcome(planned(one, seen, rolling(failed=(fell,)))) is None
    late = planned(one, seen, rolling(failed=(structs.replace(fell, at=NOW - 60),)))
    led = outcome(late)
    assert led is not None
    assert led.target == OLD
    back = observed(*done(1), *fleet(2, 3))
    old_failure = structs.replace(fell, at=NOW - 600)
    assert outcome(planned(one, back, rolling(failed=(old_failure,)))) is None


def test_who_was_disconnected_before_the_rollout_takes_nothing_of_the_budget() -> None:
    away = host(1, updated_away(1, ago=1500), task(1), away=1200)
    one = wanted(max_unavailable=Share(1))
    assert stops(planned(one, observed(away, *fleet(2)), rolling())) == [task_arn(2)]
    then = host(1, updated_away(1, ago=1500), task(1), away=1000)
    assert stops(planned(one, observed(then, *fleet(2)), rolling())) == []
    later = host(1, updated_away(1, ago=950), task(1, age=900), away=800)
    assert stops(planned(one, observed(later, *fleet(2)), rolling())) == []


def canaries(*hosts: Host, **changes: object) -> tuple[object, ...]:
    one = wanted(canary=Canary(1))
    memory = rolling(phase=Phase.CANARY, **changes)
    led = outcome(planned(one, observed(*hosts), memory))
    return () if led is None else led.canaries


def test_a_canary_that_drains_is_replaced() -> None:
    draining = host(1, old(1), status="DRAINING")
    assert canaries(draining, *fleet(2, 3), canaries=(arn(1),)) == (arn(2),)


def test_where_none_is_ready_a_broken_one_is_the_canary_and_never_one_that_starts() -> None:
    starting = host(1, old(1, last="PENDING", age=5))
    broken = host(2, old(2, last="PENDING", age=900))
    assert canaries(starting, broken) == (arn(2),)
    assert canaries(starting, broken, *fleet(3)) == (arn(3),)
    assert canaries(*done(1), *fleet(2)) == (arn(2),)
