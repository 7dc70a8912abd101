from __future__ import annotations

import pytest

from daemonctl.model.cluster import Task
from daemonctl.model.reason import Code
from daemonctl.model.spec import Restart
from daemonctl.planning.losses import born, lost_by_us, our_code
from tests.unit.planning.scenery import crash, spec, stopping, task

SPEC = spec(min_ready_seconds=20.0, restart=Restart(reset_after_seconds=60.0))


def ended(number: int, code: Code) -> Task:
    reason = f"daemonctl: {code}: words"
    return crash(number, ago=500, ran=100, stop_code="UserInitiated", stopped_reason=reason)


def lost(*own: Task, fails: bool = False) -> bool:
    return lost_by_us(own, SPEC, fails=fails)


@pytest.mark.parametrize("code", [Code.OUTDATED, Code.UNREADY, Code.UNHEALTHY])
def test_what_we_stopped_is_lost_until_something_took_its_place(code: Code) -> None:
    assert lost(ended(1, code))
    assert lost(stopping(1, stopped_reason=f"daemonctl: {code}: words", created_at=None))
    assert not lost(ended(1, code), crash(2, ago=1, ran=60))
    assert not lost(task(1))
    assert not lost()


@pytest.mark.parametrize("code", [Code.DUPLICATE, Code.MISPLACED])
def test_what_took_nothing_away_is_not_lost(code: Code) -> None:
    assert not lost(ended(1, code))
    assert lost(ended(1, Code.OUTDATED), ended(2, code))


def test_a_task_that_dies_young_took_nobodys_place() -> None:
    ours = ended(1, Code.OUTDATED)
    assert lost(ours, crash(2, ago=1, ran=59.9))
    assert lost(ours, crash(2, ago=1, started_at=None))
    assert lost(ours, crash(2, ago=1, stopped_at=None))


def test_min_ready_seconds_count_where_they_are_longer() -> None:
    slow = spec(min_ready_seconds=90.0, restart=Restart(reset_after_seconds=60.0))
    ours = ended(1, Code.OUTDATED)
    assert lost_by_us([ours, crash(2, ago=1, ran=89)], slow, fails=False)
    assert not lost_by_us([ours, crash(2, ago=1, ran=90)], slow, fails=False)


@pytest.mark.parametrize("code", [Code.UNREADY, Code.UNHEALTHY])
def test_what_was_broken_before_is_lost_only_until_the_next_one_fails_too(code: Code) -> None:
    assert not lost(ended(1, code), fails=True)
    assert not lost(ended(1, code), crash(2, ago=1, ran=1))
    assert not lost(ended(1, code), crash(2, ago=1, started_at=None))


def test_what_worked_before_stays_lost_however_often_it_is_tried() -> None:
    ours = ended(1, Code.OUTDATED)
    assert lost(ours, fails=True)
    assert lost(ours, ended(2, Code.UNREADY), fails=True)
    assert lost(ours, crash(2, ago=300, ran=1), ended(3, Code.UNHEALTHY), fails=True)


def test_the_code_of_a_stop_is_read_from_its_reason() -> None:
    assert our_code(ended(1, Code.OUTDATED)) == Code.OUTDATED
    several = crash(1, stopped_reason="daemonctl: OUTDATED: overrides: changed")
    assert our_code(several) == Code.OUTDATED
    assert our_code(crash(1)) == ""
    assert our_code(crash(1, stopped_reason="daemonctl:")) == ""


def test_a_task_was_born_when_ecs_created_it_or_else_when_it_was_first_seen() -> None:
    assert born(task(created_at=5.0, first_seen=9.0)) == 5.0
    assert born(task(created_at=None, first_seen=9.0)) == 9.0
