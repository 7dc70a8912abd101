"""What a host says of itself when it registers: resources, attributes, identity document: pure."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass

from daemonctl.local.agent.payload import Json
from daemonctl.local.agent.room import MIB

VERSION = "1.105.0"
"""Of the agent whose behaviour this one has; control planes go by it."""

HASH = "daemonctl"
CPU_PER_CORE = 1024
RESERVED_TCP = ("22", "2375", "2376", "51678", "51679")
"""Of the ECS agent: ssh, Docker, and its own two."""

IMAGE_ID = "ami-0" + "0" * 16
ACCOUNT = "123456789012"
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}

_DOCKER = "com.amazonaws.ecs.capability.docker-remote-api."
_LOGGING = "com.amazonaws.ecs.capability.logging-driver."
_INSTANCE_ID = re.compile(r"i-[0-9a-f]{8,17}")

CAPABILITIES = (
    *(f"{_DOCKER}1.{minor}" for minor in range(17, 45)),
    *(f"{_LOGGING}{driver}" for driver in ("fluentd", "gelf", "journald", "json-file", "none",
                                           "splunk", "syslog")),
    "com.amazonaws.ecs.capability.privileged-container",
    "com.amazonaws.ecs.capability.selinux",
    "ecs.capability.container-health-check",
    "ecs.capability.container-ordering",
    "ecs.capability.container-restart-policy",
    "ecs.capability.docker-plugin.local",
    "ecs.capability.full-sync",
    "ecs.capability.pid-ipc-namespace-sharing",
    "ecs.capability.task-cpu-mem-limit",
)  # fmt: skip
"""What this agent can do, by the names that task definitions require (each without a value)."""


@dataclass(frozen=True, slots=True)
class Host:
    """A host as it registers; memory in MiB."""

    instance_id: str
    instance_type: str
    zone: str
    private_ip: str
    cpus: int
    memory: int
    os_type: str
    architecture: str
    docker_version: str

    @property
    def region(self) -> str:
        return region_of(self.zone)

    @property
    def cpu(self) -> int:
        """In ECS's units of 1/1024 core."""
        return self.cpus * CPU_PER_CORE


def region_of(zone: str) -> str:
    """Cut the letter off a zone: eu-west-1a is in eu-west-1."""
    return re.sub(r"(?<=\d)[a-z]$", "", zone)


def is_instance_id(text: str) -> bool:
    """Say whether this is an id as EC2 makes them."""
    return _INSTANCE_ID.fullmatch(text) is not None


def instance_id_of(engine_id: str) -> str:
    """Derive an EC2 instance id from an engine's own: the same engine, the same instance."""
    return "i-" + hashlib.sha256(engine_id.encode()).hexdigest()[:17]


def memory_mib(memory_bytes: int) -> int:
    """What a host registers: its memory in MiB, rounded down."""
    return memory_bytes // MIB


def registration(host: Host, cluster: str, arn: str | None) -> Json:
    """Build the parameters of RegisterContainerInstance; with the ARN of before, if any."""
    params: Json = {
        "cluster": cluster,
        "instanceIdentityDocument": _document(host),
        "instanceIdentityDocumentSignature": "",
        "totalResources": [
            _integer("CPU", host.cpu),
            _integer("MEMORY", host.memory),
            _strings("PORTS", RESERVED_TCP),
            _strings("PORTS_UDP", ()),
        ],
        "versionInfo": {
            "agentVersion": VERSION,
            "agentHash": HASH,
            "dockerVersion": f"DockerVersion: {host.docker_version}",
        },
        "attributes": attributes(host),
    }
    return params if arn is None else params | {"containerInstanceArn": arn}


def attributes(host: Host) -> list[Json]:
    """Tell what the host is and can do."""
    values = {
        "ecs.ami-id": IMAGE_ID,
        "ecs.availability-zone": host.zone,
        "ecs.cpu-architecture": host.architecture,
        "ecs.instance-type": host.instance_type,
        "ecs.os-type": host.os_type,
    }
    named: list[Json] = [{"name": name, "value": value} for name, value in values.items()]
    return named + [{"name": name} for name in CAPABILITIES]


def _document(host: Host) -> str:
    return json.dumps(
        {
            "accountId": ACCOUNT,
            "architecture": host.architecture,
            "availabilityZone": host.zone,
            "imageId": IMAGE_ID,
            "instanceId": host.instance_id,
            "instanceType": host.instance_type,
            "privateIp": host.private_ip,
            "region": host.region,
            "version": "2017-09-30",
        }
    )


def _integer(name: str, value: int) -> Json:
    return {"name": name, "type": "INTEGER", "integerValue": value}


def _strings(name: str, values: tuple[str, ...]) -> Json:
    return {"name": name, "type": "STRINGSET", "stringSetValue": list(values)}
