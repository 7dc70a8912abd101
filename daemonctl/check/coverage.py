"""What may be stopped as COVERAGE: a registrator beside ports that have long been missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemonctl.check.registered import unregistered
from daemonctl.check.scene import Fault, Scene, Write, stops_in
from daemonctl.check.terms import our_code
from daemonctl.model.plan import StopTask
from daemonctl.model.reason import Code

PATIENCE_SECONDS = 120.0
"""So long they are missing first."""


def coverage(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """Something is missing, for long enough, and a restart for it has not been tried."""
    for write, action in stops_in(writes):
        wrong = _needless(scene, action) if action.code == Code.COVERAGE else ""
        if wrong:
            yield write, f"restart of {write.where} for what is not in Consul: {wrong}"


def _needless(scene: Scene, action: StopTask) -> str:
    daemon, host = scene.daemon(action.daemon), scene.host(action.instance)
    if daemon is None or host is None or not daemon.spec.services_registered:
        return "it has no servicesRegistered"
    seen, slot = host.registered, (action.instance, action.daemon)
    if seen is None:
        return "what Consul has is not known"
    if not host.instance.connected:
        return "what runs there is not known: its agent is disconnected"
    missing = [tenant for tenant, _ in unregistered(seen)]
    if not missing:
        return "nothing is missing there"
    held = scene.remembered(slot).unregistered
    if held is None or seen.as_of < held.since + PATIENCE_SECONDS:
        return f"it has not been missing for {PATIENCE_SECONDS:g} s"
    begun = max(tenant.since for tenant in missing)
    before = [
        task
        for task in scene.own(slot)
        if our_code(task) == Code.COVERAGE and (task.stopped_at or 0.0) > begun
    ]
    return "it was restarted for them already" if held.restarted or before else ""
