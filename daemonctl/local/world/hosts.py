"""What happens to machines: they boot, stop and end, and what ECS makes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from daemonctl.local.world import ledger
from daemonctl.local.world.agenda import happening
from daemonctl.local.world.connection import disconnect, reconnect
from daemonctl.local.world.registration import deregister, enrol
from daemonctl.local.world.task import ENDED

if TYPE_CHECKING:
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.instance import Host, Instance

_HostHappening = Callable[["Core", "Host", float], None]

HOST_GONE = "TerminationNotice"
"""stopCode of tasks that end with their host ("per a third-party log")."""


def instance_of(core: Core, host: Host) -> Instance | None:
    """The container instance that a host is registered as, unless that is forgotten."""
    if host.instance_arn is None:
        return None
    for cluster in core.clusters.values():
        found = cluster.instances.get(host.instance_arn)
        if found is not None:
            return found
    return None


def terminate(core: Core, host: Host, now: float) -> None:
    """EC2 terminate: an instance whose agent is connected is deregistered after a lag.

    "terminate while stopped or agent disconnected: NOT auto-deregistered": it stays ACTIVE.
    """
    if host.state in {"shutting-down", "terminated"}:
        return
    instance = instance_of(core, host)
    ran = host.state == "running"
    _halt(host, "shutting-down", "User initiated")
    _later(core, host, core.switches.shutdown_seconds, now, _ended)
    if instance is None or not instance.connected:
        return
    _later(core, host, core.switches.disconnect_lag_seconds, now, _lost)
    if ran:
        _later(core, host, core.switches.deregister_lag_seconds, now, _deregistered)


def stop(core: Core, host: Host, now: float) -> None:
    """EC2 stop: "stays ACTIVE; agentConnected=false within minutes; tasks stop"."""
    if host.state != "running":
        return
    _halt(host, "stopping", "User initiated")
    _later(core, host, core.switches.shutdown_seconds, now, _ended)
    _later(core, host, core.switches.disconnect_lag_seconds, now, _lost)


def start(core: Core, host: Host, now: float) -> None:
    """EC2 start of a stopped host: "same ARN reconnects (agent checkpoint)"."""
    if host.state == "stopped":
        host.state, host.state_reason = "pending", ""
        host.generation += 1
        _agent_lost(core, host, now)
        _later(core, host, core.switches.boot_seconds, now, _booted)


def reboot(core: Core, host: Host, now: float) -> None:
    """EC2 reboot: everything on it ends, and the same instance comes back."""
    if host.state == "running":
        _halt(host, "running", "")
        _agent_lost(core, host, now)
        _later(core, host, core.switches.boot_seconds, now, _booted)


def _halt(host: Host, state: str, reason: str) -> None:
    """Everything that runs on the machine is gone; ECS does not know yet."""
    host.state, host.state_reason = state, reason
    host.generation += 1
    for task in [*host.running.values(), *host.queue]:
        task.on_host = ENDED
    for task in host.running.values():
        host.free.give(task.needs)
    host.running.clear()
    host.queue.clear()


def _later(
    core: Core, host: Host, span: tuple[float, float], now: float, what: _HostHappening
) -> None:
    core.agenda.at(now + core.draw(span), _if_still, core, host, host.generation, what)


@happening
def _if_still(now: float, core: Core, host: Host, generation: int, what: _HostHappening) -> None:
    if host.generation == generation:
        what(core, host, now)


@happening
def _ended(_core: Core, host: Host, now: float) -> None:
    if host.state == "shutting-down":
        host.state, host.terminated_at = "terminated", now
    else:
        host.state = "stopped"


@happening
def _lost(core: Core, host: Host, now: float) -> None:
    _agent_lost(core, host, now)
    instance = instance_of(core, host)
    if instance is None or host.state == "shutting-down" or host.terminated_at is not None:
        return
    words = f"Host EC2 (instance {host.id}) stopped."
    for task in list(instance.tasks.values()):
        if core.switches.ec2_stop_leaves_tasks_stuck:
            ledger.mark_stopping(core, task, HOST_GONE, words, now)
        else:
            task.on_host = ENDED
            ledger.mark_stopped(core, task, HOST_GONE, words, now, now)


def _agent_lost(core: Core, host: Host, now: float) -> None:
    instance = instance_of(core, host)
    if instance is not None:
        disconnect(core, instance, now)


@happening
def _deregistered(core: Core, host: Host, now: float) -> None:
    instance = instance_of(core, host)
    if instance is not None:
        deregister(core, instance, f"Host EC2 (instance {host.id}) terminated.", HOST_GONE, now)


@happening
def _booted(core: Core, host: Host, now: float) -> None:
    host.state = "running"
    instance = instance_of(core, host)
    if instance is None:
        return
    if core.switches.ec2_start_registers_anew:
        enrol(
            core, core.clusters[instance.cluster], host, now, attributes=dict(instance.attributes)
        )
    else:
        reconnect(core, instance, now)
