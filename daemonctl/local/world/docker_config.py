"""What of a container definition ECS hands to its agent in Docker's own words.

The agent itself reads the members it needs to order and wire containers (payload.py). All the
rest ECS translates into the Engine API's ``Config`` and ``HostConfig``, as JSON texts in
``dockerConfig`` (source: the agent's message model and what it does with the two).
"""

from __future__ import annotations

import json

from daemonctl.local.world.fields import Answer, Params, number, part, parts, text, texts

API_VERSION = "1.30"
"""The Engine API that containers are created by: one that all engines since 17.06 speak."""
MIB = 1024 * 1024
SECOND = 1_000_000_000
"""Nanoseconds, in which Docker counts the spans of a health check."""

IN_CONFIG = {
    "user": "User",
    "workingDirectory": "WorkingDir",
    "hostname": "Hostname",
    "pseudoTerminal": "Tty",
    "interactive": "OpenStdin",
    "dockerLabels": "Labels",
    "disableNetworking": "NetworkDisabled",
}
IN_HOST_CONFIG = {
    "privileged": "Privileged",
    "readonlyRootFilesystem": "ReadonlyRootfs",
    "dnsServers": "Dns",
    "dnsSearchDomains": "DnsSearch",
    "dockerSecurityOptions": "SecurityOpt",
}
"""Members that Docker only calls otherwise."""


def docker_config(row: Params, network_mode: str, task: Params) -> Answer:
    """``dockerConfig`` of one container; ``task`` is the task definition it stands in."""
    return {
        "version": API_VERSION,
        "config": json.dumps(_config(row)),
        "hostConfig": json.dumps(_host_config(row, network_mode, task)),
    }


def _config(row: Params) -> Answer:
    answer = _renamed(row, IN_CONFIG)
    check = part(row, "healthCheck")
    if check:
        answer["Healthcheck"] = {
            "Test": texts(check, "command"),
            "Interval": (number(check, "interval") or 30) * SECOND,
            "Timeout": (number(check, "timeout") or 5) * SECOND,
            "Retries": number(check, "retries") or 3,
            "StartPeriod": (number(check, "startPeriod") or 0) * SECOND,
        }
    return answer


def _host_config(row: Params, network_mode: str, task: Params) -> Answer:
    answer = _renamed(row, IN_HOST_CONFIG)
    if network_mode in {"host", "none"}:
        answer["NetworkMode"] = network_mode
    for key, name in (("pidMode", "PidMode"), ("ipcMode", "IpcMode")):
        if text(task, key) == "host":
            answer[name] = "host"
    reserved = number(row, "memoryReservation")
    if reserved:
        answer["MemoryReservation"] = reserved * MIB
    logs = part(row, "logConfiguration")
    if logs:
        answer["LogConfig"] = {"Type": text(logs, "logDriver"), "Config": part(logs, "options")}
    if row.get("ulimits"):
        answer["Ulimits"] = [
            {
                "Name": text(limit, "name"),
                "Soft": number(limit, "softLimit"),
                "Hard": number(limit, "hardLimit"),
            }
            for limit in parts(row, "ulimits")
        ]
    if row.get("extraHosts"):
        answer["ExtraHosts"] = [
            f"{text(host, 'hostname')}:{text(host, 'ipAddress')}"
            for host in parts(row, "extraHosts")
        ]
    if row.get("systemControls"):
        answer["Sysctls"] = {
            text(control, "namespace") or "": text(control, "value") or ""
            for control in parts(row, "systemControls")
        }
    linux = part(row, "linuxParameters")
    return answer | _linux(linux) | _swap(linux, number(row, "memory") or 0)


def _linux(linux: Params) -> Answer:
    answer: Answer = {}
    able = part(linux, "capabilities")
    for key, name in (("add", "CapAdd"), ("drop", "CapDrop")):
        if able.get(key):
            answer[name] = texts(able, key)
    if linux.get("initProcessEnabled"):
        answer["Init"] = True
    shared = number(linux, "sharedMemorySize")
    if shared is not None:
        answer["ShmSize"] = shared * MIB
    if linux.get("devices"):
        answer["Devices"] = [_device(device) for device in parts(linux, "devices")]
    if linux.get("tmpfs"):
        answer["Tmpfs"] = {
            text(mount, "containerPath") or "": ",".join(
                [*texts(mount, "mountOptions"), f"size={number(mount, 'size') or 0}m"]
            )
            for mount in parts(linux, "tmpfs")
        }
    return answer


def _swap(linux: Params, memory: int) -> Answer:
    """Docker counts memory and swap together; "without maxSwap, swappiness is ignored"."""
    most, swappiness = number(linux, "maxSwap"), number(linux, "swappiness")
    if most is None:
        return {}
    answer: Answer = {"MemorySwap": (memory + most) * MIB}
    return answer if swappiness is None else answer | {"MemorySwappiness": swappiness}


def _device(device: Params) -> Answer:
    inside = text(device, "hostPath")
    allowed = texts(device, "permissions") or ["read", "write", "mknod"]
    return {
        "PathOnHost": inside,
        "PathInContainer": text(device, "containerPath") or inside,
        "CgroupPermissions": "".join(word[0] for word in allowed),
    }


def _renamed(row: Params, names: dict[str, str]) -> Answer:
    return {name: row[key] for key, name in names.items() if row.get(key)}
