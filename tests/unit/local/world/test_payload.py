"""What an agent is told of a task: every member of a task definition in its place."""

from __future__ import annotations

import json
from typing import Any

from daemonctl.local.world.capabilities import OFFERED
from daemonctl.local.world.payload import task_payload
from tests.unit.local.world.conftest import Ecs

EVERYTHING: dict[str, Any] = {
    "name": "a",
    "image": "img:1",
    "cpu": 10,
    "memory": 64,
    "memoryReservation": 32,
    "essential": True,
    "command": ["serve"],
    "entryPoint": ["/e"],
    "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
    "links": ["b"],
    "mountPoints": [{"sourceVolume": "v", "containerPath": "/v", "readOnly": True}],
    "volumesFrom": [{"sourceContainer": "b"}],
    "portMappings": [
        {
            "containerPort": 80,
            "hostPort": 0,
            "protocol": "tcp",
            "name": "web",
            "appProtocol": "http",
        }
    ],
    "dependsOn": [{"containerName": "b", "condition": "START"}],
    "startTimeout": 20,
    "stopTimeout": 9,
    "restartPolicy": {"enabled": True, "ignoredExitCodes": [0], "restartAttemptPeriod": 60},
    "user": "me",
    "workingDirectory": "/w",
    "hostname": "h",
    "pseudoTerminal": True,
    "interactive": True,
    "dockerLabels": {"l": "1"},
    "healthCheck": {"command": ["CMD", "t"], "interval": 7, "retries": 2, "startPeriod": 4},
    "privileged": True,
    "readonlyRootFilesystem": True,
    "dnsServers": ["10.0.0.2"],
    "dnsSearchDomains": ["d"],
    "dockerSecurityOptions": ["no-new-privileges"],
    "extraHosts": [{"hostname": "x", "ipAddress": "10.0.0.9"}],
    "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 2}],
    "systemControls": [{"namespace": "net.core.somaxconn", "value": "9"}],
    "logConfiguration": {"logDriver": "json-file", "options": {"max-size": "1m"}},
    "linuxParameters": {
        "capabilities": {"add": ["NET_ADMIN"], "drop": ["MKNOD"]},
        "initProcessEnabled": True,
        "sharedMemorySize": 8,
        "maxSwap": 5,
        "swappiness": 0,
        "devices": [{"hostPath": "/dev/fuse", "permissions": ["read", "write"]}],
        "tmpfs": [{"containerPath": "/t", "size": 16, "mountOptions": ["noexec"]}],
    },
    "secrets": [
        {"name": "S", "valueFrom": "arn:aws:secretsmanager:r:1:secret:s"},
        {"name": "P", "valueFrom": "/ssm/p"},
    ],
}
MIB = 1024 * 1024
SECOND = 1_000_000_000


def host(ecs: Ecs) -> str:
    offered: dict[str, str | None] = dict(OFFERED)
    offered["com.amazonaws.ecs.capability.task-iam-role"] = None
    row = ecs.call(
        "RegisterContainerInstance",
        instanceIdentityDocument='{"instanceId": "i-1"}',
        totalResources=[{"name": name, "integerValue": 8192} for name in ("CPU", "MEMORY")],
        attributes=[{"name": name} for name in offered],
    )["containerInstance"]
    arn: str = row["containerInstanceArn"]
    ecs.world.agents.connected(arn, ecs.now)
    return arn


def told(ecs: Ecs, family: str, **more: Any) -> dict[str, Any]:
    (arn,) = ecs.start(host(ecs), family=family, **more)
    return task_payload(ecs.cluster.tasks[arn])


