from __future__ import annotations

from daemonctl.model.desired import Desired
from daemonctl.model.memory import DaemonMemory, Expectation, Kind, Memory, SlotMemory, SlowStart
from daemonctl.model.observed import Host
from daemonctl.model.plan import INFINITE, Allowance, Plan
from daemonctl.model.reason import Code
from daemonctl.planning import board as boards
from daemonctl.planning.board import Board
from tests.unit.planning.scenery import (
    AGENT,
    BOTH,
    NOW,
    REGISTRATOR,
    applied,
    arn,
    attributes,
    crash,
    definition_arn,
    desired,
    host,
    observed,
    spec,
    starts,
    steady,
    stops,
    task,
)

ONE = desired()
EVERYTHING = -1


class Game:
    """A board with the memory that its plans leave."""

    def __init__(self, wanted: Desired, *hosts: Host, memory: Memory | None = None) -> None:
        self.board = Board(wanted)
        self.hosts = {one.instance.arn: one for one in hosts}
        self.memory = steady(wanted, memory)

    def turn(self, *changed: int, at: float = 0.0, allowance: Allowance = INFINITE) -> Plan:
        arns = None if EVERYTHING in changed else [arn(number) for number in changed]
        view = observed(*self.hosts.values())
        made = self.board.replan(view, self.memory, arns, allowance, NOW + at)
        self.memory = applied(self.memory, made)
        return made

    def put(self, one: Host) -> None:
        self.hosts[one.instance.arn] = one


def test_only_what_changed_is_looked_at_and_told(monkeypatch: object) -> None:
    game = Game(ONE, *(host(n, task(n)) for n in range(1, 6)))
    assert len(game.turn(EVERYTHING).verdicts) == 5
    looked: list[object] = []
    real = boards.assess
    boards.assess = lambda *args: looked.append(args[1]) or real(*args)  # type: ignore[assignment]  # a spy
    try:
        game.put(host(3))
        made = game.turn(3)
    finally:
        boards.assess = real
    assert len(looked) == 1
    assert list(made.verdicts) == [(arn(3), AGENT)]
    assert starts(made) == [(AGENT, arn(3))]


def test_a_verdict_that_stays_is_not_told_again() -> None:
    game = Game(ONE, host(1, task()))
    game.turn(EVERYTHING)
    assert game.turn(EVERYTHING, at=5).verdicts == {}


def test_a_start_is_expected_and_not_sent_twice() -> None:
    game = Game(ONE, host())
    assert starts(game.turn(EVERYTHING))
    held = game.memory.slots[arn(), AGENT]
    assert held.expectation == Expectation(Kind.START, NOW, NOW + 60)
    assert held.writes == (NOW,)
    made = game.turn(at=1)
    assert (made.actions, made.wake) == ((), NOW + 60)
    assert game.board.verdict((arn(), AGENT)).code is Code.IN_FLIGHT  # type: ignore[union-attr]  # it is there
    assert game.turn(at=60).looks


def test_a_stop_is_expected_as_well() -> None:
    game = Game(ONE, host(1, task(1), task(2)))
    assert stops(game.turn(EVERYTHING))
    held = game.memory.slots[arn(), AGENT].expectation
    assert held == Expectation(Kind.STOP, NOW, NOW + 60)
    assert game.turn(at=1).actions == ()


def test_what_found_no_token_is_done_once_there_is_one() -> None:
    game = Game(ONE, host(1), host(2))
    assert game.turn(EVERYTHING, allowance=Allowance(0, 0, NOW + 1)).actions == ()
    made = game.turn(at=1)
    assert (len(starts(made)), made.verdicts) == (2, {})


def test_time_alone_brings_a_host_back() -> None:
    game = Game(ONE, host(1, crash(ago=0)), host(2, task(2)))
    made = game.turn(EVERYTHING)
    assert (made.actions, made.wake) == ((), NOW + 1)
    assert game.turn(at=0.5).verdicts == {}
    assert starts(game.turn(at=1)) == [(AGENT, arn(1))]


