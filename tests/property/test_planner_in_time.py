"""What holds while plans are carried out: convergence, duplicates, the rate of writes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.memory import DaemonMemory
from daemonctl.model.reason import Code
from daemonctl.model.rollout import Pause, Revision, Rollout
from tests.property.toy import CALM, WANTED, Chances, Toy, crowded
from tests.unit.planning.scenery import AGENT, NOW, REGISTRATOR, arn, definition_arn, steady

ROOT = Path(__file__).resolve().parents[2]
WISH = Revision(definition_arn(AGENT))
SETTLED_WITHIN = 240.0
"""Seconds to come to rest: a backoff of 60, a start without an answer 60, two daemons in a row."""


def chances() -> st.SearchStrategy[Chances]:
    share = st.sampled_from((0.0, 0.1, 0.5))
    return st.builds(Chances, share, share, share, share)


def at_rest(toy: Toy) -> None:
    made = toy.run(SETTLED_WITHIN)
    assert made.actions == ()
    assert [slot for slot in toy.slots if len(toy.live(slot)) != 1] == []
    codes = {name: toy.board.codes(name) for name in (AGENT, REGISTRATOR)}
    assert codes == {name: {Code.READY: len(toy.hosts)} for name in codes}
    before = len(toy.trace)
    toy.run(3600)
    assert toy.trace[before:] == []


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6), chances())
def test_once_nothing_goes_wrong_any_more_it_converges_and_then_writes_nothing(
    seed: int, hosts: int, wrong: Chances
) -> None:
    toy = Toy(seed, hosts, wrong)
    toy.run(150)
    toy.chances = CALM
    toy.due = [entry for entry in toy.due if entry[2].stop_code != "EssentialContainerExited"]
    at_rest(toy)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from((Chances(1, 0, 0, 0), Chances(0, 1, 0, 0))))
def test_a_daemon_that_never_works_is_tried_ever_more_slowly(seed: int, wrong: Chances) -> None:
    toy = Toy(seed, 3, wrong)
    toy.run(1800)
    writes = [at for slot in toy.slots for at in toy.writes.get(slot, [])]
    late = [at for at in writes if at > toy.now - 600]
    assert 0 < len(late) <= 3 * 600 / 10


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), chances())
def test_no_slot_is_written_to_more_than_six_times_a_minute(seed: int, wrong: Chances) -> None:
    toy = Toy(seed, 3, wrong)
    toy.run(300)
    for times in toy.writes.values():
        assert all(later - at >= 60 for at, later in zip(times, times[6:], strict=False))


def test_six_writes_a_minute_are_reached_and_not_passed() -> None:
    toy = Toy(1, 1, CALM)
    for _ in range(600):
        for task in toy.live((arn(1), AGENT)):
            ended = structs.replace(task, last_status="STOPPED", desired_status="STOPPED")
            toy.put(structs.replace(ended, stop_code="UserInitiated", stopped_at=toy.now))
        toy.plan()
        toy.now += 0.5
    times = toy.writes[arn(1), AGENT]
    assert len(times) == 30
    assert all(later - at >= 60 for at, later in zip(times, times[6:], strict=False))


def rank(task: Task, now: float) -> tuple[bool, bool, bool, float]:
    """A ready one, else the wanted revision, else a running one; among equals the oldest."""
    running = task.last_status == "RUNNING"
    ready = running and now - (task.started_at or 0) >= 5  # minReadySeconds of the toy's agent
    wanted = task.definition == definition_arn(AGENT)
    return (not ready, not wanted, not running, task.created_at or 0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from((1, 2)), st.sampled_from(("RUNNING", "PENDING")), st.integers(6, 99)
        ),
        min_size=2,
        max_size=4,
        unique_by=lambda one: one[2],
    )
)
def test_of_duplicates_the_right_one_stays_and_the_others_are_gone_in_time(
    crowd: Sequence[tuple[int, str, int]],
) -> None:
    toy = Toy(1, 1, CALM)
    toy.memory = steady(WANTED)
    paused = Rollout(WISH, WISH, WISH, pause=Pause(NOW))  # or the one that stays is updated
    toy.memory.daemons[AGENT] = DaemonMemory(rollout=paused)
    slot = (arn(1), AGENT)
    made = [
        toy.task(slot, last, float(age), definition=definition_arn(AGENT, revision))
        for revision, last, age in crowd
    ]
    best = min(made, key=lambda task: rank(task, toy.now))
    toy.run(29.9)
    assert [task.arn for task in toy.live(slot)] == [best.arn]


def test_a_daemon_without_room_is_probed_at_its_pace_and_started_when_there_is_some() -> None:
    toy = Toy(1, 1, Chances(0, 1, 0, 0))
    toy.hosts[arn(1)] = crowded(1)
    toy.dice.choice = lambda options: options[-1]  # type: ignore[method-assign]  # out of room
    toy.run(600)
    times = toy.writes[arn(1), AGENT]
    assert [round(at - times[0]) for at in times] == [60 * n for n in range(10)]
    toy.chances = CALM
    toy.hosts[arn(1)] = Toy(1, 1, CALM).hosts[arn(1)]
    toy.changed[arn(1)] = None
    at_rest(toy)


def test_the_hash_seed_never_changes_what_is_done() -> None:
    def trace(seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        command = (sys.executable, "-m", "tests.property.toy")
        done = subprocess.run(
            command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
        )
        return done.stdout

    first = trace("1")
    assert int(first.split()[1]) > 50
    assert [trace(seed) for seed in ("2", "77")] == [first, first]


def test_the_toy_has_the_daemons_that_the_oracle_speaks_of() -> None:
    first = WANTED.daemons[0].spec
    assert (first.name, first.min_ready_seconds) == (AGENT, 5)
