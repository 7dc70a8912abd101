"""The controller against the world, three hundred scenarios, and the seeds that once failed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.simulation import __main__ as command
from tests.simulation.ending import settling_bound
from tests.simulation.moods import draw
from tests.simulation.oracle import Breach
from tests.simulation.run import Result, run
from tests.simulation.seeds import SEEDS
from tests.simulation.table import ALL_KINDS, never_struck

_ROOT = Path(__file__).parents[2]
_CHUNK = 25
_SEEDS = 300


def fails(result: Result) -> str:
    """The breach with the end of its trace, "" where all held."""
    found = [f"seed {result.seed}: {b.invariant}: {b.words}" for b in result.breaches]
    return "\n".join([*found, *result.tail]) if found else ""


@pytest.mark.parametrize("first", range(0, _SEEDS, _CHUNK))
def test_whatever_goes_wrong_the_invariants_hold(first: int) -> None:
    for seed in range(first, first + _CHUNK):
        assert not fails(run(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_failed_once_holds(seed: int) -> None:
    assert not fails(run(seed))


def test_every_kind_of_fault_strikes() -> None:
    """By the draw alone: that three hundred seeds strike is the command's own check."""
    drawn = [draw(seed) for seed in range(_SEEDS)]
    kinds = Counter(fault.kind for scenario in drawn for fault in scenario.faults)
    kinds += Counter(label for scenario in drawn for label in scenario.labels)
    assert all(kinds[kind] > 20 for kind in ("event_lost", "ambiguous_start", "polling"))
    assert sum(1 for scenario in drawn if scenario.blackout) > 5
    assert never_struck(Counter(dict.fromkeys(ALL_KINDS, 1))) == []
    assert never_struck(Counter()) == list(ALL_KINDS)


def test_the_same_seed_gives_the_same_trace_whatever_the_hash_seed() -> None:
    asked = [sys.executable, "-m", "tests.simulation", "--from", "3", "--seeds", "6", "--trace"]
    digests = [
        [
            line
            for line in subprocess.run(
                asked,
                cwd=_ROOT,
                env={**os.environ, "PYTHONHASHSEED": hash_seed},
                capture_output=True,
                text=True,
                check=True,
            ).stdout.splitlines()
            if len(line.split()[-1]) == 64
        ]
        for hash_seed in ("1", "271828")
    ]
    assert len(digests[0]) == 6
    assert digests[0] == digests[1]


def test_a_second_run_in_one_process_gives_the_same_trace() -> None:
    assert run(5).digest == run(5).digest
    assert run(5).digest != run(6).digest


def test_a_bound_on_settling_is_minutes_and_hours_only_where_revisions_roll() -> None:
    """Where revisions roll, every daemon may have to be updated an instance at a time."""
    drawn = [draw(seed) for seed in range(_SEEDS)]
    assert all(settling_bound(one) < 45 * 60 for one in drawn if not one.rolling)
    assert all(settling_bound(one) < 3.5 * 3600 for one in drawn if one.rolling)


def test_a_breach_prints_how_to_replay_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(seed: int) -> Result:
        result = run(seed)
        breach = Breach("7 converge", "made up", 0.0)
        return Result(seed, [breach], result.hits, "", result.tail, 0.0)

    monkeypatch.setattr(command, "run", broken)
    monkeypatch.setattr(sys, "argv", ["simulation", "--from", "7", "--seeds", "2"])
    assert command.main() == 1
    told = capsys.readouterr().out
    assert "seed 7: invariant 7 converge: made up" in told
    assert "replay: python -m tests.simulation --from 7 --seeds 1" in told
    assert "1 seeds, 1 failed" in told.splitlines()[-1]
    assert len(told.splitlines()) > 40