def test_an_alarm_that_moved_rings_once_and_at_its_new_time() -> None:
    game = Game(ONE, host(1, task(last="PENDING", age=0)))
    assert game.turn(EVERYTHING).wake == NOW + 300
    game.put(host(1, task(last="PENDING", age=100)))
    assert game.turn(1).wake == NOW + 200
    game.put(host(1, task(last="PENDING", age=0)))
    assert game.turn(1).wake == NOW + 300
    game.put(host(1, task()))
    assert game.turn(1).wake is None
    assert game.turn(at=1000).wake is None


def test_an_alarm_that_stays_is_set_once() -> None:
    game = Game(ONE, host(1, task(last="PENDING", age=0)))
    assert game.turn(EVERYTHING).wake == NOW + 300
    assert game.turn(1, at=1).wake == NOW + 300
    assert len(game.board._alarms) == 1


def test_a_host_that_is_gone_is_forgotten_whole() -> None:
    odd = (task(5, started_by=""), task(6, group="daemonctl-retired"))
    slot = (arn(1), AGENT)
    game = Game(ONE, host(1, *odd), host(2), memory=Memory({slot: SlotMemory(writes=(NOW,))}))
    game.turn(EVERYTHING, allowance=Allowance(0, 0))
    assert (list(game.board.foreign), list(game.board.orphans)) == ([arn(1)], [arn(1)])
    del game.hosts[arn(1)]
    made = game.turn(1)
    assert made.verdicts == {slot: None}
    assert slot not in game.memory.slots
    assert starts(made) == [(AGENT, arn(2))]
    assert (game.board.foreign, game.board.orphans) == ({}, {})
    assert game.board.counts[AGENT].desired == 1
    assert game.board.verdict(slot) is None
    assert slot not in game.turn(1).verdicts


def test_of_a_host_that_is_gone_nothing_is_waited_for() -> None:
    game = Game(ONE, host(1, task(1, last="PENDING", age=10)), host(2, task(2)))
    assert game.board.conditions == ()
    assert game.turn(EVERYTHING).wake == NOW + 290
    del game.hosts[arn(1)]
    assert game.turn(1, at=1).wake is None


def test_a_stop_for_a_host_that_is_gone_is_not_sent() -> None:
    game = Game(ONE, host(1, task(1), task(2)))
    assert game.turn(EVERYTHING, allowance=Allowance(0, 0)).actions == ()
    game.hosts.clear()
    assert game.turn(1).actions == ()


def test_a_full_look_forgets_what_is_gone_too() -> None:
    game = Game(ONE, host(1, task(1)), host(2, task(2)))
    game.turn(EVERYTHING)
    del game.hosts[arn(2)]
    assert game.turn(EVERYTHING).verdicts == {(arn(2), AGENT): None}


def test_a_host_without_a_want_any_more_starts_nothing() -> None:
    game = Game(BOTH, host(1, task(1)))
    game.turn(EVERYTHING, allowance=Allowance(0, 0))
    game.put(host(1, task(1), task(2, REGISTRATOR)))
    assert game.turn(1).actions == ()


def test_a_want_follows_its_host_into_another_zone() -> None:
    game = Game(ONE, host(1), host(2))
    game.turn(EVERYTHING, allowance=Allowance(0, 0))
    game.put(host(1, attributes=attributes(ecs__availability_zone="z")))
    assert [place for _, place in starts(game.turn(1))] == [arn(2), arn(1)]


def test_numbers_and_codes_are_told_per_daemon() -> None:
    game = Game(BOTH, host(1, task(1), task(2, REGISTRATOR)), host(2, task(3, started_by="")))
    made = game.turn(EVERYTHING)
    counts = game.board.counts
    assert (counts[AGENT].desired, counts[AGENT].ready, counts[AGENT].foreign) == (2, 1, 1)
    assert (counts[REGISTRATOR].current, counts[REGISTRATOR].foreign) == (1, 0)
    assert game.board.codes(AGENT) == {Code.READY: 1, Code.START: 1}
    assert game.board.verdict((arn(1), "nobody")) is None  # type: ignore[arg-type]  # no such daemon
    assert game.board.conditions == made.conditions


def test_two_foreign_tasks_of_one_family_are_two() -> None:
    game = Game(ONE, host(1, task(1, started_by=""), task(2, started_by="")))
    game.turn(EVERYTHING)
    assert game.board.counts[AGENT].foreign == 2


