"""What `local up` starts with: cluster `local`, four task definitions, some instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world.operations import OPERATIONS

if TYPE_CHECKING:
    from daemonctl.local.world.fields import Params
    from daemonctl.local.world.world import World

CLUSTER = "local"
QUEUE = "daemonctl-local"
SOCKET = "/tmp/docker.sock"  # noqa: S108  where registrator looks, inside its container


def _logs(family: str) -> Params:
    return {"logDriver": "json-file", "options": {"tag": family, "max-size": "10m"}}


CONSUL_AGENT: Params = {
    "family": "consul-agent",
    "networkMode": "host",
    "volumes": [
        {"name": "consul-data", "host": {"sourcePath": "/var/lib/consul"}},
        {"name": "consul-config", "host": {"sourcePath": "/etc/consul.d"}},
    ],
    "containerDefinitions": [
        {
            "name": "consul-agent",
            "image": "hashicorp/consul:1.20",
            "cpu": 128,
            "memory": 128,
            "essential": True,
            "command": [
                "agent",
                "-data-dir=/consul/data",
                "-config-dir=/consul/config",
                "-bind={{ GetPrivateIP }}",
                "-client=127.0.0.1",
                "-retry-join=provider=aws tag_key=consul tag_value=server",
                "-node-meta=ecs-cluster:local",
            ],
            "environment": [{"name": "CONSUL_ALLOW_PRIVILEGED_PORTS", "value": ""}],
            "mountPoints": [
                {"sourceVolume": "consul-data", "containerPath": "/consul/data"},
                {"sourceVolume": "consul-config", "containerPath": "/consul/config"},
            ],
            "logConfiguration": _logs("consul-agent"),
        }
    ],
}
"""A Consul client agent in the host's network; it declares no ports, so ECS guards none."""

REGISTRATOR: Params = {
    "family": "registrator",
    "networkMode": "host",
    "volumes": [{"name": "docker", "host": {"sourcePath": "/var/run/docker.sock"}}],
    "containerDefinitions": [
        {
            "name": "registrator",
            "image": "gliderlabs/registrator:v7",
            "cpu": 64,
            "memory": 64,
            "essential": True,
            "command": [
                "-resync=60",
                "-cleanup",
                "-retry-attempts=-1",
                "consul://127.0.0.1:8500",
            ],
            "mountPoints": [{"sourceVolume": "docker", "containerPath": SOCKET}],
            "logConfiguration": _logs("registrator"),
        }
    ],
}
"""Tells Consul of every container with a published port; needs the agent beside it."""


def _service(family: str, image: str, port: int, cpu: int, memory: int) -> Params:
    """A service's task in bridge mode: its port on the host is chosen when it runs."""
    return {
        "family": family,
        "networkMode": "bridge",
        "containerDefinitions": [
            {
                "name": family,
                "image": image,
                "cpu": cpu,
                "memory": memory,
                "essential": True,
                "portMappings": [{"containerPort": port, "hostPort": 0, "protocol": "tcp"}],
                "logConfiguration": _logs(family),
            }
        ],
    }


ELASTICSEARCH = _service("elasticsearch", "elasticsearch:8.17.0", 9200, 512, 2048)
KIBANA = _service("kibana", "kibana:8.17.0", 5601, 256, 1024)

DEFINITIONS: tuple[Params, ...] = (CONSUL_AGENT, REGISTRATOR, ELASTICSEARCH, KIBANA)


def seed(world: World, instances: int, now: float) -> list[str]:
    """Make cluster ``local``, its event queue, the task definitions and so many instances.

    Returns:
        The container instances' ARNs.
    """
    world.advance(now)  # the account's own beginnings spend none of its request quota
    for operation, params in (
        ("CreateCluster", {"clusterName": CLUSTER}),
        *(("RegisterTaskDefinition", row) for row in DEFINITIONS),
    ):
        OPERATIONS[operation](world.core, params, now)
    world.subscribe(CLUSTER, QUEUE)
    return world.add_instances(CLUSTER, instances, now)
