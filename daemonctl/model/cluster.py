"""What ECS has: container instances, tasks and task definitions, as daemonctl needs them.

Times are epoch seconds. ECS may leave out any time and any version; None and 0 stand for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from daemonctl.model.ids import ContainerInstanceArn, Ec2InstanceId, TaskArn, TaskDefinitionArn


class Health(StrEnum):
    """A container's or task's ``healthStatus``."""

    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"
    UNKNOWN = "UNKNOWN"


class Attributes(Struct, frozen=True, eq=False):
    """The attributes of a container instance.

    Equal sets are one object (see ``intern``), so that what depends on nothing else is computed
    once for thousands of instances, by identity.
    """

    values: Mapping[str, str]


class AttributePool:
    """Hands out one ``Attributes`` for equal sets."""

    def __init__(self) -> None:
        self._known: dict[tuple[tuple[str, str], ...], Attributes] = {}

    def intern(self, values: Mapping[str, str]) -> Attributes:
        """The one object for these attributes."""
        key = tuple(sorted(values.items()))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Attributes(dict(key))
        return found


class Resources(Struct, frozen=True, gc=False):
    """Amounts on an instance or in a task: CPU units, MiB, host ports.

    In an instance's ``remaining`` the ports are the ones TAKEN (ECS's own odd meaning), in a task's
    needs the static host ports that it wants.
    """

    cpu: int = 0
    memory: int = 0
    tcp: frozenset[int] = frozenset()
    udp: frozenset[int] = frozenset()


class ContainerInstance(Struct, frozen=True, gc=False):
    """A container instance as described by ECS or by one of its events."""

    arn: ContainerInstanceArn
    ec2_id: Ec2InstanceId  # i-…; mi-… for EXTERNAL ones; "" where ECS gave none
    status: str  # ACTIVE, DRAINING, REGISTERING, …, INACTIVE
    connected: bool
    attributes: Attributes
    registered: Resources
    remaining: Resources
    version: int = 0
    registered_at: float | None = None
    running_tasks: int = 0
    pending_tasks: int = 0
    agent_version: str = ""
    capacity_provider: str = ""
    managed: bool = False  # its capacity provider is of the Managed Instances kind
    private_ip: str = ""

    @property
    def zone(self) -> str:
        """Its availability zone, "" where unknown."""
        return self.attributes.values.get("ecs.availability-zone", "")


class Port(Struct, frozen=True, gc=False):
    """A port of a container that is published on its host (ECS API: NetworkBinding)."""

    container: int
    host: int
    udp: bool = False


class Container(Struct, frozen=True, gc=False):
    """One container of a task."""

    name: str
    last_status: str = ""
    exit_code: int | None = None
    reason: str = ""
    health: Health = Health.UNKNOWN
    ports: tuple[Port, ...] = ()


class Task(Struct, frozen=True, gc=False):
    """A task as described by ECS or by one of its events."""

    arn: TaskArn
    instance: ContainerInstanceArn
    definition: TaskDefinitionArn
    group: str
    started_by: str
    last_status: str
    desired_status: str
    first_seen: float  # when this process first saw it; stands in for missing times
    created_at: float | None = None
    started_at: float | None = None
    stopped_at: float | None = None
    stop_code: str = ""
    stopped_reason: str = ""
    containers: tuple[Container, ...] = ()
    health: Health = Health.UNKNOWN
    connected: bool = True
    version: int = 0
    overrides: str = ""  # normalised, see model.overrides
    rollback_of: str = ""  # the tag of the revision that it was started to get away from

    @property
    def live(self) -> bool:
        """ECS wants it running and it has not stopped: PENDING counts."""
        return self.desired_status == "RUNNING" and self.last_status != "STOPPED"

    @property
    def stopped(self) -> bool:
        """It has ended and left the host."""
        return self.last_status == "STOPPED"

    @property
    def running_since(self) -> float:
        """When it began to run, or the best that is known of it."""
        return self.started_at if self.started_at is not None else self.first_seen


class Labelled(Struct, frozen=True, gc=False):
    """What a container's environment and Docker labels tell registrator of one of its ports.

    By SERVICE_IGNORE and SERVICE_NAME, with the container's port in between or for all of them.
    """

    container: str
    port: int | None = None  # None for every port
    ignore: bool = False
    named: bool = False


class TaskDefinition(Struct, frozen=True):
    """A revision of a task definition, reduced to what placement and discovery need."""

    arn: TaskDefinitionArn
    active: bool
    needs: Resources
    requires: tuple[str, ...] = ()  # names in requiresAttributes; an instance lacking one refuses
    os_family: str = ""  # runtimePlatform, "" for any
    cpu_architecture: str = ""
    has_health_check: bool = False
    network_mode: str = "bridge"
    labelled: tuple[Labelled, ...] = ()
    options: tuple[str, ...] = ()  # of registrator, in its containers' commands
    essential: tuple[str, ...] = ()  # the containers that it ends with; () where that is not known
