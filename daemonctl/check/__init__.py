"""The invariants once more, by other code than planning: what breaks one is not done.

Knows only ``model``. docs/terms.md says in words what ``terms`` and ``tally`` say in code.
"""

from __future__ import annotations

from daemonctl.check.invariants import check
from daemonctl.check.result import Checked, Violation

__all__ = ["Checked", "Violation", "check"]
