"""Controllers that set gates, or restart, as they like: the oracle must find each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as changed

from daemonctl.model.spec import GateSpec, Share
from daemonctl.planning import gatekeeper, gates, restart
from tests.simulation.breaks import Break, no_check
from tests.simulation.scenario import Scenario


def _opens_at_once(patch: pytest.MonkeyPatch) -> None:
    no_check(patch)
    patch.setattr(gates, "_ready", lambda _: (True, ""))


def _never_opens(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(gates, "_ready", lambda _: (None, ""))


def _never_closes(patch: pytest.MonkeyPatch) -> None:
    real = gates._ready

    def ready(scene: Any) -> tuple[bool | None, str]:
        found, words = real(scene)
        return (found or None, words)

    patch.setattr(gates, "_ready", ready)


def _closes_all(patch: pytest.MonkeyPatch) -> None:
    no_check(patch)
    patch.setattr(gatekeeper, "max", lambda *_: 1000, raising=False)


def _out_of_order(scenario: Scenario) -> Scenario:
    """Containers die and their images are gone."""
    return replace(
        scenario, faults=(), crashes=0, second_leader=False, instances=8, happenings=40,
        only=("pull_failure", "container_killed"), chaos_seconds=300.0,
        gate=GateSpec(open_after_seconds=2.0, close_after_seconds=5.0, max_closed=Share(1)),
    )  # fmt: skip


def _crowded(scenario: Scenario) -> Scenario:
    """Services take the room of what dies."""
    return replace(
        scenario, faults=(), crashes=0, second_leader=False, instances=6, services=2,
        happenings=40, only=("service_scaled", "container_killed"), chaos_seconds=300.0,
        daemons=tuple(changed(one, make_room=()) for one in scenario.daemons),
        gate=GateSpec(2.0, 5.0, Share(100, percent=True)),
    )  # fmt: skip


def _restarts_all(patch: pytest.MonkeyPatch) -> None:
    no_check(patch)
    patch.setattr(restart, "_due", lambda *_: "for no reason")


def _restarts_none(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(restart, "_due", lambda *_: "")


def _plain(scenario: Scenario) -> bool:
    return not (scenario.rolling or scenario.blackout or scenario.scale_in or scenario.departs)


NEEDED_BREAKS = {
    "opens gates at once": Break("gate", _opens_at_once, lambda s: s.gate is not None),
    "never opens a gate": Break("7 converge", _never_opens, lambda s: s.gate is not None),
    "never closes a gate": Break("7 converge", _never_closes, _plain, _crowded),
    "closes gates without a limit": Break("gate", _closes_all, _plain, _out_of_order),
    "restarts without a reason": Break("3 stop", _restarts_all, lambda s: not s.rolling),
    "restarts nobody": Break(
        "7 converge",
        _restarts_none,
        lambda s: any(need.restart for one in s.daemons for need in one.depends_on),
    ),
}
