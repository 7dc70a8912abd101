"""Controllers that run what has run, or mark what has not: the oracle must find each."""

from __future__ import annotations

import pytest

from daemonctl.planning import once
from tests.simulation.breaks import Break, no_check


def _forgets(patch: pytest.MonkeyPatch) -> None:
    no_check(patch)
    patch.setattr(once, "_done", lambda *_: "")


def _takes_failures_for_success(patch: pytest.MonkeyPatch) -> None:
    no_check(patch)
    patch.setattr(once, "succeeded", lambda _, task: task.stopped)


ONCE_BREAKS = {
    "runs again what has run": Break("once", _forgets, lambda s: bool(s.once)),
    "marks what has failed": Break("once", _takes_failures_for_success, lambda s: bool(s.once)),
}
