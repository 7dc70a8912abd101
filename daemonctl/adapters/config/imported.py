"""An ECS DAEMON service as a daemon of the config: YAML, and a comment for what has no place there.

The members are those of ``Service`` in the ECS API reference (DescribeServices).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml
from msgspec import Struct

from daemonctl.adapters.config.tree import Tree
from daemonctl.model.ids import short
from daemonctl.planning.query import QueryError, parse

_LONGEST_NAME: Final = 32

_NOT_CARRIED: Final = {
    "networkConfiguration": "StartTask places it on the instance's own network; awsvpc is not set",
    "loadBalancers": "no task of daemonctl is registered with a load balancer",
    "serviceRegistries": "no task of daemonctl is registered with Cloud Map",
    "volumeConfigurations": "volumes that ECS manages are not attached by daemonctl",
    "capacityProviderStrategy": "a daemon runs on every instance that its constraints allow",
}
"""Members that mean something and cannot be carried over, with what that means."""


class NotImportableError(ValueError):
    """The service is none that a daemon can stand for; the words say why."""


class Imported(Struct, frozen=True):
    """A daemon made from a service; ``notes`` name what to look at."""

    service: str
    daemon: dict[str, Tree]
    notes: tuple[str, ...]

    def yaml(self) -> str:
        """The list entry for ``daemons`` in the config, the notes as comments."""
        text = yaml.safe_dump([self.daemon], sort_keys=False, width=100, allow_unicode=True)
        head = f"From the ECS service {self.service}; see docs/takeover.md for the steps."
        return "".join(f"# {line}\n" for line in [head, *self.notes]) + text


def imported(service: Mapping[str, Any]) -> Imported:
    """The daemon that a service would be.

    Raises:
        NotImportableError: it is no active DAEMON service on EC2 instances.
    """
    _refuse(service)
    notes: list[str] = []
    row = {key: value for key, value in _members(service, notes) if value not in ({}, [])}
    return Imported(service["serviceName"], row, tuple(notes))


def _refuse(service: Mapping[str, Any]) -> None:
    name = service["serviceName"]
    strategy = service.get("schedulingStrategy", "REPLICA")
    if strategy != "DAEMON":
        raise NotImportableError(f"service {name} has schedulingStrategy {strategy}, not DAEMON")
    if service.get("status") != "ACTIVE":
        raise NotImportableError(f"service {name} is {service.get('status')}")
    kind = service.get("launchType", "EC2")
    if kind != "EC2":
        raise NotImportableError(f"service {name} has launchType {kind}: daemonctl is for EC2")


def _members(service: Mapping[str, Any], notes: list[str]) -> Iterator[tuple[str, Tree]]:
    yield "name", _name(service["serviceName"], notes)
    yield "taskDefinition", short(service["taskDefinition"])
    notes.append("taskDefinition is pinned to the service's revision, so that nothing is replaced.")
    yield "placementConstraints", _constraints(service, notes)
    yield "deploymentConfiguration", _deployment(service, notes)
    yield from _tags(service, notes)
    if service.get("enableExecuteCommand"):
        yield "enableExecuteCommand", True
    yield "adopt", True
    notes.append("adopt: nothing is started where a task of the service still runs.")
    if service.get("enableECSManagedTags"):
        notes.append("enableECSManagedTags is not carried over: tasks get daemonctl's own tags.")
    for member, words in _NOT_CARRIED.items():
        if service.get(member):
            notes.append(f"{member} is not carried over: {words}.")


def _name(given: str, notes: list[str]) -> str:
    name = re.sub(r"[^a-z0-9-]+", "-", given.lower()).strip("-")[:_LONGEST_NAME] or "daemon"
    if name != given:
        notes.append(f"The name {given} was made to fit: lower-case letters, digits and -.")
    return name


def _constraints(service: Mapping[str, Any], notes: list[str]) -> list[Tree]:
    kept: list[Tree] = []
    for row in service.get("placementConstraints") or ():
        expression = row.get("expression", "")
        if row.get("type") != "memberOf":
            continue  # distinctInstance: a daemon has one task an instance anyway
        try:
            parse(expression)
        except QueryError as error:
            notes.append(f"placementConstraints: {expression!r} is not carried over: {error}.")
            continue
        kept.append({"type": "memberOf", "expression": expression})
    return kept


def _deployment(service: Mapping[str, Any], notes: list[str]) -> dict[str, Tree]:
    given = service.get("deploymentConfiguration") or {}
    healthy = given.get("minimumHealthyPercent", 0)
    share = max(1, 100 - int(healthy))
    notes.append(f"maxUnavailable {share}% is what minimumHealthyPercent {healthy} allows.")
    if share == 100:  # noqa: PLR2004 - per cent
        notes.append("That lets an update stop it everywhere at once: 10% is the usual value.")
    alarms = given.get("alarms") or {}
    if alarms.get("enable"):
        notes.append("deploymentConfiguration.alarms is not carried over: no alarm is watched.")
    return {"maxUnavailable": f"{share}%"}


def _tags(service: Mapping[str, Any], notes: list[str]) -> Iterator[tuple[str, Tree]]:
    spread = service.get("propagateTags", "NONE")
    tags = service.get("tags") or ()
    if spread == "TASK_DEFINITION":
        yield "propagateTags", "TASK_DEFINITION"
    if tags and spread != "SERVICE":
        notes.append("The service's own tags are on none of its tasks: they are not carried over.")
    if spread == "SERVICE":
        own = [tag for tag in tags if not str(tag["key"]).lower().startswith("aws:")]
        yield "tags", [{"key": tag["key"], "value": tag.get("value", "")} for tag in own]
