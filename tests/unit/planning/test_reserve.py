"""Room that an update has freed is kept for the daemon that it was taken from."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.cluster import Resources, Task
from daemonctl.model.desired import Desired
from daemonctl.model.ids import DaemonName, group_of
from daemonctl.model.memory import Expectation, Failure, Kind, Memory, SlotMemory
from daemonctl.model.plan import Plan
from daemonctl.model.reason import Code
from daemonctl.model.spec import DaemonSpec, Dependency, DependsOn
from tests.unit.planning.scenery import (
    NOW,
    arn,
    crash,
    daemon,
    definition,
    definition_arn,
    desired,
    host,
    observed,
    planned,
    spec,
    starts,
    steady,
    stops,
    task,
    task_arn,
    verdict,
)

EARLY, LATE, THIRD = DaemonName("a"), DaemonName("z"), DaemonName("third")
NEEDS = Resources(100, 100)


def wish(*specs: DaemonSpec) -> Desired:
    return desired(*(daemon(one, definition(one.name, needs=NEEDS)) for one in specs))


def taken(name: DaemonName, **changes: object) -> Task:
    """An update has stopped it, and it has left its host."""
    reason = "daemonctl: OUTDATED: runs 1, is to run 2"
    gone = crash(9, name, ago=5, ran=500, stop_code="UserInitiated", stopped_reason=reason)
    return structs.replace(gone, containers=(), **changes)


def leaving(name: DaemonName) -> Task:
    return structs.replace(taken(name), last_status="RUNNING", stopped_at=None)


def crowded(wanted: Desired, *tasks: Task, memory: Memory | None = None) -> Plan:
    """A host with room for one more."""
    seen = host(1, *tasks, registered=Resources(1000, 1000), remaining=NEEDS)
    return planned(wanted, seen, steady(wanted, memory))


@pytest.mark.parametrize(("mine", "others"), [(EARLY, LATE), (LATE, EARLY)])
def test_who_waits_for_room_does_not_take_it_between_stop_and_start(
    mine: DaemonName, others: DaemonName
) -> None:
    both = wish(spec(mine), spec(others))
    made = crowded(both, leaving(mine))
    assert starts(made) == []
    told = verdict(made, others)
    assert told.code is Code.NO_FIT
    assert told.words.startswith("CPU: needs 100 units, 0 of 1000 left; MEMORY:")
    assert told.words.endswith(f"; an update's room is kept for {mine}")
    assert starts(crowded(both, taken(mine))) == [(mine, arn())]


def test_room_is_kept_for_each_that_was_stopped_and_all_of_them_are_named() -> None:
    three = wish(spec(EARLY), spec(LATE), spec(THIRD))
    other = structs.replace(leaving(THIRD), arn=task_arn(8))
    told = verdict(crowded(three, leaving(LATE), other), EARLY)
    assert told.words.endswith(f"; an update's room is kept for {THIRD}, {LATE}")


def test_room_of_one_that_was_replaced_for_its_health_is_kept_too() -> None:
    both = wish(spec(EARLY), spec(LATE))
    sick = structs.replace(leaving(LATE), stopped_reason="daemonctl: UNHEALTHY: container main")
    assert starts(crowded(both, sick)) == []


def test_kept_room_is_not_probed() -> None:
    both = wish(spec(EARLY), spec(LATE))
    due = Memory({(arn(), EARLY): SlotMemory(probe_at=NOW - 1)})
    assert starts(crowded(both, leaving(LATE), memory=due)) == []
    full = host(1, leaving(LATE), registered=Resources(1000, 1000), remaining=Resources())
    assert starts(planned(both, full, steady(both, due))) == []


def test_room_is_kept_from_when_the_stop_is_sent() -> None:
    both = wish(spec(EARLY), spec(LATE))
    under_way = SlotMemory(expectation=Expectation(Kind.STOP, NOW, NOW + 60))
    probing = Memory(
        {(arn(), LATE): under_way, (arn(), EARLY): SlotMemory(probe_at=NOW - 1)},
    )
    full = {"registered": Resources(1000, 1000), "remaining": Resources()}
    made = planned(both, host(1, task(1, LATE), **full), steady(both, probing))
    assert starts(made) == []
    assert verdict(made, EARLY).words.endswith(f"; an update's room is kept for {LATE}")
    twice = host(1, task(1, LATE), task(2, LATE), **full)
    assert starts(planned(both, twice, steady(both, probing))) == [(EARLY, arn())]
    idle = Memory({(arn(), EARLY): SlotMemory(probe_at=NOW - 1)})
    made = planned(both, host(1, task(1, LATE), **full), steady(both, idle))
    assert starts(made) == [(EARLY, arn())]
    started = Memory(
        {(arn(), LATE): SlotMemory(expectation=Expectation(Kind.START, NOW, NOW + 60))}
    )
    assert starts(crowded(both, task(1, LATE), memory=started)) == [(EARLY, arn())]


FULL = {"registered": Resources(1000, 1000), "remaining": Resources()}


def probing(mine: DaemonName, **others: SlotMemory) -> Memory:
    """What is due for a try although it does not fit, and what is under way beside it."""
    known = {(arn(), DaemonName(name)): held for name, held in others.items()}
    return Memory({(arn(), mine): SlotMemory(probe_at=NOW - 1), **known})


@pytest.mark.parametrize(("mine", "others"), [(EARLY, LATE), (LATE, EARLY)])
def test_nothing_is_probed_while_another_daemon_starts_there(
    mine: DaemonName, others: DaemonName
) -> None:
    both = wish(spec(mine), spec(others))
    assert starts(planned(both, host(1, **FULL), steady(both, probing(mine)))) == [(mine, arn())]
    on_its_way = SlotMemory(expectation=Expectation(Kind.START, NOW, NOW + 60))
    known = probing(mine, **{str(others): on_its_way})
    made = planned(both, host(1, **FULL), steady(both, known))
    assert starts(made) == []
    assert verdict(made, mine).code is Code.NO_FIT
    assert verdict(made, mine).until is None


def test_what_starts_in_the_room_that_is_left_is_not_raced_by_a_probe() -> None:
    both = wish(spec(EARLY), spec(LATE))
    assert starts(crowded(both, memory=probing(LATE))) == [(EARLY, arn())]


def updating(name: DaemonName, memory: Memory, *, full: bool = True) -> Plan:
    """Its lone task is outdated, and it is its turn."""
    both = wish(spec(EARLY), spec(LATE))
    old = task(1, name, definition=definition_arn(name, 1))
    seen = host(1, old, **(FULL if full else {}))
    return planned(both, seen, steady(both, memory))


def test_nothing_is_stopped_for_an_update_where_a_misfit_is_tried_in_the_same_plan() -> None:
    assert stops(updating(EARLY, Memory())) == [task_arn(1)]
    made = updating(EARLY, probing(LATE))
    assert (starts(made), stops(made)) == ([(LATE, arn())], [])
    both = updating(EARLY, Memory(), full=False)  # what fits is no race
    assert (starts(both), stops(both)) == ([(LATE, arn())], [task_arn(1)])


def test_a_misfit_is_tried_in_a_call_of_its_own() -> None:
    one = wish(spec(LATE))
    made = planned(one, observed(host(1, **FULL), host(2)), steady(one, probing(LATE)))
    assert sorted(action.instances for action in made.actions) == [(arn(1),), (arn(2),)]  # type: ignore[union-attr]  # starts


def test_nothing_is_stopped_for_an_update_while_the_try_of_a_misfit_is_under_way() -> None:
    def sent(**fields: object) -> Memory:
        start = Expectation(Kind.START, NOW, NOW + 60)
        return Memory({(arn(), LATE): SlotMemory(expectation=start, **fields)})  # type: ignore[arg-type]  # its fields

    assert stops(updating(EARLY, sent(probe_at=NOW - 1))) == []
    assert stops(updating(EARLY, sent())) == [task_arn(1)]
    assert updating(EARLY, sent(probe_at=NOW - 1)).wake == NOW + 60
    lost = Expectation(Kind.START, NOW - 60, NOW, ambiguous=True)  # nobody asks for it any more
    over = Memory({(arn(), LATE): SlotMemory(expectation=lost, probe_at=NOW - 90)})
    assert stops(updating(EARLY, over)) == [task_arn(1)]
    waits = Memory({(arn(), LATE): SlotMemory(probe_at=NOW + 9)})
    assert stops(updating(EARLY, waits)) == [task_arn(1)]


def test_a_duplicate_goes_whatever_is_tried_there() -> None:
    both = wish(spec(EARLY), spec(LATE))
    start = Expectation(Kind.START, NOW, NOW + 60)
    memory = Memory({(arn(), LATE): SlotMemory(expectation=start, probe_at=NOW - 1)})
    seen = host(1, task(1, EARLY), task(2, EARLY), **FULL)
    assert stops(planned(both, seen, steady(both, memory))) == [task_arn(2)]


def test_what_nobody_was_robbed_of_is_free() -> None:
    both = wish(spec(EARLY), spec(LATE))
    by_hand = structs.replace(leaving(LATE), stopped_reason="Task stopped by user")
    assert starts(crowded(both, by_hand)) == [(EARLY, arn())]
    assert starts(crowded(both, task(1, LATE), taken(LATE))) == [(EARLY, arn())]


def test_it_stays_kept_while_the_next_one_waits_out_a_crash() -> None:
    both = wish(spec(EARLY), spec(LATE))
    series = Failure(2, NOW, NOW + 60, "EssentialContainerExited", "exit 1")
    memory = Memory({(arn(), LATE): SlotMemory(failure=series)})
    assert starts(crowded(both, taken(LATE), memory=memory)) == []


def test_nothing_is_kept_from_what_it_needs_itself() -> None:
    direct = wish(spec(EARLY), spec(LATE, Dependency(EARLY, DependsOn.START)))
    assert starts(crowded(direct, taken(LATE))) == [(EARLY, arn())]
    chain = wish(spec(EARLY), spec(THIRD, EARLY), spec(LATE, THIRD))
    assert starts(crowded(chain, taken(LATE))) == [(EARLY, arn())]


def test_nothing_is_kept_for_one_that_belongs_there_no_more() -> None:
    moved = spec(LATE, constraints=("attribute:role == web",))
    assert starts(crowded(wish(spec(EARLY), moved), taken(LATE))) == [(EARLY, arn())]


def test_what_starts_already_is_counted_once() -> None:
    both = wish(spec(EARLY), spec(LATE))
    seen = host(1, taken(EARLY), registered=Resources(1000, 1000), remaining=Resources(200, 200))
    assert starts(planned(both, seen, steady(both))) == [(EARLY, arn()), (LATE, arn())]
    sent = Memory({(arn(), EARLY): SlotMemory(expectation=Expectation(Kind.START, NOW, NOW + 60))})
    assert starts(planned(both, seen, steady(both, sent))) == [(LATE, arn())]
    assert taken(LATE).group == group_of(LATE)
