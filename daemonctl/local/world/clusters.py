"""Clusters, capacity providers and tags."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from daemonctl.local.world.cluster import Cluster
from daemonctl.local.world.errors import WorldError, client, invalid
from daemonctl.local.world.fields import (
    Answer,
    Params,
    Tags,
    check_tags,
    need_text,
    parts,
    tag_rows,
    tags_of,
    text,
    texts,
)
from daemonctl.local.world.pages import slice_page
from daemonctl.local.world.render import cluster_wire

if TYPE_CHECKING:
    from daemonctl.local.world.core import Core

NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
MOST_DESCRIBED = 100
KINDS = ("autoScalingGroupProvider", "managedInstancesProvider")


def create(core: Core, params: Params, _now: float) -> Answer:
    """CreateCluster: one that exists already is answered as it is."""
    name = text(params, "clusterName") or "default"
    if not NAME.fullmatch(name):
        raise invalid("Identifier must be 1 to 255 letters, numbers, hyphens and underscores.")
    cluster = core.clusters.get(name)
    if cluster is None or cluster.status == "INACTIVE":
        cluster = Cluster(name=name, arn=core.names.arn("cluster", name), tags=tags_of(params))
        cluster.capacity_providers = texts(params, "capacityProviders")
        core.clusters[name] = cluster
    return {"cluster": cluster_wire(cluster, ["TAGS"])}


def delete(core: Core, params: Params, _now: float) -> Answer:
    """DeleteCluster: only an empty one."""
    cluster = core.cluster_of(params)
    if cluster.registered:
        raise WorldError(
            "ClusterContainsContainerInstancesException",
            "The Cluster cannot be deleted while Container Instances are active or draining.",
        )
    if any(service.status != "INACTIVE" for service in cluster.services.values()):
        raise WorldError(
            "ClusterContainsServicesException",
            "The Cluster cannot be deleted while Services are active.",
        )
    cluster.status = "INACTIVE"
    return {"cluster": cluster_wire(cluster, [])}


def describe(core: Core, params: Params, _now: float) -> Answer:
    """DescribeClusters: at most 100; an unknown one is MISSING."""
    names = texts(params, "clusters") or ["default"]
    if len(names) > MOST_DESCRIBED:
        raise invalid("Clusters can have at most 100 items.")
    include = texts(params, "include")
    found: list[Answer] = []
    failures: list[Answer] = []
    for name in dict.fromkeys(names):
        cluster = core.find_cluster(name)
        if cluster is None:
            arn = name if name.startswith("arn:") else core.names.arn("cluster", name)
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            found.append(cluster_wire(cluster, include))
    return {"clusters": found, "failures": failures}


def list_clusters(core: Core, params: Params, _now: float) -> Answer:
    """ListClusters."""
    rows = [cluster.arn for cluster in core.clusters.values() if cluster.status == "ACTIVE"]
    found, token = slice_page(params, rows)
    return {"clusterArns": found} | ({"nextToken": token} if token else {})


def create_provider(core: Core, params: Params, _now: float) -> Answer:
    """CreateCapacityProvider: over an auto scaling group, or of managed instances."""
    name = need_text(params, "name")
    if name in core.providers:
        raise client("The specified capacity provider already exists.")
    kind = next((kind for kind in KINDS if params.get(kind)), None)
    if kind is None:
        raise client("A capacity provider needs an autoScalingGroupProvider or another kind.")
    provider: Answer = {
        "capacityProviderArn": core.names.arn("capacity-provider", name),
        "name": name,
        "status": "ACTIVE",
        "type": "EC2_AUTOSCALING" if kind == KINDS[0] else "MANAGED_INSTANCES",
        kind: params[kind],
        "tags": tag_rows(tags_of(params)),
    }
    core.providers[name] = provider
    return {"capacityProvider": provider}


def describe_providers(core: Core, params: Params, _now: float) -> Answer:
    """DescribeCapacityProviders: none by default; an unknown name is MISSING."""
    names = [name.rpartition("/")[2] for name in texts(params, "capacityProviders")]
    if not names:
        rows, token = slice_page(params, list(core.providers.values()), 10)
        answer: Answer = {"capacityProviders": rows, "failures": []}
        return answer | ({"nextToken": token} if token else {})
    return {
        "capacityProviders": [core.providers[name] for name in names if name in core.providers],
        "failures": [
            {"arn": core.names.arn("capacity-provider", name), "reason": "MISSING"}
            for name in names
            if name not in core.providers
        ],
    }


def tag(core: Core, params: Params, _now: float) -> Answer:
    """TagResource: at most 50 tags a resource."""
    have = _tags(core, params)
    merged = have | tags_of(params)
    check_tags(merged)
    have.update(merged)
    return {}


def untag(core: Core, params: Params, _now: float) -> Answer:
    """UntagResource: keys that are not there are no error."""
    have = _tags(core, params)
    for key in texts(params, "tagKeys"):
        have.pop(key, None)
    return {}


def list_tags(core: Core, params: Params, _now: float) -> Answer:
    """ListTagsForResource."""
    return {"tags": tag_rows(_tags(core, params))}


def put_providers(core: Core, params: Params, _now: float) -> Answer:
    """PutClusterCapacityProviders: the cluster's providers from now on."""
    cluster = core.cluster_of(params)
    names = texts(params, "capacityProviders")
    unknown = [name for name in names if name not in core.providers]
    if unknown:
        raise invalid(f"The specified capacity provider '{unknown[0]}' was not found.")
    cluster.capacity_providers = names
    cluster.default_strategy = [
        dict(row) for row in parts(params, "defaultCapacityProviderStrategy")
    ]
    return {"cluster": cluster_wire(cluster, [])}


def _tags(core: Core, params: Params) -> Tags:
    """The tags of the resource that an ARN names, to be changed in place.

    Raises:
        WorldError: ResourceNotFoundException; a stopped task has no tags any more.
    """
    arn = need_text(params, "resourceArn")
    kind, _, rest = arn.partition("/")
    kind = kind.rpartition(":")[2]
    cluster = core.clusters.get(rest.split("/")[0])
    found: Tags | None = None
    if kind == "task-definition" and arn in core.definitions:
        found = core.definitions[arn].tags
    elif cluster is not None and kind == "cluster":
        found = cluster.tags
    elif cluster is not None and kind == "container-instance" and arn in cluster.instances:
        found = cluster.instances[arn].tags
    elif cluster is not None and kind == "task" and arn in cluster.tasks:
        task = cluster.tasks[arn]
        found = task.tags if task.desired_status == "RUNNING" else None
    elif cluster is not None and kind == "service":
        service = cluster.services.get(rest.rpartition("/")[2])
        found = None if service is None else service.tags
    if found is None:
        raise WorldError("ResourceNotFoundException", "The specified resource couldn't be found.")
    return found
