"""Controllers that treat the tasks of removed daemons as they like: the oracle must find each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as changed

from daemonctl.model.spec import OnRemove
from daemonctl.planning import removal
from daemonctl.runtime import chore_orphans, reading
from daemonctl.runtime.service import ClusterService
from tests.simulation.breaks import Break, no_check
from tests.simulation.scenario import Scenario


def _stops_all(patch: pytest.MonkeyPatch) -> None:
    no_check(patch)

    def carry(old: Any, new: Any) -> Any:
        return changed(new, removed=(*old.removed, *removal.gone(old, new)))

    patch.setattr(removal, "carry", carry)


def _stops_none(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(removal, "carry", lambda _, new: new)
    patch.setattr(reading, "carry", lambda _, new: new)
    patch.setattr(removal, "recall", lambda desired, _: desired)


def _prunes_none(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(removal, "prune", lambda desired, *_: desired)


def _holds_hosts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(chore_orphans, "may_leave", lambda *_: ())


def _goes_on(patch: pytest.MonkeyPatch) -> None:
    no_check(patch)
    patch.setattr(ClusterService, "replace", lambda *_: None)


def _leaves(scenario: Scenario, fate: OnRemove) -> bool:
    return any(one.name == scenario.departs and one.on_remove is fate for one in scenario.daemons)


def _restless(scenario: Scenario) -> Scenario:
    """Hosts come long after the daemon has left."""
    return replace(
        scenario, faults=(), crashes=0, only=("host_added", "host_terminated"), happenings=30,
        chaos_seconds=500.0, interval=10.0, api_budget=1.0, instances=2,
    )  # fmt: skip


def _drained(scenario: Scenario) -> Scenario:
    """Hosts drain, before and after the daemon has left."""
    return replace(
        scenario, faults=(), crashes=0, only=("host_drained",), happenings=4, instances=6,
        services=0, pruned=False,
    )  # fmt: skip


DEPARTURE_BREAKS = {
    "stops orphans that may stay": Break(
        "2 foreign stop", _stops_all, lambda s: _leaves(s, OnRemove.KEEP)
    ),
    "leaves orphans that should go": Break(
        "7 converge", _stops_none, lambda s: _leaves(s, OnRemove.STOP)
    ),
    "lets orphans hold hosts that drain": Break(
        "7 converge", _holds_hosts, lambda s: _leaves(s, OnRemove.KEEP), _drained
    ),
    "prunes nothing": Break("7 converge", _prunes_none, lambda s: s.pruned),
    "does not hear of a new config": Break(
        "start on wrong host", _goes_on, lambda s: s.departs != "", _restless
    ),
}
