"""Which services a container is: gliderlabs/registrator's bridge, as its source and docs say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.real.registrator.options import Options

Inspected = Mapping[str, Any]
"""A container as Docker's ``GET /containers/ID/json`` has it."""

_ANY = "0.0.0.0"  # noqa: S104  Docker's word for any address
_ID = re.compile(r"(.+?):([a-zA-Z0-9][a-zA-Z0-9_.-]+):[0-9]+(?::udp)?")


@dataclass(frozen=True)
class Service:
    """``attributes`` are the rest of SERVICE_…, in lower case: checks among them."""

    id: str
    name: str
    address: str
    port: int
    tags: tuple[str, ...]
    attributes: Mapping[str, str]
    container: str


@dataclass(frozen=True)
class _Port:
    exposed: str
    kind: str
    host_ip: str
    host_port: str


def services(
    container: Inspected, hostname: str, options: Options, resolved: str = ""
) -> list[Service]:
    """All that a container offers: its published ports, and in the host's network the EXPOSEd ones.

    Args:
        container: As inspected.
        hostname: Of the host: service ids begin with it.
        options: Of the command line.
        resolved: The address that the hostname has, for ports bound to any; "": none.
    """
    found = [port for port in _ports(container) if options.internal or port.host_port]
    ports = [
        replace(port, host_ip=resolved or _ANY) if port.host_ip == _ANY else port for port in found
    ]
    offered = [
        _service(container, port, hostname, options, grouped=len(ports) > 1) for port in ports
    ]
    return [service for service in offered if service]


def dangling(registered: Iterable[str], kept: Iterable[Service], hostname: str) -> list[str]:
    """Ids that an earlier run of this host registered for containers that are no more."""
    containers = {service.container for service in kept}
    matches = [match for match in map(_ID.fullmatch, registered) if match]
    return [
        match.group() for match in matches if match[1] == hostname and match[2] not in containers
    ]


def registration(service: Service) -> dict[str, Any]:
    """The body of Consul's ``PUT /v1/agent/service/register``."""
    body: dict[str, Any] = {
        "ID": service.id,
        "Name": service.name,
        "Address": service.address,
        "Port": service.port,
        "Tags": list(service.tags),
    }
    check = _check(service)
    return body | ({"Check": check} if check else {})


def _ports(container: Inspected) -> list[_Port]:
    found = {
        key: _port(key, [_as_exposed(key)]) for key in container["Config"].get("ExposedPorts") or {}
    }
    bound = container["NetworkSettings"].get("Ports") or {}
    found |= {key: _port(key, bindings or []) for key, bindings in bound.items()}
    return [found[key] for key in sorted(found)]


def _as_exposed(key: str) -> dict[str, str]:
    return {"HostIp": _ANY, "HostPort": key.partition("/")[0]}


def _port(key: str, bindings: list[Mapping[str, str]]) -> _Port:
    number, _, kind = key.partition("/")
    first = bindings[0] if bindings else {}
    host_ip = first.get("HostIp") or _ANY
    return _Port(number, kind or "tcp", host_ip, first.get("HostPort", ""))


def _service(
    container: Inspected,
    port: _Port,
    hostname: str,
    options: Options,
    *,
    grouped: bool,
) -> Service | None:
    data, own = _metadata(container, port.exposed)
    if data.get("ignore"):
        return None
    name = data.get("name", "")
    if not name:
        if options.explicit:
            return None
        name = container["Config"]["Image"].rsplit("/", 1)[-1].partition(":")[0]
    if grouped and "name" not in own:
        name += f"-{port.exposed}"
    container_name = container["Name"].lstrip("/")
    default = f"{hostname}:{container_name}:{port.exposed}" + (":udp" * (port.kind == "udp"))
    kinds = ["udp"] if port.kind == "udp" else []
    inner = str(container["NetworkSettings"].get("IPAddress") or port.host_ip)
    return Service(
        id=data.get("id") or default,
        name=name,
        address=inner if options.internal else options.ip or port.host_ip,
        port=int(port.exposed if options.internal else port.host_port),
        tags=(*_split(data.get("tags", "")), *_split(options.tags), *kinds),
        attributes={k: v for k, v in data.items() if k not in {"id", "name", "tags"}},
        container=container_name,
    )


def _metadata(container: Inspected, port: str) -> tuple[dict[str, str], set[str]]:
    """SERVICE_… from environment and labels, and which were said for this port (SERVICE_80_…)."""
    data: dict[str, str] = {}
    own: set[str] = set()
    pairs = [line.partition("=")[::2] for line in container["Config"].get("Env") or []]
    pairs += (container["Config"].get("Labels") or {}).items()
    for key, value in pairs:
        if not key.startswith("SERVICE_"):
            continue
        name = key.removeprefix("SERVICE_").lower()
        first, _, rest = name.partition("_")
        if first.isdigit() and rest:
            if first == port:
                data[rest] = value
                own.add(rest)
        elif name not in own:
            data[name] = value
    return data, own


def _check(service: Service) -> dict[str, str]:
    said = service.attributes
    here = f"{service.address}:{service.port}"
    check: dict[str, str] = {}
    if said.get("check_http"):
        check["HTTP"] = f"http://{here}{said['check_http']}"
    elif said.get("check_tcp"):
        check["TCP"] = here
    elif said.get("check_ttl"):
        return {"TTL": said["check_ttl"]}
    if check:
        check["Interval"] = said.get("check_interval", "10s")
        names = (("check_timeout", "Timeout"), ("check_initial_status", "Status"))
        check |= {theirs: said[ours] for ours, theirs in names if said.get(ours)}
    return check


def _split(tags: str) -> list[str]:
    return [tag for tag in tags.split(",") if tag]
