"""ECS's ``TaskOverride`` as the config may have it: what ECS would refuse is told offline."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from daemonctl.adapters.config.kinds import Part

Name = Annotated[str, Field(min_length=1)]


class Variable(Part):
    """One entry of ``environment``."""

    name: Name
    value: str


class EnvironmentFile(Part):
    """One entry of ``environmentFiles``."""

    value: str
    type: Literal["s3"]


class ResourceRequirement(Part):
    """One entry of ``resourceRequirements``."""

    value: str
    type: Literal["GPU", "InferenceAccelerator"]


class ContainerOverride(Part):
    """What is different for one container of the task definition. ECS wants its name."""

    name: Name
    command: list[str] = Field(default_factory=list)
    environment: list[Variable] = Field(default_factory=list)
    environment_files: list[EnvironmentFile] = Field(default_factory=list)
    cpu: Annotated[int, Field(ge=0)] | None = None
    memory: Annotated[int, Field(ge=6)] | None = None
    memory_reservation: Annotated[int, Field(ge=6)] | None = None
    resource_requirements: list[ResourceRequirement] = Field(default_factory=list)


class AcceleratorOverride(Part):
    """One entry of ``inferenceAcceleratorOverrides``."""

    device_name: str
    device_type: str


class EphemeralStorage(Part):
    """``ephemeralStorage``."""

    size_in_gi_b: Annotated[int, Field(ge=1, alias="sizeInGiB")]


class Overrides(Part):
    """``overrides`` of a daemon."""

    container_overrides: list[ContainerOverride] = Field(default_factory=list)
    cpu: str | None = None
    memory: str | None = None
    execution_role_arn: str | None = None
    task_role_arn: str | None = None
    ephemeral_storage: EphemeralStorage | None = None
    inference_accelerator_overrides: list[AcceleratorOverride] = Field(default_factory=list)
