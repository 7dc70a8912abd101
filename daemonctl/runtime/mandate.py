"""What may be written to a cluster, asked again before every write."""

from __future__ import annotations

from typing import Protocol

from daemonctl.model.lease import Power, RepairOnly
from daemonctl.model.plan import Action, StartTask, StopKind, StopTask


class Mandate(Protocol):
    """Of one cluster's service: its lease, or that it needs none."""

    def power(self) -> Power:
        """What may be written at this moment."""
        ...

    @property
    def repair(self) -> RepairOnly | None:
        """Set while the lock store is down and repairs go on."""
        ...

    @property
    def doubt(self) -> str:
        """Why nothing may be written now, in words."""
        ...


class Unbounded:
    """Of a process that needs no lease: there is no other one."""

    repair: RepairOnly | None = None
    doubt = ""

    def power(self) -> Power:
        """Always everything."""
        return Power.FULL


UNBOUNDED = Unbounded()


def forbidden(mandate: Mandate, action: Action) -> str:
    """Why this action may not be made now, "" where it may."""
    power = mandate.power()
    if power is Power.FULL:
        return ""
    if power is Power.NONE:
        return mandate.doubt
    repairs = isinstance(action, StopTask) and action.kind is StopKind.REPAIR
    if repairs or isinstance(action, StartTask):
        return ""
    return "the lock store is down: only starts and repairs"
