"""What may be taken out of Consul through its agent: entries of containers that are gone."""

from __future__ import annotations

from collections.abc import Sequence

from daemonctl.model.cluster import Task
from daemonctl.model.discovery import AgentState, Service
from daemonctl.model.ids import short
from daemonctl.model.observed import Host, Observed

PATIENCE_SECONDS = 60.0
"""So long an entry is seen without its container first."""


def deregister_faults(
    service: Service,
    host: Host,
    tasks: Sequence[Task],
    observed: Observed,
    *,
    since: float,
    now: float,
) -> list[str]:
    """Why the agent of ``host`` must keep the service; ``tasks`` are all that are there now.

    A task that has not left holds every entry of its revision at a port that it has, and each one
    where its ports are not told or are not those of a bridge.
    """
    where = f"{service.id} on {host.instance.ec2_id}"
    parts = service.id.removesuffix(":udp").rsplit(":", 2)
    faults = []
    if len(parts) != len(("host", "container", "port")) or not parts[1].startswith("ecs-"):
        return [f"{where}: registrator has not registered it for an ECS container"]
    if observed.catalog is None or not observed.catalog.known:
        faults.append(f"{where}: Consul's catalog is not known")
    if host.agent is None or host.agent.state is not AgentState.ALIVE:
        faults.append(f"{where}: its agent is not alive")
    if not host.instance.connected:
        faults.append(f"{where}: the ECS agent is disconnected")
    if now < since + PATIENCE_SECONDS:
        faults.append(f"{where}: it has not been seen for {PATIENCE_SECONDS:g} s")
    holder = next((task for task in tasks if _holds(task, service, parts[1])), None)
    if holder is not None:
        faults.append(f"{where}: {short(holder.arn)} is there")
    return faults


def _holds(task: Task, service: Service, container: str) -> bool:
    revision = short(task.definition).replace(":", "-")
    if task.last_status == "STOPPED" or not container.startswith(f"ecs-{revision}-"):
        return False
    ports = [port for each in task.containers for port in each.ports]
    udp = service.id.endswith(":udp")
    return not ports or any(p.host == service.port and p.udp == udp for p in ports)
