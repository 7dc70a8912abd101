"""Controllers that remove Consul nodes as they like: the oracle must find each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from daemonctl.planning import ghosts
from daemonctl.runtime import chore_ghosts
from tests.simulation.breaks import Break
from tests.simulation.scenario import Scenario


def _no_check(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(chore_ghosts, "ghost_faults", lambda *_: [])


def _removes_failed(patch: pytest.MonkeyPatch) -> None:
    """Whatever is not alive in Consul is taken for gone."""
    _no_check(patch)
    real = ghosts._proof

    def proof(evidence: Any, identity: Any, now: float) -> Any:
        kind, words = real(evidence, identity, now)
        return kind or ghosts.GhostKind.TERMINATED, words

    patch.setattr(ghosts, "_proof", proof)


def _removes_what_drains(patch: pytest.MonkeyPatch) -> None:
    _no_check(patch)
    patch.setattr(ghosts, "emptied", lambda host: host.instance.status == "DRAINING")
    patch.setattr(ghosts, "_drained", lambda *_: True)


def _removes_strangers(patch: pytest.MonkeyPatch) -> None:
    """What EC2 does not know is gone, seen or not."""
    _no_check(patch)
    patch.setattr(ghosts, "_unsure", lambda *_: "")


def _removes_none(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ghosts, "room", lambda *_: 0)


def _looks(scenario: Scenario) -> bool:
    return scenario.ghosts is not None and scenario.consul_gone[1] < 200


def _cut(scenario: Scenario) -> Scenario:
    """Agents that the others cannot reach, on hosts that live."""
    return replace(scenario, only=("agent_flapped", "agent_disconnected"), chaos_seconds=240.0)


def _held(scenario: Scenario) -> Scenario:
    """Hosts that drain for long, with agents on them that the others cannot reach now and then."""
    only = ("host_drained", "host_drained", "foreign_task", "foreign_task")
    return replace(scenario, only=only, services=2, happenings=20, chaos_seconds=240.0)


GHOST_BREAKS = {
    "removes whatever is failed": Break("ghosts", _removes_failed, _looks, _cut),
    "removes what still drains": Break("ghosts", _removes_what_drains, _looks, _held),
    "removes another account's nodes": Break("ghosts", _removes_strangers, _looks),
    "removes no ghost": Break("7 converge", _removes_none, _looks),
}
