"""What room, scale-in and zombies need of AWS, read afresh whenever something is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from daemonctl.model.ids import ContainerInstanceArn, Ec2InstanceId, TaskArn
from daemonctl.model.surroundings import Service


class Surroundings(Protocol):
    """The services and machines of one cluster. All methods raise ApiError."""

    async def services(self, names: Sequence[str]) -> tuple[Service, ...]:
        """These services; what ECS does not know is left out."""
        ...

    async def protected(self, tasks: Sequence[TaskArn]) -> frozenset[TaskArn]:
        """Which of these tasks of services have scale-in protection."""
        ...

    async def half_full(self) -> str:
        """The capacity provider whose managed scaling has a target below 100 %, "" for none."""
        ...

    async def machines(self, ids: Sequence[Ec2InstanceId]) -> Mapping[Ec2InstanceId, str]:
        """EC2's state of each (running, terminated, …); what EC2 does not know is left out."""
        ...

    async def drain(self, arns: Sequence[ContainerInstanceArn]) -> tuple[str, ...]:
        """Sets at most ten instances DRAINING; returns why, for each that was refused."""
        ...

    async def deregister(self, arn: ContainerInstanceArn) -> None:
        """Deregisters an instance by force: ECS forgets its tasks, too."""
        ...
