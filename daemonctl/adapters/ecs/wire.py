"""ECS's dicts, from answers or from events, as the nouns of daemonctl.model."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import UTC, datetime
from sys import intern
from typing import Any, TypeVar

import msgspec

from daemonctl.adapters.ecs.shapes import (
    BindingShape,
    ContainerShape,
    InstanceShape,
    ResourceShape,
    TagShape,
    TaskShape,
)
from daemonctl.model.cluster import (
    AttributePool,
    Attributes,
    Container,
    ContainerInstance,
    Health,
    Port,
    Resources,
    Task,
)
from daemonctl.model.ids import ContainerInstanceArn, Ec2InstanceId, TaskArn, TaskDefinitionArn
from daemonctl.model.overrides import normalise
from daemonctl.ports import Wire

K = TypeVar("K", bound=Hashable)

ROLLBACK_TAG = "daemonctl:rollback-of"
"""On tasks of a rollback: the revision that they are to replace, for a restart without a store."""

_POOL_LIMIT = 4096
_HIGHEST_PORT = 65_535
_FOREVER = 1e12  # seconds; also keeps infinities and NaN out


class Decoder:
    """Decodes for one cluster. Equal attributes, resources and ports are one object each.

    Both methods raise ValueError (msgspec's is one) with the member that is wrong.
    """

    def __init__(self) -> None:
        self._attributes = AttributePool()
        self._ports: dict[frozenset[int], frozenset[int]] = {}
        self._resources: dict[Resources, Resources] = {}

    def instance(self, wire: Wire) -> ContainerInstance:
        """A ``ContainerInstance`` of the API or an event. ``managed`` is not in it: False."""
        shape = msgspec.convert(wire, InstanceShape)
        if not shape.container_instance_arn:
            raise ValueError("a container instance without containerInstanceArn")
        attributes = {a.name: a.value or "" for a in shape.attributes or () if a.name}
        return ContainerInstance(
            arn=ContainerInstanceArn(shape.container_instance_arn),
            ec2_id=Ec2InstanceId(shape.ec2_instance_id or ""),
            status=intern(shape.status or ""),
            connected=bool(shape.agent_connected),
            attributes=self._attributes.intern(attributes),
            registered=self._amounts(shape.registered_resources or ()),
            remaining=self._amounts(shape.remaining_resources or ()),
            version=shape.version or 0,
            registered_at=moment(shape.registered_at),
            running_tasks=shape.running_tasks_count or 0,
            pending_tasks=shape.pending_tasks_count or 0,
            agent_version=intern(
                (shape.version_info.agent_version if shape.version_info else "") or ""
            ),
            capacity_provider=intern(shape.capacity_provider_name or ""),
        )

    def task(self, wire: Wire, first_seen: float) -> Task:
        """A ``Task`` of the API or an event; on Fargate it has no container instance: ``""``."""
        shape = msgspec.convert(wire, TaskShape)
        if not shape.task_arn:
            raise ValueError("a task without taskArn")
        return Task(
            arn=TaskArn(shape.task_arn),
            instance=ContainerInstanceArn(shape.container_instance_arn or ""),
            definition=TaskDefinitionArn(intern(shape.task_definition_arn or "")),
            group=intern(shape.group or ""),
            started_by=intern(shape.started_by or ""),
            last_status=intern(shape.last_status or ""),
            desired_status=intern(shape.desired_status or ""),
            first_seen=first_seen,
            created_at=moment(shape.created_at),
            started_at=moment(shape.started_at),
            stopped_at=moment(shape.stopped_at),
            stop_code=shape.stop_code or "",
            stopped_reason=shape.stopped_reason or "",
            containers=tuple(_container(row) for row in shape.containers or ()),
            health=health(shape.health_status),
            connected=shape.connectivity != "DISCONNECTED",
            version=shape.version or 0,
            overrides=normalise(shape.overrides),
            rollback_of=_rollback_of(shape.tags or ()),
        )

    def attributes(self, values: Mapping[str, str]) -> Attributes:
        """The one object for these attributes."""
        return self._attributes.intern(values)

    def _amounts(self, rows: Sequence[ResourceShape]) -> Resources:
        by_name = {row.name: row for row in rows}
        found = Resources(
            cpu=_amount(by_name.get("CPU")),
            memory=_amount(by_name.get("MEMORY")),
            tcp=self._taken(by_name.get("PORTS")),
            udp=self._taken(by_name.get("PORTS_UDP")),
        )
        return _pooled(self._resources, found)

    def _taken(self, row: ResourceShape | None) -> frozenset[int]:
        texts = (row.string_set_value if row else None) or ()
        ports = (int(text) for text in texts if text.isascii() and text.isdigit())
        # 0 is no port: an imitation of ECS lists dynamic host ports so.
        return _pooled(self._ports, frozenset(p for p in ports if 0 < p <= _HIGHEST_PORT))


def _rollback_of(tags: Sequence[TagShape]) -> str:
    return next((intern(tag.value) for tag in tags if tag.key == ROLLBACK_TAG), "")


def moment(value: Any) -> float | None:
    """A time as epoch seconds; boto3 has datetimes, JSON has numbers, events have ISO 8601.

    Raises:
        ValueError: it is none of these.
    """
    if value is None:
        return None
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _FOREVER:
        return float(value)
    raise ValueError(f"no time: a {type(value).__name__}")


def health(value: str | None) -> Health:
    """A ``healthStatus``; what is absent or new to us is UNKNOWN."""
    return Health[value] if value and value in Health.__members__ else Health.UNKNOWN


def _container(row: ContainerShape) -> Container:
    return Container(
        name=intern(row.name or ""),
        last_status=intern(row.last_status or ""),
        exit_code=row.exit_code,
        reason=row.reason or "",
        health=health(row.health_status),
        ports=_published(row.network_bindings or ()),
    )


def _published(rows: Sequence[BindingShape]) -> tuple[Port, ...]:
    """Docker tells a port once for IPv4 and once for IPv6; ranges of ports are not told here."""
    found = {
        Port(row.container_port, row.host_port, udp=(row.protocol or "").lower() == "udp"): None
        for row in rows
        if row.container_port and row.host_port
    }
    return tuple(found)


def _amount(row: ResourceShape | None) -> int:
    values = (row.integer_value, row.long_value, row.double_value) if row else ()
    # boto3 fills in zeros for the members of other types.
    found = next((value for value in values if value), 0)
    if not abs(found) < _FOREVER:
        raise ValueError("a resource that is no amount")
    return int(found)


def _pooled(pool: dict[K, K], value: K) -> K:
    if len(pool) >= _POOL_LIMIT:
        pool.clear()  # only sharing is lost
    return pool.setdefault(value, value)
