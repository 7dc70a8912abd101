from __future__ import annotations

from daemonctl.model.ids import DaemonName
from daemonctl.model.memory import Memory, SlotMemory
from daemonctl.model.observed import Host
from daemonctl.model.reason import Code
from daemonctl.planning.assess import RECENT_SECONDS, assess
from daemonctl.planning.assessment import Assessment
from daemonctl.planning.rules import compile_rules
from tests.unit.planning.scenery import (
    AGENT,
    BOTH,
    NOW,
    REGISTRATOR,
    arn,
    attributes,
    crash,
    desired,
    host,
    spec,
    stopping,
    task,
)


def seen(one: Host, memory: Memory | None = None, *, at: float = 0.0) -> Assessment:
    return assess(compile_rules(BOTH), one, (memory or Memory()).slots, NOW + at)


def test_every_daemon_has_an_entry_dependencies_first() -> None:
    found = seen(host(3, task(1), task(2, REGISTRATOR)))
    assert (found.arn, found.zone) == (arn(3), "eu-west-1a")
    assert [entry.verdict.code for entry in found.entries] == [Code.READY, Code.READY]
    assert (found.memory, found.failed, found.wake) == ((), (), None)


def test_foreign_tasks_and_orphans_are_told_apart() -> None:
    foreign, orphan = task(1, started_by=""), task(2, group="daemonctl-retired")
    found = seen(host(1, foreign, orphan))
    assert [t.arn for t in found.foreign] == [foreign.arn]
    assert [t.arn for t in found.orphans] == [orphan.arn]


def test_a_fresh_crash_is_remembered_and_told_as_a_failure_of_its_daemon() -> None:
    found = seen(host(1, crash(ago=10), task(2)))
    assert found.failed == (0,)
    assert [index for index, _ in found.memory] == [0]


def test_a_crash_of_long_ago_is_remembered_and_brakes_nobody() -> None:
    found = seen(host(1, crash(ago=RECENT_SECONDS), task(2)))
    assert (found.failed, len(found.memory)) == ((), 1)
    assert seen(host(1, crash(ago=RECENT_SECONDS - 1), task(2))).failed == (0,)


def test_a_crash_is_told_once() -> None:
    one = host(1, crash(ago=10), task(2))
    held = seen(one).memory[0][1]
    assert held is not None
    again = seen(one, Memory({(arn(), AGENT): held}))
    assert (again.failed, again.memory) == ((), ())


def test_memory_that_has_served_is_forgotten() -> None:
    memory = Memory({(arn(), AGENT): SlotMemory(writes=(NOW - 61,), counted=())})
    stopped_elsewhere = host(1, crash(1, REGISTRATOR, stop_code="UserInitiated"), task(2))
    changed = dict(seen(stopped_elsewhere, memory).memory)
    assert changed[0] is None
    assert changed[1] is not None


def test_the_host_wakes_when_the_first_of_its_entries_does() -> None:
    young = task(2, REGISTRATOR, last="PENDING", age=100)
    younger = task(1, last="PENDING", age=50)
    assert seen(host(1, younger, young)).wake == NOW + 200


def test_nothing_counts_on_a_misplaced_dependency() -> None:
    wanted = desired(
        spec(constraints=("attribute:tier == web",)),
        spec(REGISTRATOR, AGENT),
        spec(DaemonName("z")),
    )
    found = assess(compile_rules(wanted), host(1, task(1)), {}, NOW)
    codes = {
        rule.name: entry.verdict.code
        for rule, entry in zip(compile_rules(wanted).daemons, found.entries, strict=True)
    }
    assert codes == {AGENT: Code.MISPLACED, "z": Code.START, REGISTRATOR: Code.BLOCKED}
    placed = assess(
        compile_rules(wanted), host(1, task(1), attributes=attributes(tier="web")), {}, NOW
    )
    assert placed.entries[2].start is not None


def test_nothing_counts_on_a_dependency_that_is_stopping() -> None:
    assert seen(host(1, stopping(1))).entries[1].verdict.code is Code.BLOCKED
