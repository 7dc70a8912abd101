"""Naive ways to count maxUnavailable (ADR 12) and to end duplicates: the oracle finds each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as changed

from daemonctl.model.spec import Breaker, Canary, Share, Strategy
from daemonctl.planning import assess, slots, voluntary
from daemonctl.planning.assessment import AVAILABLE, DESIRED
from daemonctl.planning.slots import Ranked
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


def _keeps_the_wanted_one(patch: pytest.MonkeyPatch) -> None:
    """Of duplicates the one of the wanted revision stays, whether or not it works."""
    no_check(patch)
    rank = slots._rank

    def wanted_first(one: Ranked) -> tuple[bool | float | str, ...]:
        return (not one.wanted, *rank(one))

    patch.setattr(slots, "_rank", wanted_first)


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


def with_doubles(scenario: Scenario) -> Scenario:
    """Another leader starts a new revision, which is not ready for long, beside what works."""
    doubled = ("task_doubled",) * 4
    plain = _plain(scenario, only=("revision_registered", *doubled), happenings=14)
    slow = {"strategy": Strategy.ON_DELETE, "min_ready_seconds": 25.0}
    daemons = (changed(one, **slow) for one in plain.daemons)
    return replace(plain, daemons=tuple(daemons))


ROLLING_BREAKS: dict[str, Break] = {
    "counts all that is unready": Break(
        "7 converge", _counts_all_unready, lambda s: s.rolling, beside_lost_hosts
    ),
    "counts only stops": Break(
        "3 rollout", _counts_only_stops, lambda s: s.rolling, with_bad_revisions
    ),
    "gives what works for what is wanted": Break(
        "3 repair", _keeps_the_wanted_one, lambda s: s.rolling and not s.once, with_doubles
    ),
}
