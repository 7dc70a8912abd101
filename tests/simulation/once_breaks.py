"""Controllers that run what has run, mark what has not, or wait too long: each must be found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from msgspec.structs import replace as changed

from daemonctl.model.ids import ContainerInstanceArn
from daemonctl.model.spec import Share
from daemonctl.planning import allot, once
from daemonctl.planning.assessment import BEHIND, WantStart
from daemonctl.planning.rules import Rule
from daemonctl.planning.spending import Counter
from tests.simulation.breaks import Break, no_check
from tests.simulation.scenario import Scenario


def _forgets(patch: pytest.MonkeyPatch) -> None:
    no_check(patch)
    patch.setattr(once, "_done", lambda *_: "")


def _takes_failures_for_success(patch: pytest.MonkeyPatch) -> None:
    no_check(patch)
    patch.setattr(once, "succeeded", lambda _, task: task.stopped)


def _waits_for_any(patch: pytest.MonkeyPatch) -> None:
    """One run of another revision, however many may run: a single one that hangs keeps all."""
    real = allot._once_more

    def once_more(counter: Counter, rule: Rule) -> Iterator[tuple[ContainerInstanceArn, WantStart]]:
        held = counter.tallies[rule.index].having(BEHIND)
        return (one for one in real(counter, rule) if not (one[1].again and held))

    patch.setattr(allot, "_once_more", once_more)


def _hanging(scenario: Scenario) -> Scenario:
    """Half of many may run another revision at once; here and there a run hangs."""
    half = Share(50, percent=True)
    return replace(
        scenario, faults=(), crashes=0, second_leader=False, instances=12, services=0, blackout=0.0,
        only=("unhealthy", "unhealthy", "once_renewed"), happenings=15, chaos_seconds=200.0,
        daemons=tuple(changed(one, max_unavailable=half) for one in scenario.daemons),
    )  # fmt: skip


ONCE_BREAKS = {
    "runs again what has run": Break("once", _forgets, lambda s: bool(s.once)),
    "marks what has failed": Break("once", _takes_failures_for_success, lambda s: bool(s.once)),
    "lets one run that hangs keep all others waiting": Break(
        "7 converge", _waits_for_any, lambda s: bool(s.once) and not s.rolling, _hanging
    ),
}
