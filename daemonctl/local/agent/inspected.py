"""From Docker's answer to an inspect to what the agent goes by: pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from daemonctl.local.agent.happened import Seen
from daemonctl.local.agent.record import Binding

NEVER = "0001-01-01"


class _Health(msgspec.Struct, frozen=True, rename="pascal"):
    status: str = ""


class _State(msgspec.Struct, frozen=True, rename="pascal"):
    status: str = ""
    exit_code: int = 0
    oom_killed: bool = msgspec.field(default=False, name="OOMKilled")
    started_at: str = NEVER
    finished_at: str = NEVER
    health: _Health | None = None


class _HostPort(msgspec.Struct, frozen=True, rename="pascal"):
    host_ip: str = msgspec.field(default="", name="HostIp")
    host_port: str = "0"


class _Network(msgspec.Struct, frozen=True, rename="pascal"):
    ports: dict[str, list[_HostPort] | None] | None = None


class _Inspected(msgspec.Struct, frozen=True, rename="pascal"):
    id: str
    state: _State
    network_settings: _Network = _Network()


def seen_in(answer: Mapping[str, object]) -> Seen:
    """Read an inspected container.

    Raises:
        msgspec.ValidationError: It is not what Docker's API says.
    """
    row = msgspec.convert(answer, _Inspected)
    state = row.state
    return Seen(
        docker_id=row.id,
        status=state.status,
        exit_code=state.exit_code,
        out_of_memory=state.oom_killed,
        started_at=epoch(state.started_at),
        finished_at=epoch(state.finished_at),
        health=state.health.status if state.health else None,
        ports=_bindings(row.network_settings.ports or {}),
    )


def epoch(text: str) -> float | None:
    """Read one of Docker's times as epoch seconds; None for Go's zero time."""
    if text.startswith(NEVER) or not text:
        return None
    whole, _, rest = text.partition(".")
    if not rest:
        return datetime.fromisoformat(text).timestamp()
    digits = rest.rstrip("Z").split("+")[0].split("-")[0]
    zone = rest[len(digits) :].replace("Z", "+00:00")
    base = datetime.fromisoformat(f"{whole}{zone}").astimezone(UTC).timestamp()
    return base + float(f"0.{digits or 0}")


def _bindings(ports: Mapping[str, list[_HostPort] | None]) -> tuple[Binding, ...]:
    """Published ports, by port and protocol; where IPv6 doubles a binding, the IPv4 one."""
    found: list[Binding] = []
    for name, bound in sorted(ports.items()):
        port, _, protocol = name.partition("/")
        rows = [row for row in bound or () if ":" not in row.host_ip] or list(bound or ())
        found += [
            Binding(
                container_port=int(port),
                host_port=int(row.host_port),
                protocol=protocol or "tcp",
                bind_ip=row.host_ip or "0.0.0.0",  # noqa: S104  what ECS shows
            )
            for row in rows
        ]
    return tuple(found)
