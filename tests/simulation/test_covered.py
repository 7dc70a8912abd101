"""Seeds of ``covered``: nothing that runs is taken out, nothing is restarted in vain."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.simulation.covered import HAPPENINGS, Story
from tests.simulation.loop import VirtualLoop
from tests.unit.runtime.rig import on_virtual_time

SEEDS = range(1, 7)
_HITS: Counter[str] = Counter()


@pytest.mark.parametrize("seed", SEEDS)
def test_what_runs_stays_in_consul_and_what_does_not_goes(seed: int) -> None:
    async def story(loop: VirtualLoop) -> None:
        played = Story(loop, seed)
        await played.play()
        _HITS.update(played.hits)
        assert played.breaches == []

    on_virtual_time(story)


def test_everything_has_happened() -> None:
    """Over all seeds: else they would judge nothing."""
    for seed in () if _HITS else SEEDS:  # by itself this test has to play them first
        test_what_runs_stays_in_consul_and_what_does_not_goes(seed)
    wanted = {*HAPPENINGS, "deregistered", "restarted"}
    assert {name for name in wanted if not _HITS[name]} == set()
