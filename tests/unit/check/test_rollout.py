"""What a rollout may stop, and what it has taken, as check sees it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from daemonctl.check.rollout import rollout_stop
from daemonctl.check.scene import writes_of
from daemonctl.check.tally import tally
from daemonctl.check.terms import reached
from daemonctl.model.cluster import Health, Resources, Task, TaskDefinition
from daemonctl.model.memory import Memory
from daemonctl.model.observed import Host
from daemonctl.model.reason import Code
from daemonctl.model.rollout import FailedInstance, Phase
from daemonctl.model.spec import Dependency, DependsOn, Share, Strategy
from tests.unit.check.given import (
    AGENT,
    NOW,
    REGISTRATOR,
    arn,
    case,
    daemon,
    definition,
    desired,
    host,
    instance,
    observed,
    start,
    stopped,
    task,
    voluntary,
)
from tests.unit.check.rollout_rows import (
    BROKEN,
    NEW,
    OLD,
    REGISTRATOR_NEW,
    known,
    outdated,
    update,
)

WIDE = desired(daemon(AGENT, min_ready_seconds=10.0, max_unavailable=Share(4)))


@pytest.mark.parametrize("phase", [Phase.STEADY, Phase.CANARY, Phase.ROLLING, Phase.BAKING])
def test_an_update_whose_turn_has_come_is_let_through(phase: Phase) -> None:
    memory = known(phase=phase, canaries=(arn(1),))
    assert update(memory).check().violations == ()
    sick = host(1, outdated(**BROKEN))
    assert update(memory, Code.UNREADY, seen=sick).check().violations == ()


@pytest.mark.parametrize(
    "changes",
    [{"created_at": NOW - 301.0, "last_status": "PENDING", "started_at": None}, BROKEN],
)
def test_what_is_late_or_sick_is_broken(changes: dict[str, Any]) -> None:
    seen = host(1, outdated(**changes))
    assert update(known(), Code.UNREADY, seen=seen).check().violations == ()


def test_a_restart_stops_what_is_older() -> None:
    seen = host(1, task("a"))
    assert update(known(restarted_at=1000.1), seen=seen).check().violations == ()


def test_overrides_are_not_filled_in_here() -> None:
    templated = structs.replace(NEW, overrides='{"cpu":"1"}')
    for memory, seen in (
        (known(target=templated), host(1, task("a"))),
        (known(), host(1, task("a", overrides='{"cpu":"2"}'))),
    ):
        assert update(memory, seen=seen).check().violations == ()


@pytest.mark.parametrize(
    ("agent", "memory"),
    [
        ({}, {"phase": Phase.HALTED}),
        ({}, {"phase": Phase.UNCLEAR}),
        ({"strategy": Strategy.ON_DELETE}, {}),
    ],
)
def test_a_dependency_that_is_not_being_updated_keeps_nobody(
    agent: dict[str, Any], memory: dict[str, Any]
) -> None:
    mine = task("a", 1, REGISTRATOR, definition=definition("registrator", 1))
    held = known(**memory)
    own = known(target=REGISTRATOR_NEW).daemons[AGENT]
    held.daemons[REGISTRATOR] = own
    wanted = desired(daemon(AGENT, **agent), daemon(REGISTRATOR, Dependency(AGENT)))
    stop = voluntary("a", 1, "OUTDATED", daemon=REGISTRATOR)
    seen = observed(host(1, mine, outdated("b")))
    assert case(stop, seen=seen, memory=held, wanted=wanted).check().violations == ()
    del held.daemons[AGENT]
    assert case(stop, seen=seen, memory=held, wanted=wanted).check().violations == ()


def test_a_task_that_nobody_knows_is_no_update() -> None:
    found = case(voluntary("z", code="OUTDATED"), seen=observed(host(1)), memory=known())
    faults = [words for _, words in rollout_stop(found.scene(), writes_of(found.actions))]
    assert faults == ["update of agent on h1: the view knows no such task there"]


def test_a_dependency_that_is_updated_keeps_nobody() -> None:
    mine = task("a", 1, REGISTRATOR, definition=definition("registrator", 1))
    held = known()
    held.daemons[REGISTRATOR] = known(target=REGISTRATOR_NEW).daemons[AGENT]
    wanted = desired(daemon(AGENT), daemon(REGISTRATOR, Dependency(AGENT)))
    stop = voluntary("a", 1, "OUTDATED", daemon=REGISTRATOR)
    seen = observed(host(1, mine, task("b")))
    assert case(stop, seen=seen, memory=held, wanted=wanted).check().violations == ()


def _lost(*tasks: Task, memory: Memory | None = None, host_: Host | None = None) -> bool:
    seen = host_ if host_ is not None else host(1, *tasks)
    scene = case(seen=observed(seen), wanted=WIDE, memory=memory).scene()
    return bool(tally(scene, WIDE.daemons[0]).lost)


def _ended(code: str, **other: Any) -> Task:
    reason = f"daemonctl: {code}: words"
    return stopped("a", **{"stopped_reason": reason, "created_at": 2000.0, **other})


@pytest.mark.parametrize("code", ["UNREADY", "UNHEALTHY"])
def test_what_did_not_work_is_lost_until_the_next_one_is_known_to_fail(code: str) -> None:
    gone = _ended(code)
    young = task("b", created_at=NOW - 10, started_at=NOW - 5)
    assert _lost(gone)
    assert _lost(gone, young)
    assert not _lost(gone, structs.replace(young, health=Health.UNHEALTHY))
    late = task("b", created_at=3000.0, last_status="PENDING", started_at=None)
    assert not _lost(gone, late)
    assert not _lost(gone, stopped("b", created_at=3000.0))
    assert _lost(gone, stopped("b", created_at=1000.0))


def test_what_worked_is_lost_however_the_next_one_fails() -> None:
    gone = _ended("OUTDATED")
    late = task("b", created_at=3000.0, last_status="PENDING", started_at=None)
    assert _lost(gone, late)
    assert _lost(gone, _ended("UNREADY", arn=task("b").arn, created_at=3000.0))
    assert _lost(gone, stopped("b", created_at=3000.0, started_at=3001.0, stopped_at=3002.0))


def test_who_was_disconnected_before_the_rollout_is_left_out() -> None:
    away = Host(instance(1, connected=False), (_ended("OUTDATED"), task("b")), NOW - 100.5)
    assert not _lost(host_=away, memory=known())
    assert _lost(host_=away, memory=known(began=NOW - 101.0))
    assert _lost(host_=away)


def test_an_instance_that_failed_is_lost_until_it_is_available() -> None:
    failed = (FailedInstance(arn(1), NOW, "exit 1"),)
    died = stopped("a", created_at=2000.0, started_at=2001.0, stopped_at=9000.0)
    assert _lost(died, memory=known(failed=failed))
    assert not _lost(died, memory=known(failed=(FailedInstance(arn(2), NOW, "exit 1"),)))
    assert not _lost(died, task("b"), memory=known(failed=failed))


def test_each_revision_says_itself_whether_it_has_a_health_check() -> None:
    old = TaskDefinition(OLD.definition, True, Resources(), has_health_check=False)
    both = structs.replace(daemon(AGENT, checked=True), known=(old,))
    for letter, healthy in ((outdated(), True), (task("b"), False)):
        assert reached(DependsOn.READY, letter, both, NOW) is healthy
    unknown = outdated(definition=definition("agent", 7))
    assert reached(DependsOn.READY, unknown, both, NOW)
    sick = structs.replace(unknown, health=Health.UNHEALTHY)
    assert not reached(DependsOn.READY, sick, both, NOW)


def test_a_start_may_go_back_to_what_the_rollout_knows() -> None:
    old = structs.replace(start(AGENT, 1), definition=OLD.definition)
    empty = observed(host(1))
    assert case(old, seen=empty, memory=known()).check().violations == ()
    found = case(old, seen=empty, memory=known(last_good=None)).check().violations
    assert found[0].words == "start of agent on h1: agent:1 instead of agent:2"
    assert case(start(AGENT, 1), seen=empty, memory=known(target=OLD)).check().violations == ()


def test_a_start_may_go_to_what_was_found_running_while_nothing_is_remembered() -> None:
    old = TaskDefinition(OLD.definition, True, Resources())
    wanted = desired(structs.replace(daemon(AGENT), known=(old,)))
    back = structs.replace(start(AGENT, 1), definition=OLD.definition)
    assert case(back, seen=observed(host(1)), wanted=wanted).check().violations == ()
    found = case(back, seen=observed(host(1))).check().violations
    assert "agent:1 instead of agent:2" in found[0].words
