"""CreateService, UpdateService, DeleteService, DescribeServices, ListServices."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from daemonctl.local.world import deployments
from daemonctl.local.world.definitions import find_to_run
from daemonctl.local.world.errors import WorldError, invalid
from daemonctl.local.world.fields import (
    Answer,
    Params,
    flag,
    need_text,
    number,
    parts,
    tags_of,
    text,
    texts,
)
from daemonctl.local.world.pages import slice_page
from daemonctl.local.world.placement import Constraints
from daemonctl.local.world.service import DAEMON, REPLICA, Service
from daemonctl.local.world.service_wire import wire
from daemonctl.local.world.tasks import check_network

if TYPE_CHECKING:
    from daemonctl.local.world.cluster import Cluster
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.definition import Definition

NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
MOST_DESCRIBED = 10
PAGE = 10
SETTINGS = (
    "taskDefinition", "deploymentConfiguration", "placementConstraints", "placementStrategy",
    "networkConfiguration", "propagateTags", "enableExecuteCommand", "enableECSManagedTags",
    "healthCheckGracePeriodSeconds", "loadBalancers", "serviceRegistries",
    "availabilityZoneRebalancing", "platformVersion", "capacityProviderStrategy",
)  # fmt: skip
NEW_DEPLOYMENT = (
    "taskDefinition", "placementConstraints", "placementStrategy", "networkConfiguration",
    "loadBalancers", "serviceRegistries", "enableExecuteCommand", "propagateTags",
)  # fmt: skip


def create(core: Core, params: Params, now: float) -> Answer:
    """CreateService; the same clientToken gives the same service again."""
    cluster = core.cluster_of(params)
    name = need_text(params, "serviceName")
    if not NAME.fullmatch(name):
        raise invalid("Service name must be 1 to 255 letters, numbers, hyphens, underscores.")
    known = cluster.services.get(name)
    token = text(params, "clientToken")
    if known is not None and known.status != "INACTIVE":
        if token and known.settings.get("clientToken") == token:
            return {"service": wire(known)}
        raise invalid("Creation of service was not idempotent.")
    strategy = text(params, "schedulingStrategy") or REPLICA
    desired = number(params, "desiredCount")
    _check(params, strategy, desired)
    definition = find_to_run(core, need_text(params, "taskDefinition"))
    check_network(definition, params)
    service = Service(
        arn=core.names.arn("service", cluster.name, name),
        name=name,
        cluster=cluster.name,
        cluster_arn=cluster.arn,
        strategy=strategy,
        desired_count=desired or 0,
        settings={key: params[key] for key in (*SETTINGS, "clientToken") if key in params},
        created_at=now,
        deployments=[],
        tags=tags_of(params),
    )
    service.settings["taskDefinition"] = definition.arn
    cluster.services[name] = service
    deployments.begin(core, service, definition, now, "in progress")
    core.scheduler.service_changed(service, now)
    return {"service": wire(service)}


def update(core: Core, params: Params, now: float) -> Answer:
    """UpdateService; another task definition or constraint is a new deployment."""
    cluster = core.cluster_of(params)
    service = _need(cluster, params)
    desired = number(params, "desiredCount")
    strategy = service.strategy
    _check(params, strategy, desired if strategy == DAEMON else desired or 0)
    definition = _definition(core, service, params)
    if desired is not None:
        service.desired_count = desired
    service.settings.update({key: params[key] for key in SETTINGS if params.get(key) is not None})
    service.settings["taskDefinition"] = definition.arn
    if flag(params, "forceNewDeployment") or any(
        params.get(key) is not None for key in NEW_DEPLOYMENT
    ):
        deployments.begin(core, service, definition, now, "in progress")
    service.said = ""
    core.scheduler.service_changed(service, now)
    return {"service": wire(service)}


def delete(core: Core, params: Params, now: float) -> Answer:
    """DeleteService: scaled to 0 first, or by force; DRAINING, then INACTIVE."""
    cluster = core.cluster_of(params)
    service = _find(cluster, need_text(params, "service"))
    if service is None:
        raise WorldError("ServiceNotFoundException", "Service not found.")
    if service.strategy == REPLICA and service.desired_count and not flag(params, "force"):
        raise invalid("The service cannot be stopped while it is scaled above 0.")
    if service.status == "ACTIVE":
        service.status, service.desired_count = "DRAINING", 0
        core.scheduler.service_changed(service, now)
    return {"service": wire(service)}


def describe(core: Core, params: Params, _now: float) -> Answer:
    """DescribeServices: at most 10."""
    cluster = core.cluster_of(params)
    names = texts(params, "services")
    if not names:
        raise invalid("Services cannot be empty.")
    if len(names) > MOST_DESCRIBED:
        raise invalid("Services can have at most 10 items.")
    tags = "TAGS" in texts(params, "include")
    found: list[Answer] = []
    failures: list[Answer] = []
    for name in dict.fromkeys(names):
        service = _find(cluster, name)
        if service is None:
            arn = core.names.arn("service", cluster.name, name.rpartition("/")[2])
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            found.append(wire(service, tags=tags))
    return {"services": found, "failures": failures}


def list_services(core: Core, params: Params, _now: float) -> Answer:
    """ListServices: pages of 10 unless told otherwise."""
    cluster = core.cluster_of(params)
    strategy = text(params, "schedulingStrategy")
    rows = [
        service.arn
        for service in cluster.services.values()
        if service.status != "INACTIVE" and strategy in {None, service.strategy}
    ]
    found, token = slice_page(params, rows, PAGE)
    return {"serviceArns": found} | ({"nextToken": token} if token else {})


def _check(params: Params, strategy: str, desired: int | None) -> None:
    """Raise for what the strategy does not take, and for a constraint that is none."""
    if strategy == DAEMON:
        if desired is not None:
            raise invalid(
                "The daemon scheduling strategy does not support a desired count for services. "
                "Remove the desired count value and try again"
            )
        if parts(params, "placementStrategy"):
            raise invalid("Placement strategies are not supported with DAEMON scheduling strategy.")
    elif strategy != REPLICA:
        raise invalid("schedulingStrategy must be REPLICA or DAEMON.")
    elif desired is None or desired < 0:
        raise invalid("desiredCount can not be null or negative for a REPLICA service.")
    if (text(params, "launchType") or "EC2") != "EC2":
        raise WorldError("UnsupportedFeatureException", "The local ECS runs services on EC2 only.")
    Constraints(parts(params, "placementConstraints"))


def _definition(core: Core, service: Service, params: Params) -> Definition:
    name = text(params, "taskDefinition")
    return service.primary.definition if name is None else find_to_run(core, name)


def _find(cluster: Cluster, name: str) -> Service | None:
    return cluster.services.get(name.rpartition("/")[2])


def _need(cluster: Cluster, params: Params) -> Service:
    service = _find(cluster, need_text(params, "service"))
    if service is None:
        raise WorldError("ServiceNotFoundException", "Service not found.")
    if service.status != "ACTIVE":
        raise WorldError("ServiceNotActiveException", "Service was not ACTIVE.")
    return service
