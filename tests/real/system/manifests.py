"""helm-free-manifests as the suite uses them: other images and addresses, nothing else changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.real.parts.lab import PROJECT

FOLDER = PROJECT / "helm-free-manifests"
IMAGES = {
    "consul-agent": "consul",
    "registrator": "registrator",
    "node-exporter": "node-exporter",
    "fluentd": "rsyslog",
    "elasticsearch": "elasticsearch",
    "kibana": "kibana",
}
"""Family to the lab's image for it."""

DYNAMIC = {"elasticsearch": 9200}
"""The stand-in is found by SRV records, so its port is whatever Docker gives."""

NO_BIOS = {"name": "HOST_SYS", "value": "/nowhere"}
"""Hosts here share one machine's BIOS: Consul tells them apart by /etc/machine-id."""

STABLE = 3
"""Seconds."""


def definition(
    family: str, images: Mapping[str, str], secrets: Mapping[str, str]
) -> dict[str, Any]:
    """A task definition to register.

    Args:
        family: Which of the files.
        images: The lab's, by their short names.
        secrets: What Parameter Store would hold, by name: there is none here.
    """
    content: dict[str, Any] = json.loads((FOLDER / f"{family}.json").read_text("utf-8"))
    content.pop("executionRoleArn", None)
    for container in content["containerDefinitions"]:
        container["image"] = images[IMAGES[family]]
        container.pop("ulimits", None)  # a machine in a sandbox may not raise them
        environment = container.setdefault("environment", [])
        for secret in container.pop("secrets", []):
            environment.append({"name": secret["name"], "value": secrets[secret["valueFrom"]]})
        if family == "consul-agent":
            environment.append(NO_BIOS)
        if family == "kibana":
            environment.append(
                {"name": "ELASTICSEARCH_SERVICE", "value": "elasticsearch.service.consul"}
            )
        for port in container.get("portMappings", []):
            if port["containerPort"] == DYNAMIC.get(family):
                port["hostPort"] = 0
    return content


def service(name: str, cluster: str, count: int) -> dict[str, Any]:
    """A service to create."""
    content: dict[str, Any] = json.loads((FOLDER / f"{name}-service.json").read_text("utf-8"))
    return {**content, "cluster": cluster, "desiredCount": count}


def consul_config(server: str, tokens: Mapping[str, str]) -> dict[str, str]:
    """What a host has in /etc/consul.d, by file name."""
    agent = json.loads((FOLDER / "consul.d" / "agent.json").read_text("utf-8"))
    acl = json.loads((FOLDER / "consul.d" / "acl.json").read_text("utf-8"))
    agent |= {"retry_join": [server], "recursors": []}
    acl["acl"]["tokens"] = dict(tokens)
    return {"agent.json": json.dumps(agent), "acl.json": json.dumps(acl)}


def config(
    path: Path, *, cluster: Mapping[str, Any], more: Mapping[str, Any], bench: bool = False
) -> Path:
    """Write daemonctl.yaml with another cluster and Consul.

    What is killed here again and again counts as stable after seconds, not ten minutes: it is the
    first death after a stable run that is measured, not the backoff from the second on.
    """
    content = yaml.safe_load((FOLDER / "daemonctl.yaml").read_text("utf-8"))
    content["clusters"] = [{**_kept(content["clusters"][0]), **cluster}]
    if bench:
        content["daemons"] = content["daemons"][:2]
        for need in content["daemons"][1]["dependsOn"]:
            need["restart"] = False  # of each daemon its own repair is timed, as Swarm does it
    for daemon in content["daemons"]:
        daemon["restart"] = {"resetAfterSeconds": STABLE}
    content["consul"] |= more["consul"]
    content["http"] = more["http"]
    path.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    return path


def _kept(cluster: Mapping[str, Any]) -> dict[str, Any]:
    """All but what names an account."""
    return {key: value for key, value in cluster.items() if key not in {"name", "region", "events"}}
