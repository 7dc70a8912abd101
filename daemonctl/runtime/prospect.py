"""What a cluster's writer would do if calls cost nothing, and what keeps it from doing anything."""

from __future__ import annotations

from msgspec.structs import replace

from daemonctl.check import check
from daemonctl.model.desired import Desired
from daemonctl.model.lease import Power
from daemonctl.model.plan import INFINITE, Plan
from daemonctl.model.reason import Condition, Notice
from daemonctl.planning import planner
from daemonctl.ports import Clock
from daemonctl.runtime import dryrun
from daemonctl.runtime.desk import frozen
from daemonctl.runtime.ledger import Ledger
from daemonctl.runtime.mandate import UNBOUNDED, Mandate
from daemonctl.runtime.view import View


class Prospect:
    """Plans that are shown, not carried out. In a dry run there are no others."""

    def __init__(
        self,
        view: View,
        ledger: Ledger,
        clock: Clock,
        rehearsal: dryrun.Rehearsal | None,
        mandate: Mandate = UNBOUNDED,
    ) -> None:
        self._mandate = mandate
        self._view = view
        self._ledger = ledger
        self._clock = clock
        self._rehearsal = rehearsal

    def plan(self, desired: Desired) -> Plan | None:
        """With an infinite allowance; None before the first full view."""
        if not self._view.complete:
            return None
        memory, now = self._ledger.memory, self._clock.now()
        plan = planner.plan(desired, self._view.observed(), memory, INFINITE, now)
        barred = self.barred()
        return plan if barred is None else replace(plan, conditions=(barred, *plan.conditions))

    def barred(self) -> Condition | None:
        """Why nothing may be written now."""
        if self._rehearsal is not None:
            return dryrun.CONDITION
        if self._mandate.power() is Power.NONE:
            return Condition(Notice.LEASE_UNSURE, self._mandate.doubt)
        held = self._ledger.memory.freeze
        return None if held is None else frozen(held)

    def rehearse(self, desired: Desired, now: float) -> None:
        """In a dry run: tells what would be done by now."""
        if self._rehearsal is None or (plan := self.plan(desired)) is None:
            return
        memory = self._ledger.memory
        judged = check(plan.actions, desired, self._view.observed(), memory, now)
        self._rehearsal.tell(judged.allowed)