def test_looks_are_told_in_one_order() -> None:
    asked = SlotMemory(expectation=Expectation(Kind.START, NOW - 3, NOW + 57, ambiguous=True))
    memory = Memory({(arn(n), AGENT): asked for n in (1, 2)})
    game = Game(ONE, host(2), host(1), memory=memory)
    assert [look.instance for look in game.turn(EVERYTHING).looks] == [arn(1), arn(2)]


def slow(game: Game) -> SlowStart:
    return game.memory.daemons[AGENT].slow


def test_a_start_that_became_ready_releases_the_brake_a_step() -> None:
    memory = Memory(daemons={AGENT: DaemonMemory(SlowStart((arn(9),), 1))})
    game = Game(ONE, host(1, task(last="PENDING", age=20)), memory=memory)
    game.turn(EVERYTHING)
    assert slow(game).limit == 1
    game.put(host(1, task(1, age=20)))
    assert game.turn(1).daemons[AGENT].slow == SlowStart((), 2)


def test_a_success_without_a_brake_changes_nothing() -> None:
    game = Game(ONE, host(1, task(last="PENDING", age=20)))
    game.turn(EVERYTHING)
    game.put(host(1, task(1, age=20)))
    assert game.turn(1).daemons == {}


def test_a_task_that_was_ready_all_along_is_no_success_of_a_start() -> None:
    memory = Memory(daemons={AGENT: DaemonMemory(SlowStart((), 1))})
    game = Game(ONE, host(1, task()), memory=memory)
    game.turn(EVERYTHING)
    assert game.turn(1, at=1).daemons == {}


def test_one_that_is_known_again_is_no_success_of_a_start() -> None:
    memory = Memory(daemons={AGENT: DaemonMemory(SlowStart((), 1))})
    game = Game(ONE, host(1, task(connected=False)), memory=memory)
    game.turn(EVERYTHING)
    game.put(host(1, task()))
    assert game.turn(1).daemons == {}


def test_a_start_is_a_success_though_another_revision_is_wanted_by_then() -> None:
    memory = Memory(daemons={AGENT: DaemonMemory(SlowStart((arn(9),), 1))})
    before = definition_arn(revision=1)
    game = Game(ONE, host(1, task(last="PENDING", age=20, definition=before)), memory=memory)
    game.turn(EVERYTHING)
    game.put(host(1, task(1, age=20, definition=before)))
    assert game.turn(1).daemons[AGENT].slow == SlowStart((), 2)


def test_failures_come_after_successes_and_in_the_order_of_arns() -> None:
    memory = Memory(daemons={AGENT: DaemonMemory(SlowStart((), 4))})
    pending = host(2, task(2, last="PENDING", age=20))
    game = Game(ONE, host(3), host(1), pending, memory=memory)
    game.turn(EVERYTHING, allowance=Allowance(0, 0))
    for one in (host(3, crash(3)), host(2, task(2, age=20)), host(1, crash(1))):
        game.put(one)
    game.turn(3, 1, 2)
    assert slow(game) == SlowStart((arn(1), arn(3)), 1)


def test_two_writes_of_one_plan_are_remembered_in_their_own_slots() -> None:
    game = Game(desired(spec(), spec(REGISTRATOR)), host())
    made = game.turn(EVERYTHING)
    assert list(made.slots) == [(arn(), AGENT), (arn(), REGISTRATOR)]


def test_a_write_keeps_what_the_same_plan_learned_of_the_slot() -> None:
    game = Game(ONE, host(1, crash(ago=60)))
    assert starts(game.turn(EVERYTHING))
    held = game.memory.slots[arn(), AGENT]
    assert held.failure is not None
    assert (held.failure.streak, len(held.counted), len(held.writes)) == (1, 1, 1)


def test_a_start_that_takes_too_long_brakes_as_a_failed_one_does_once() -> None:
    memory = Memory(daemons={AGENT: DaemonMemory(SlowStart((arn(8), arn(9))))})
    game = Game(ONE, host(1, task(1, age=10, last="PENDING")), memory=memory)
    game.turn(EVERYTHING)
    made = game.turn(at=290)
    assert made.verdicts[arn(1), AGENT].code is Code.START_TIMEOUT
    assert slow(game) == SlowStart((arn(8), arn(9), arn(1)), 1)
    assert game.turn(1, at=300).daemons == {}
