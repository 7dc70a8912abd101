"""The two naive ways to count maxUnavailable in a rollout: the oracle must find each (ADR 12)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as changed

from daemonctl.model.spec import Breaker, Canary, Share, Strategy
from daemonctl.planning import assess, voluntary
from daemonctl.planning.assessment import AVAILABLE, DESIRED
from tests.simulation.breaks import Break, no_check
from tests.simulation.scenario import Scenario


def _counts_all_unready(patch: pytest.MonkeyPatch) -> None:
    """Whatever is not available takes a part of the budget, whoever made it so."""

    def left(counter: Any, rule: Any) -> int:
        tally = counter.tallies[rule.index]
        away = tally.having(DESIRED) - tally.having(AVAILABLE)
        return rule.spec.max_unavailable.of(tally.having(DESIRED)) - away

    patch.setattr(voluntary, "_left", left)


def _counts_only_stops(patch: pytest.MonkeyPatch) -> None:
    """A stop takes a part of the budget until its task has gone, whatever comes after."""
    no_check(patch)
    patch.setattr(assess, "_lost", lambda *_: False)


def _plain(scenario: Scenario, **changes: Any) -> Scenario:
    """One instance at a time, without canaries and without a breaker."""
    daemons = (
        changed(
            one, max_unavailable=Share(1), canary=Canary(), breaker=Breaker(enable=False),
            strategy=Strategy.ROLLING, bake_seconds=0.0, per_zone=False,
        )
        for one in scenario.daemons
    )  # fmt: skip
    plain = {"crashes": 0, "faults": (), "blackout": 0.0, "polling": False}
    return replace(scenario, daemons=tuple(daemons), **{**plain, **changes})


def beside_lost_hosts(scenario: Scenario) -> Scenario:
    """Hosts whose agent goes away and stays away, and a new revision."""
    only = ("agent_disconnected", "revision_registered")
    return _plain(scenario, only=only, happenings=6, instances=8)


def with_bad_revisions(scenario: Scenario) -> Scenario:
    """A revision that works nowhere, and time for it to spread."""
    return _plain(
        scenario, only=("bad_revision_registered",), happenings=2, chaos_seconds=400.0, instances=8
    )


ROLLING_BREAKS: dict[str, Break] = {
    "counts all that is unready": Break(
        "7 converge", _counts_all_unready, lambda s: s.rolling, beside_lost_hosts
    ),
    "counts only stops": Break(
        "3 rollout", _counts_only_stops, lambda s: s.rolling, with_bad_revisions
    ),
}
