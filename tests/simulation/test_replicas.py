"""Two controllers that take turns: whatever happens to them, the oracle finds nothing wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from tests.simulation.moods import draw
from tests.simulation.run import run
from tests.simulation.scenario import Scenario

SEEDS = 6
KINDS = ("killed", "ended", "stopped", "cut", "down", "lost")


def shared(seed: int) -> Scenario:
    """The scenario of a seed, played by two replicas instead of one that crashes."""
    scenario = draw(seed)
    return replace(
        scenario,
        replicas=True,
        stored=True,
        second_leader=False,
        crashes=0,
        chaos_seconds=max(scenario.chaos_seconds, 180.0),
    )


@pytest.mark.slow
def test_leaders_come_and_go_and_nothing_is_done_wrong() -> None:
    hits = Counter[str]()
    for seed in range(SEEDS):
        result = run(seed, shared(seed))
        assert result.breaches == [], "\n".join(result.tail)
        hits += result.hits
    assert [kind for kind in KINDS if not hits[f"replica_{kind}"]] == []
    assert hits["term"] > 2 * SEEDS
