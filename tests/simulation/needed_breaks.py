"""Controllers that set gates, or restart, as they like: the oracle must find each."""

from __future__ import annotations

import pytest

from daemonctl.planning import gates, restart
from tests.simulation.breaks import Break, no_check


def _opens_at_once(patch: pytest.MonkeyPatch) -> None:
    no_check(patch)
    patch.setattr(gates, "_ready", lambda _: (True, ""))


def _never_opens(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(gates, "_ready", lambda _: (None, ""))


def _restarts_all(patch: pytest.MonkeyPatch) -> None:
    no_check(patch)
    patch.setattr(restart, "_due", lambda *_: "for no reason")


def _restarts_none(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(restart, "_due", lambda *_: "")


NEEDED_BREAKS = {
    "opens gates at once": Break("gate", _opens_at_once, lambda s: s.gate is not None),
    "never opens a gate": Break("7 converge", _never_opens, lambda s: s.gate is not None),
    "restarts without a reason": Break("3 stop", _restarts_all, lambda s: not s.rolling),
    "restarts nobody": Break(
        "7 converge",
        _restarts_none,
        lambda s: any(need.restart for one in s.daemons for need in one.depends_on),
    ),
}
