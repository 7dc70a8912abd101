"""From a payload to the body of Docker's ``POST /containers/create``: pure.

Source: amazon-ecs-agent's ``dockerConfig`` and ``dockerHostConfig``: what the payload brings as
dockerConfig is laid over what the agent derives from the container's own fields.
"""

from __future__ import annotations

from daemonctl.local.agent import volumes
from daemonctl.local.agent.payload import (
    ContainerPayload,
    Json,
    Overrides,
    docker_parts,
    overrides_of,
)
from daemonctl.local.agent.record import Task
from daemonctl.local.agent.room import MIB

LEAST_CPU_SHARES = 2
"""Linux takes no fewer; ECS's "null, 0 and 1 are passed to Docker as 2"."""

LEAST_MEMORY_MIB = 6
CPU_PERIOD_MICROSECONDS = 100_000
LABEL = "com.amazonaws.ecs."


def create_body(task: Task, name: str, cluster: str) -> Json:
    """Build the body for one container of a task.

    Args:
        task: Of which the linked containers and those that lend volumes exist already.
        name: Which container.
        cluster: For the label.
    """
    spec = task.spec(name)
    over = overrides_of(spec)
    config, host_config = docker_parts(spec)
    labels = config.pop("Labels", None)
    body: Json = {
        "Image": spec.image,
        "Env": [f"{key}={value}" for key, value in _environment(spec, over).items()],
        "ExposedPorts": {f"{row.container_port}/{row.protocol}": {} for row in spec.port_mappings},
    }
    command = over.command if over.command is not None else spec.command
    if command:
        body["Cmd"] = list(command)
    if spec.entry_point:
        body["Entrypoint"] = list(spec.entry_point)
    body |= config
    body["Labels"] = (dict(labels) if isinstance(labels, dict) else {}) | _labels(
        task, name, cluster
    )
    body["HostConfig"] = _host_config(task, spec, over) | host_config
    _limit(body["HostConfig"], task, spec, over)
    return body


def _environment(spec: ContainerPayload, over: Overrides) -> dict[str, str]:
    env = dict(spec.environment)
    given = over.environment or {}
    if isinstance(given, tuple):
        given = {row.get("name", ""): row.get("value", "") for row in given}
    return env | dict(given)


def _labels(task: Task, name: str, cluster: str) -> dict[str, str]:
    return {
        f"{LABEL}cluster": cluster,
        f"{LABEL}container-name": name,
        f"{LABEL}task-arn": task.arn,
        f"{LABEL}task-definition-family": task.payload.family,
        f"{LABEL}task-definition-version": task.payload.version,
    }


def _host_config(task: Task, spec: ContainerPayload, over: Overrides) -> Json:
    names = {row.name: row.docker_name for row in task.record.containers}
    shares = over.cpu if over.cpu is not None else spec.cpu
    found: Json = {
        "Binds": volumes.binds(task, spec),
        "Links": [_link(link, names) for link in spec.links],
        "VolumesFrom": [
            names.get(row.source_container, row.source_container)
            + (":ro" if row.read_only else ":rw")
            for row in spec.volumes_from
        ],
        "CpuShares": max(shares, LEAST_CPU_SHARES),
    }
    mode = task.payload.network_mode
    if mode:
        found["NetworkMode"] = mode
    if task.payload.pid_mode == "host":
        found["PidMode"] = "host"
    if task.payload.ipc_mode in {"host", "none"}:
        found["IpcMode"] = task.payload.ipc_mode
    if mode not in {"host", "none"}:
        found["PortBindings"] = _port_bindings(spec)
    return found


def _port_bindings(spec: ContainerPayload) -> Json:
    found: dict[str, list[dict[str, str]]] = {}
    for row in spec.port_mappings:
        port = f"{row.container_port}/{row.protocol}"
        host = "" if row.host_port == 0 else str(row.host_port)
        found.setdefault(port, []).append({"HostPort": host})
    return dict(found)


def _link(link: str, names: dict[str, str]) -> str:
    name, _, alias = link.partition(":")
    return f"{names.get(name, name)}:{alias or name}"


def _limit(host_config: object, task: Task, spec: ContainerPayload, over: Overrides) -> None:
    """Set the limits of memory and CPU; a task's own hold for each container without one.

    ECS puts the containers of a task with limits of its own under one cgroup; over Docker's API
    alone that cannot be made, so there each container is held to the task's figure.
    """
    if not isinstance(host_config, dict):
        return
    if over.memory_reservation:
        host_config["MemoryReservation"] = over.memory_reservation * MIB
    hard = over.memory or spec.memory or (task.payload.memory or 0)
    if over.memory or (hard and "Memory" not in host_config):
        host_config["Memory"] = max(hard, LEAST_MEMORY_MIB) * MIB
    if task.payload.cpu:
        host_config["CpuPeriod"] = CPU_PERIOD_MICROSECONDS
        host_config["CpuQuota"] = round(task.payload.cpu * CPU_PERIOD_MICROSECONDS)
