"""Seeds of ``covered``: nothing that runs is taken out, nothing is restarted in vain."""

from __future__ import annotations

from collections import Counter

import pytest

from daemonctl.planning import coverage, uncovered
from daemonctl.runtime import chore_stale
from tests.simulation.covered import HAPPENINGS, Story
from tests.simulation.loop import VirtualLoop
from tests.unit.runtime.rig import on_virtual_time

SEEDS = range(1, 7)


def played(seed: int) -> Story:
    """One story, to its end."""
    told: list[Story] = []

    async def story(loop: VirtualLoop) -> None:
        one = Story(loop, seed)
        told.append(one)
        await one.play()

    on_virtual_time(story)
    return told[0]


def test_what_runs_stays_in_consul_and_what_does_not_goes() -> None:
    """Over all seeds everything has happened: else they would judge nothing."""
    hits: Counter[str] = Counter()
    for seed in SEEDS:
        one = played(seed)
        assert (seed, one.breaches) == (seed, [])
        hits.update(one.hits)
    wanted = {*HAPPENINGS, "deregistered", "restarted"}
    assert {name for name in wanted if not hits[name]} == set()


def test_the_oracle_finds_what_is_taken_out_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is called stale, and the check looks away."""
    monkeypatch.setattr(coverage, "_holds", lambda *_: False)
    monkeypatch.setattr(chore_stale, "deregister_faults", lambda *_, **__: [])
    assert any("was taken out, and" in words for words in played(1).breaches)


def test_the_oracle_finds_restarts_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits, and the check looks away."""
    monkeypatch.setattr(uncovered, "RESTART_SECONDS", 0.0)
    monkeypatch.setattr("daemonctl.check.coverage.PATIENCE_SECONDS", 0.0)
    assert any("in vain" in words for words in played(3).breaches)
