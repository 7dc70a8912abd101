"""Under every kind of fault the running controller doubles nothing, says so, and gets over it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from daemonctl.cli.local import FAULTS
from tests.scenarios.faults import Scene, scene, within
from tests.scenarios.processes import Ecs, clean_env, closing, program

QUEUE = "QUEUE, resync: {intervalSeconds: 1}"
QUEUE_ALONE = "QUEUE, resync: {intervalSeconds: 600}"
POLL = "resync: {pollSeconds: 1}"
INSTANCES = 3
BOUND = 180.0
"""Seconds; a throttled bucket may be held for 30 of them, and a busy machine takes its time."""

Sign = Callable[[Scene], bool]


def throttled(seen: Scene) -> bool:
    return seen.controller.counted("aws_throttled_total") >= 1


def unreachable(code: str) -> Sign:
    return lambda seen: f"the cluster cannot be read: {code}: " in seen.words()


def events_are_old(seconds: float) -> Sign:
    """Of those that came since the scene was set, on average."""
    return lambda seen: seen.age_of_events() >= seconds


def no_event_came(seen: Scene) -> bool:
    """But those of the instances that registered before the fault."""
    return seen.controller.counted("events_received_total") == INSTANCES


def each_event_came_twice(seen: Scene) -> bool:
    received = seen.controller.counted("events_received_total")
    return received == INSTANCES + 2 * seen.struck("event-doubled")


def looked_up(seen: Scene) -> bool:
    """The verdict says what is going on, the action that its answer is missing."""
    said = seen.journal("AMBIGUOUS")
    return "may have worked" in said and seen.journal("StartTask ambiguous") != ""


def none_needed(seen: Scene) -> bool:
    """ECS's lists lag: nobody can tell that from a list; it is repaired all the same."""
    return seen.words() == ""


@dataclass(frozen=True)
class Case:
    """A kind of fault as it is tried.

    Attributes:
        options: Of `local fault`.
        cluster: Lines of the config: with an events queue, or polling.
        sign: Where an operator sees it.
        early: It is there before the controller; otherwise it comes upon a converged cluster.
        heals: The controller gets everything done while it lasts.
        runs_out: It ends by itself, after `--seconds`; otherwise `fault clear` ends it.
    """

    kind: str
    options: tuple[str, ...]
    cluster: str
    sign: Sign
    early: bool = True
    heals: bool = True
    runs_out: bool = False


CASES = {
    "latency beyond the time-out": Case(
        "latency", ("--size", "16"), POLL, unreachable("Timeout"), early=False, heals=False
    ),
    "throttle, events": Case("throttle", ("--rate", "0.2"), QUEUE, throttled, heals=False),
    "throttle, polling": Case(
        "throttle", ("--rate", "0.2"), POLL, throttled, heals=False, runs_out=True
    ),
    "server-error": Case(
        "server-error", (), POLL, unreachable("ServerException"), early=False, heals=False
    ),
    "latency": Case(
        "latency", ("--size", "1"), QUEUE, events_are_old(1.0), early=False, runs_out=True
    ),
    "event-lost": Case("event-lost", (), QUEUE, no_event_came),
    "event-doubled": Case("event-doubled", (), QUEUE, each_event_came_twice),
    "event-shuffled": Case("event-shuffled", ("--size", "3"), QUEUE_ALONE, events_are_old(0.75)),
    "stale-list": Case("stale-list", ("--size", "2"), POLL, none_needed, runs_out=True),
    "ambiguous-start, events": Case("ambiguous-start", (), QUEUE, looked_up),
    "ambiguous-start, polling": Case("ambiguous-start", (), POLL, looked_up, runs_out=True),
}


def test_every_kind_is_tried() -> None:
    assert {case.kind for case in CASES.values()} == set(FAULTS)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_nothing_is_doubled_and_everything_is_repaired(tmp_path: Path, case: Case) -> None:
    fault = ("fault", case.kind, *case.options)

    def before(ecs: Ecs) -> None:
        if case.early:
            ecs.local(*fault)

    with scene(tmp_path, INSTANCES, case.cluster, before) as seen:
        status = seen.status
        if not case.early:
            within(BOUND, lambda: seen.settled(INSTANCES), status)
            seen.ecs.local(*fault)
        elif case.heals:
            within(BOUND, lambda: seen.settled(INSTANCES), status)
        within(BOUND, lambda: seen.some_task() != "", status)
        seen.begin()
        seen.ecs.local("task", "kill", seen.some_task())
        seen.ecs.local("instance", "add")
        if case.heals:
            within(BOUND, lambda: seen.settled(INSTANCES + 1), status)
        within(BOUND, lambda: case.sign(seen), status)
        assert seen.lasts(case.kind)
        end(seen, case, fault)
        assert seen.struck(case.kind) > 0
        within(BOUND, lambda: seen.settled(INSTANCES + 1), status)
        within(BOUND, lambda: len(seen.listed()) == 2 * (INSTANCES + 1), seen.listed)
        assert set(seen.listed().values()) == {1}
        # One for each slot, one in the place of the killed one, and never one more.
        assert seen.ever() == 2 * (INSTANCES + 1) + 1
        assert seen.words() == ""
        assert seen.plan_exits() == 0


def end(seen: Scene, case: Case, fault: tuple[str, ...]) -> None:
    if case.runs_out:
        seen.ecs.local(*fault, "--seconds", "1")
    else:
        seen.ecs.local("fault", "clear")
        assert not seen.lasts(case.kind)
    within(BOUND, lambda: not seen.lasts(case.kind), lambda: seen.ecs.local("fault", "list"))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("bogus",), "'bogus' is none of throttle, server-error, "),
        (("throttle", "--rate", "1.1"), "1.1 is not in the range 0<=x<=1"),
        (("throttle", "--rate", "-0.1"), "-0.1 is not in the range 0<=x<=1"),
        (("throttle", "--rate", "often"), "'often' is not a valid float"),
        (("throttle", "--rate", "nan"), "nan is no finite number"),
        (("throttle", "--seconds", "0"), "0.0 is not in the range x>0"),
        (("latency", "--size", "inf"), "inf is no finite number"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else "",
)
def test_what_is_wrong_is_told_in_one_line(wrong: tuple[str, ...], told: str) -> None:
    found = subprocess.run(
        program("local", "fault", *wrong, "--endpoint", "http://127.0.0.1:9"),
        env=clean_env(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 2
    assert found.stdout == ""
    line = found.stderr.splitlines()[-1]
    assert line.startswith("daemonctl: Invalid value for ")
    assert told in line


def test_faults_are_listed_replaced_and_cleared(tmp_path: Path) -> None:
    ecs = Ecs(tmp_path, "--instances", "1")
    with closing(ecs):
        ecs.local("fault", "event_lost", "--rate", "0.5")
        ecs.local("fault", "throttle", "--rate", "0.25")
        rows = ecs.local("fault", "throttle", "--rate", "0.75").splitlines()
        assert [row.split()[0] for row in rows] == list(FAULTS)
        on = [row.split()[:3] for row in rows if " off " not in row]
        assert on == [["throttle", "rate", "0.75"], ["event-lost", "rate", "0.5"]]
        cleared = ecs.local("fault", "clear")
        assert cleared == ecs.local("fault", "list")
        assert cleared.count(" off ") == len(FAULTS)
