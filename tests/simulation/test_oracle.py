"""An oracle that never fails proves nothing: each break must be found within a few seeds."""

from __future__ import annotations

import itertools

import pytest

from tests.simulation.breaks import BREAKS
from tests.simulation.departure_breaks import DEPARTURE_BREAKS
from tests.simulation.ghost_breaks import GHOST_BREAKS
from tests.simulation.idle_breaks import IDLE_BREAKS
from tests.simulation.moods import draw
from tests.simulation.needed_breaks import NEEDED_BREAKS
from tests.simulation.once_breaks import ONCE_BREAKS
from tests.simulation.rolling_breaks import ROLLING_BREAKS
from tests.simulation.run import run

_FEW = 12


ALL = {
    **BREAKS,
    **ROLLING_BREAKS,
    **NEEDED_BREAKS,
    **IDLE_BREAKS,
    **DEPARTURE_BREAKS,
    **GHOST_BREAKS,
    **ONCE_BREAKS,
}


@pytest.mark.parametrize("name", ALL)
def test_the_oracle_finds_a_controller_that(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = ALL[name]
    broken.patch(monkeypatch)
    suiting = (s for s in map(draw, itertools.count()) if broken.suits(s))
    found: list[str] = []
    for scenario in itertools.islice(suiting, _FEW):
        result = run(scenario.seed, broken.tune(scenario))
        found += [breach.invariant for breach in result.breaches]
        if broken.invariant in found:
            return
    pytest.fail(f"{broken.invariant} was not found by {_FEW} seeds; found: {found}")
