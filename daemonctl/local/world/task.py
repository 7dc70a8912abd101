"""A task and its containers: what ECS shows and what is really so on the host."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daemonctl.local.world.definition import ContainerDefinition, Definition
    from daemonctl.local.world.fields import Params, Tags
    from daemonctl.local.world.instance import Instance
    from daemonctl.local.world.room import Needs

WAITING, QUEUED, STARTING = "WAITING", "QUEUED", "STARTING"
"""A task on its host: the order is under way, in the agent's queue, pulling and creating."""

RUNNING, STOPPING, ENDED = "RUNNING", "STOPPING", "ENDED"
"""Further: its containers run, they run but have had SIGTERM, they are gone."""


@dataclass(slots=True, eq=False)
class Container:
    """One container of a task, as ECS knows it.

    Attributes:
        health: what ECS heard last; ``real_health`` is what the check says on the host.
        host_ports: ports of a simulated container; ``bindings`` what a real agent reported.
        health_is_set: somebody set its health from outside: its behaviour no longer does.
    """

    arn: str
    definition: ContainerDefinition
    last_status: str = "PENDING"
    exit_code: int | None = None
    reason: str | None = None
    runtime_id: str | None = None
    health: str = "UNKNOWN"
    real_health: str = "UNKNOWN"
    health_is_set: bool = False
    host_ports: dict[tuple[int, str], int] = field(default_factory=dict)
    bindings: tuple[dict[str, object], ...] = ()
    image_digest: str | None = None
    started_at: float | None = None


@dataclass(slots=True, eq=False)
class Task:
    """One task.

    Attributes:
        last_status, desired_status: as ECS shows them.
        on_host: the truth on the host, see the constants of this module.
        version: rises with every event of the task.
        number: rising in the order of creation.
        visible_at: lists and describes do not know it before (eventual consistency).
        told_to_stop_at: when its desiredStatus turned STOPPED; its resources count as free.
        service: the service's name when a service owns it; ``deployment`` its deployment.
    """

    arn: str
    cluster: str
    cluster_arn: str
    definition: Definition
    instance: Instance
    needs: Needs
    group: str
    started_by: str | None
    overrides: Params
    containers: list[Container]
    created_at: float
    visible_at: float
    number: int
    last_status: str = "PENDING"
    desired_status: str = "RUNNING"
    on_host: str = WAITING
    version: int = 0
    tags: dict[str, str] = field(default_factory=dict)
    service: str | None = None
    deployment: str | None = None
    execute_command: bool = False
    launch_type: str = "EC2"
    stop_code: str | None = None
    stopped_reason: str | None = None
    told_to_stop_at: float | None = None
    pull_started_at: float | None = None
    pull_stopped_at: float | None = None
    started_at: float | None = None
    stopping_at: float | None = None
    ended_at: float | None = None
    stopped_at: float | None = None
    protected_until: float | None = None

    @property
    def counts(self) -> bool:
        """It takes resources and is counted: nobody told it to stop and it has not stopped."""
        return self.desired_status == "RUNNING" and self.last_status != "STOPPED"

    @property
    def health(self) -> str:
        """``healthStatus``: the worst of the essential containers that have a health check.

        "UNHEALTHY - One or more essential containers have failed …; UNKNOWN - Any essential
        container … is in an UNKNOWN state …; HEALTHY - All essential containers … have passed".
        """
        checked = [
            container.health
            for container in self.containers
            if container.definition.health_check and container.definition.essential
        ]
        for status in ("UNHEALTHY", "UNKNOWN"):
            if status in checked:
                return status
        return "HEALTHY" if checked else "UNKNOWN"

    @property
    def has_health_check(self) -> bool:
        """Some essential container of it has a health check; that of others decides nothing."""
        return any(
            container.definition.health_check and container.definition.essential
            for container in self.containers
        )

    @property
    def really_runs(self) -> bool:
        """Its containers run on the host now, whatever ECS believes."""
        return self.on_host in {RUNNING, STOPPING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A task in the making, the same for every instance of one call."""

    definition: Definition
    needs: Needs
    group: str
    started_by: str | None = None
    overrides: Params = field(default_factory=dict)
    tags: Tags = field(default_factory=dict)
    service: str | None = None
    deployment: str | None = None
    execute_command: bool = False
