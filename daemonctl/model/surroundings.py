"""What is around the daemons: services with their deployments, as a room or a scale-in asks."""

from __future__ import annotations

from msgspec import Struct

from daemonctl.model.cluster import Resources, Task


class Service(Struct, frozen=True):
    """A service as ECS describes it (API reference: Service)."""

    name: str
    desired: int
    running: int
    pending: int
    deploying: bool  # a deployment is in progress
    least_healthy: int = 100  # minimumHealthyPercent
    strategy: str = "REPLICA"
    status: str = "ACTIVE"


class Tenant(Struct, frozen=True):
    """A task of somebody's service, with what it takes of its instance."""

    task: Task
    service: str
    needs: Resources
    protected: bool = False  # scale-in protection is on
