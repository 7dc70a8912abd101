"""Hosts on which not every daemon has room: who waits for it never takes what an update frees.

The usual draw leaves room for all where revisions roll. These seeds failed with 400 CPU units each.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.simulation.moods import draw
from tests.simulation.run import run
from tests.simulation.scenario import Scenario

SEEDS = {
    1: "what should not fit was tried between the stop of an update and the news of it",
    70: "as 1",
    284: "it was tried in the very plan that started what an update had stopped",
    304: "a try that nobody asked about any more held back stops for ever",
    327: "as 1",
    333: "as 1",
}


def dense(seed: int) -> Scenario:
    """The scenario of a seed, with daemons that reserve more than a small host has."""
    scenario = draw(seed)
    return replace(scenario, families=tuple(replace(one, cpu=400) for one in scenario.families))


@pytest.mark.parametrize("seed", SEEDS)
def test_room_that_an_update_frees_is_not_taken(seed: int) -> None:
    result = run(seed, dense(seed))
    assert result.breaches == [], "\n".join(result.tail)
