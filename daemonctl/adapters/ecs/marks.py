"""Attributes that daemonctl puts on container instances, and services that ask for them."""

from __future__ import annotations

from collections.abc import Sequence

from daemonctl.model.ids import ContainerInstanceArn, short
from daemonctl.model.plan import PutAttributes
from daemonctl.ports import Wire

MOST_SERVICES = 10
"""ECS API: services in one DescribeServices."""

_TARGET = "container-instance"


def put(action: PutAttributes) -> list[dict[str, str]]:
    """The rows of a PutAttributes."""
    return [
        {**row, "value": action.value_on(arn)}
        for arn in action.instances
        for row in drop(action.attribute, [arn])
    ]


def drop(name: str, instances: Sequence[ContainerInstanceArn]) -> list[dict[str, str]]:
    """The rows of a DeleteAttributes."""
    return [{"name": name, "targetType": _TARGET, "targetId": arn} for arn in instances]


def asks(service: Wire, attribute: str) -> str:
    """The name of a service with the attribute in a placement constraint, "" of another one."""
    for row in service.get("placementConstraints") or ():
        if f"attribute:{attribute}" in (row.get("expression") or "").replace(" ", ""):
            return str(service.get("serviceName") or short(service.get("serviceArn") or ""))
    return ""
