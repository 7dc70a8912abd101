"""Controllers that drain or deregister hosts as they like: the oracle must find each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from daemonctl.planning import scalein, zombies
from daemonctl.runtime import chore_hosts
from tests.simulation.breaks import Break
from tests.simulation.scenario import Scenario


def _no_check(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(chore_hosts, "drain_faults", lambda *_: [])
    patch.setattr(chore_hosts, "deregister_faults", lambda *_: [])


def _drains_at_work(patch: pytest.MonkeyPatch) -> None:
    _no_check(patch)
    patch.setattr(scalein, "daemons_only", lambda *_: True)


def _empties_zones(patch: pytest.MonkeyPatch) -> None:
    _no_check(patch)
    patch.setattr(scalein, "_may_go", lambda _, ready, *__: tuple(h.instance.arn for h in ready))


def _drains_none(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(scalein, "_may_go", lambda *_: ())


def _tells_none(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(scalein, "daemons_only", lambda *_: False)


def _buries_alive(patch: pytest.MonkeyPatch) -> None:
    _no_check(patch)
    patch.setattr(zombies, "dead", lambda hosts, *_: tuple(h.instance.arn for h in hosts))


def _buries_none(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(zombies, "dead", lambda *_: ())


def _drains(scenario: Scenario) -> bool:
    return scenario.scale_in is not None and scenario.scale_in.drain


def _reports(scenario: Scenario) -> bool:
    return scenario.scale_in is not None and not scenario.scale_in.drain


def _away(scenario: Scenario) -> Scenario:
    """Agents that go, on machines that stay."""
    only: Any = ("agent_disconnected", "agent_disconnected", "container_killed")
    return replace(scenario, only=only)


def _busy(scenario: Scenario) -> Scenario:
    """Hosts that have work for long, and nothing that keeps this from being known."""
    return replace(
        scenario, faults=(), services=2, crashes=0, only=("foreign_task",), happenings=30,
        interval=10.0, api_budget=1.0, chaos_seconds=240.0,
    )  # fmt: skip


IDLE_BREAKS = {
    "drains hosts at work": Break("hosts", _drains_at_work, _drains, _busy),
    "empties a zone": Break("hosts", _empties_zones, _drains),
    "drains no idle host": Break("7 converge", _drains_none, _drains),
    "does not tell of idle hosts": Break("7 converge", _tells_none, _reports),
    "deregisters what lives": Break("hosts", _buries_alive, _drains, _away),
    "deregisters nothing": Break("7 converge", _buries_none, _drains),
}
