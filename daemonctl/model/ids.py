"""Identifiers, each of its own type: a definition's ARN never stands where a task's is due."""

from __future__ import annotations

from typing import NewType

Owner = NewType("Owner", str)
"""Name of one installation of daemonctl, ``[a-z0-9-]{1,16}``."""

ClusterAlias = NewType("ClusterAlias", str)
"""What the config, the API's paths and the metrics call a cluster."""

ContainerInstanceArn = NewType("ContainerInstanceArn", str)
Ec2InstanceId = NewType("Ec2InstanceId", str)
TaskArn = NewType("TaskArn", str)
TaskDefinitionArn = NewType("TaskDefinitionArn", str)
"""``arn:…:task-definition/family:revision``."""

DaemonName = NewType("DaemonName", str)
"""Name of a daemon in the config, ``[a-z0-9-]{1,32}``."""

Revision = NewType("Revision", str)
"""What a task runs: its task definition's ARN and its normalised overrides."""

Slot = tuple[ContainerInstanceArn, DaemonName]
"""The place of one daemon on one container instance."""


GATE = DaemonName("")
"""Stands in a slot where no daemon but the gate of an instance is meant."""


def once_slot(daemon: DaemonName) -> DaemonName:
    """Stands in a slot for the attribute that says where a daemon has run (no daemon has a dot)."""
    return DaemonName(f"once.{daemon}")


def started_by(owner: Owner) -> str:
    """The mark on every task that this installation starts (ECS: 36 of ``[A-Za-z0-9_/-]``)."""
    return f"daemonctl/{owner}"


def group_of(daemon: DaemonName) -> str:
    """The task group of a daemon's tasks."""
    return f"daemonctl-{daemon}"


def daemon_of(group: str) -> DaemonName | None:
    """The daemon that a task group names, or None where daemonctl did not set the group."""
    prefix = "daemonctl-"
    return DaemonName(group[len(prefix) :]) if group.startswith(prefix) else None


def short(arn: str) -> str:
    """The last part of an ARN: what people read, type and paste."""
    return arn.rsplit("/", 1)[-1]


def family_of(definition: TaskDefinitionArn) -> str:
    """The family in a task definition's ARN."""
    return short(definition).rsplit(":", 1)[0]


def revision_of(definition: TaskDefinitionArn, overrides: str) -> Revision:
    """What runs: the definition and the normalised overrides (``""`` where there are none)."""
    return Revision(f"{definition}#{overrides}" if overrides else definition)