def of_container(payload: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    container = payload["containers"][0]
    docker = container["dockerConfig"]
    return container, json.loads(docker["config"]), json.loads(docker["hostConfig"])


def everything(ecs: Ecs, **more: Any) -> None:
    ecs.register(
        "all",
        EVERYTHING,
        {"name": "b", "essential": False},
        volumes=[
            {"name": "v", "host": {"sourcePath": "/srv"}},
            {"name": "d", "dockerVolumeConfiguration": {"scope": "shared", "driver": "local"}},
            {"name": "n"},
        ],
        **more,
    )


def test_every_member_has_its_place(ecs: Ecs) -> None:
    everything(ecs)
    payload = told(ecs, "all")
    assert payload["desiredStatus"] == "RUNNING"
    assert (payload["family"], payload["version"], payload["networkMode"]) == ("all", "1", "bridge")
    assert payload["group"] == "family:all"
    assert payload["volumes"] == [
        {"name": "v", "type": "host", "host": {"sourcePath": "/srv"}},
        {"name": "d", "type": "docker",
         "dockerVolumeConfiguration": {"scope": "shared", "driver": "local"}},
        {"name": "n", "type": "host", "host": {}},
    ]  # fmt: skip
    assert "cpu" not in payload
    container, config, host_config = of_container(payload)
    same = "command entryPoint links mountPoints volumesFrom dependsOn startTimeout"
    for key in [*same.split(), "stopTimeout", "restartPolicy", "cpu", "memory"]:
        assert container[key] == EVERYTHING[key], key
    assert container["portMappings"] == [{"containerPort": 80, "hostPort": 0, "protocol": "tcp"}]
    assert container["environment"] == {"A": "1", "B": "2"}
    assert container["healthCheckType"] == "docker"
    assert [(row["provider"], row["name"]) for row in container["secrets"]] == [
        ("asm", "S"),
        ("ssm", "P"),
    ]
    assert config == {
        "User": "me", "WorkingDir": "/w", "Hostname": "h", "Tty": True, "OpenStdin": True,
        "Labels": {"l": "1"},
        "Healthcheck": {"Test": ["CMD", "t"], "Interval": 7 * SECOND, "Timeout": 5 * SECOND,
                        "Retries": 2, "StartPeriod": 4 * SECOND},
    }  # fmt: skip
    assert host_config == {
        "Privileged": True, "ReadonlyRootfs": True, "Dns": ["10.0.0.2"], "DnsSearch": ["d"],
        "SecurityOpt": ["no-new-privileges"], "MemoryReservation": 32 * MIB,
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m"}},
        "Ulimits": [{"Name": "nofile", "Soft": 1, "Hard": 2}], "ExtraHosts": ["x:10.0.0.9"],
        "Sysctls": {"net.core.somaxconn": "9"}, "CapAdd": ["NET_ADMIN"], "CapDrop": ["MKNOD"],
        "Init": True, "ShmSize": 8 * MIB, "MemorySwap": (64 + 5) * MIB, "MemorySwappiness": 0,
        "Devices": [{"PathOnHost": "/dev/fuse", "PathInContainer": "/dev/fuse",
                     "CgroupPermissions": "rw"}],
        "Tmpfs": {"/t": "noexec,size=16m"},
    }  # fmt: skip


def test_overrides_are_filled_in(ecs: Ecs) -> None:
    everything(ecs)
    override = {
        "name": "a",
        "command": ["other"],
        "environment": [{"name": "B", "value": "3"}, {"name": "C", "value": "4"}],
        "cpu": 20,
        "memory": 128,
        "memoryReservation": 48,
    }
    payload = told(ecs, "all", overrides={"containerOverrides": [override], "memory": "256"})
    container, _, host_config = of_container(payload)
    assert (container["command"], container["cpu"], container["memory"]) == (["other"], 20, 128)
    assert container["environment"] == {"A": "1", "B": "3", "C": "4"}
    assert container["overrides"] == payload["overrides"] == "{}"
    assert host_config["MemoryReservation"] == 48 * MIB
    assert payload["memory"] == 256


def test_a_task_in_the_hosts_namespaces_with_limits_of_its_own(ecs: Ecs) -> None:
    ecs.register(
        "bare", {"name": "a", "linuxParameters": {"swappiness": 9}},
        networkMode="host", pidMode="host", ipcMode="task", cpu="512", memory="1024",
    )  # fmt: skip
    payload = told(ecs, "bare")
    assert (payload["cpu"], payload["memory"]) == (0.5, 1024)  # vCPU and MiB
    assert (payload["pidMode"], payload["ipcMode"]) == ("host", "task")
    container, config, host_config = of_container(payload)
    assert (config, host_config) == ({}, {"NetworkMode": "host", "PidMode": "host"})
    assert "healthCheckType" not in container


def test_a_task_of_a_service_says_whose_it_is(ecs: Ecs) -> None:
    ecs.register("far", {"name": "a"}, volumes=[
        {"name": "f", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}])  # fmt: skip
    arn = host(ecs)
    for simulated in ecs.hosts:
        ecs.call("UpdateContainerInstancesState", containerInstances=[simulated], status="DRAINING")
    ecs.call("CreateService", serviceName="s", taskDefinition="far", desiredCount=1)
    ecs.after(5)
    task: Any
    (task,) = ecs.world.agents.orders(ecs.world.clusters["local"].instances[arn])
    payload = task["tasks"][0]
    assert payload["serviceName"] == "s"
    assert payload["volumes"][0]["type"] == "efs"
