"""What check must guarantee of restarts for what Consul lacks, once more and by brute force."""

from __future__ import annotations

from daemonctl.model.discovery import Registered
from daemonctl.model.plan import StopTask
from tests.property.oracle_terms import known_to, ours_at
from tests.property.strategies import Scene


def needless(scene: Scene, action: StopTask) -> bool:
    """Nothing is known to be missing there for two minutes, or it was tried for that already."""
    known, host = known_to(scene, action.daemon), scene.observed.hosts.get(action.instance)
    if known is None or host is None or not known.spec.services_registered:
        return True
    seen = host.registered
    if seen is None or not host.instance.connected:
        return True
    since = [at for at, found in _rows(seen) if not found]
    memory = scene.memory.slots.get((action.instance, action.daemon))
    held = memory.unregistered if memory else None
    if not since or held is None or held.restarted or seen.as_of - held.since < 120:
        return True
    return any(
        task.stopped_reason.startswith("daemonctl: COVERAGE:")
        and (task.stopped_at or 0) > max(since)
        for task in ours_at(scene, action.instance, action.daemon)
    )


def _rows(seen: Registered) -> list[tuple[float, bool]]:
    """Since when each port of half a minute and more runs, and whether something is registered."""
    taken = {(one.address, one.port) for one in seen.services}
    return [
        (each.since, any((address, port.host) in taken for address in ("", *seen.addresses)))
        for each in seen.tenants
        for port in each.expected
        if seen.as_of - each.since >= 30
    ]
