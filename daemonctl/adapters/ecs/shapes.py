"""ECS's answers and event details as they come, reduced to the members that daemonctl reads.

Every member may be missing or null; what is of another type than ECS documents is refused by
msgspec with the member's path. Unknown members are ignored, as ECS asks of its clients.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Shape(Struct, rename="camel", gc=False):
    """Lower camel case on the wire."""


class AttributeShape(Shape):
    """``Attribute``."""

    name: str | None = None
    value: str | None = None


class ResourceShape(Shape):
    """``Resource``: CPU and MEMORY as integers, PORTS and PORTS_UDP as sets of strings."""

    name: str | None = None
    integer_value: float | None = None
    long_value: float | None = None
    double_value: float | None = None
    string_set_value: list[str] | None = None


class VersionInfoShape(Shape):
    """``VersionInfo``."""

    agent_version: str | None = None


class InstanceShape(Shape):
    """``ContainerInstance``."""

    container_instance_arn: str | None = None
    ec2_instance_id: str | None = None
    capacity_provider_name: str | None = None
    version: int | None = None
    version_info: VersionInfoShape | None = None
    remaining_resources: list[ResourceShape] | None = None
    registered_resources: list[ResourceShape] | None = None
    status: str | None = None
    agent_connected: bool | None = None
    running_tasks_count: int | None = None
    pending_tasks_count: int | None = None
    attributes: list[AttributeShape] | None = None
    registered_at: Any = None  # epoch seconds, ISO 8601 or a datetime: see wire.moment


class BindingShape(Shape):
    """``NetworkBinding``."""

    container_port: int | None = None
    host_port: int | None = None
    protocol: str | None = None


class ContainerShape(Shape):
    """``Container``."""

    name: str | None = None
    last_status: str | None = None
    exit_code: int | None = None
    reason: str | None = None
    health_status: str | None = None
    network_bindings: list[BindingShape] | None = None


class TagShape(Shape):
    """``Tag``."""

    key: str = ""
    value: str = ""


class TaskShape(Shape):
    """``Task``."""

    task_arn: str | None = None
    container_instance_arn: str | None = None
    task_definition_arn: str | None = None
    group: str | None = None
    started_by: str | None = None
    last_status: str | None = None
    desired_status: str | None = None
    created_at: Any = None
    started_at: Any = None
    stopped_at: Any = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    containers: list[ContainerShape] | None = None
    health_status: str | None = None
    connectivity: str | None = None
    version: int | None = None
    overrides: dict[str, Any] | None = None
    tags: list[TagShape] | None = None


class PortShape(Shape):
    """``PortMapping``."""

    container_port: int | None = None
    host_port: int | None = None
    protocol: str | None = None


class ContainerDefinitionShape(Shape):
    """``ContainerDefinition``."""

    name: str | None = None
    command: list[str] | None = None
    environment: list[AttributeShape] | None = None  # of names and values, too
    docker_labels: dict[str, str] | None = None
    cpu: int | None = None
    memory: int | None = None
    memory_reservation: int | None = None
    port_mappings: list[PortShape] | None = None
    essential: bool | None = None
    health_check: dict[str, Any] | None = None


class PlatformShape(Shape):
    """``RuntimePlatform``."""

    cpu_architecture: str | None = None
    operating_system_family: str | None = None


class DefinitionShape(Shape):
    """``TaskDefinition``."""

    task_definition_arn: str | None = None
    status: str | None = None
    network_mode: str | None = None
    cpu: str | None = None
    memory: str | None = None
    container_definitions: list[ContainerDefinitionShape] | None = None
    requires_attributes: list[AttributeShape] | None = None
    runtime_platform: PlatformShape | None = None
