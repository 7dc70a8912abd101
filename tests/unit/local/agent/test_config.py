"""From a payload to Docker's create body."""

from __future__ import annotations

import json
from typing import Any

import pytest

from daemonctl.local.agent.config import create_body
from daemonctl.local.agent.record import Task
from tests.unit.local.agent.given import arn, container, host_config, payload, port, task


def body(made: Task, name: str = "main") -> dict[str, Any]:
    return json.loads(json.dumps(create_body(made, name, "local")))


def of(**fields: Any) -> dict[str, Any]:
    return body(task(payload(1, container(**fields))))


def host(**fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = of(**fields)["HostConfig"]
    return found


def test_a_container_is_named_and_labelled_as_by_ecs() -> None:
    made = task(payload(1, container("web-server_1")))
    assert made.container("web-server_1").docker_name == "ecs-web-3-web-server1-" + "0" * 20
    assert body(made, "web-server_1")["Labels"] == {
        "com.amazonaws.ecs.cluster": "local",
        "com.amazonaws.ecs.container-name": "web-server_1",
        "com.amazonaws.ecs.task-arn": arn(1),
        "com.amazonaws.ecs.task-definition-family": "web",
        "com.amazonaws.ecs.task-definition-version": "3",
    }


def test_labels_of_its_own_are_kept_beside_those_of_ecs() -> None:
    given = {"config": json.dumps({"Labels": {"team": "x", "com.amazonaws.ecs.cluster": "no"}})}
    labels = of(dockerConfig=given)["Labels"]
    assert (labels["team"], labels["com.amazonaws.ecs.cluster"]) == ("x", "local")


def test_image_command_and_entry_point() -> None:
    found = of(image="i:1", command=["a", "b"], entryPoint=["/e"])
    assert (found["Image"], found["Cmd"], found["Entrypoint"]) == ("i:1", ["a", "b"], ["/e"])


def test_what_is_not_given_is_left_to_the_image() -> None:
    found = of()
    assert not {"Cmd", "Entrypoint", "Hostname", "User"} & set(found)
    assert not {"Memory", "MemoryReservation"} & set(found["HostConfig"])


def test_overrides_replace_the_command_and_add_to_the_environment() -> None:
    over = json.dumps({"command": ["c"], "environment": [{"name": "A", "value": "2"}]})
    found = of(command=["a"], environment={"A": "1", "B": "1"}, overrides=over)
    assert (found["Cmd"], found["Env"]) == (["c"], ["A=2", "B=1"])
    over = json.dumps({"environment": {"C": "3"}})
    assert of(environment={"A": "1"}, overrides=over)["Env"] == ["A=1", "C=3"]


def test_overrides_of_limits() -> None:
    over = json.dumps({"cpu": 512, "memory": 64, "memoryReservation": 32})
    given = host_config(Memory=1 << 30, MemoryReservation=1 << 29)
    found = host(cpu=100, memory=1024, overrides=over, dockerConfig=given)
    assert (found["CpuShares"], found["Memory"], found["MemoryReservation"]) == (
        512, 64 << 20, 32 << 20,
    )  # fmt: skip


@pytest.mark.parametrize(("cpu", "shares"), [(0, 2), (1, 2), (2, 2), (256, 256)])
def test_cpu_becomes_shares_and_no_fewer_than_two(cpu: int, shares: int) -> None:
    assert host(cpu=cpu)["CpuShares"] == shares


@pytest.mark.parametrize(("memory", "mib"), [(4, 6), (6, 6), (300, 300)])
def test_memory_is_a_hard_limit_and_no_less_than_six(memory: int, mib: int) -> None:
    assert host(memory=memory)["Memory"] == mib << 20


def test_a_limit_in_dockers_own_words_stands() -> None:
    assert host(memory=64, dockerConfig=host_config(Memory=32 << 20))["Memory"] == 32 << 20


def test_limits_of_the_task_hold_for_containers_without_their_own() -> None:
    made = task(payload(1, container("a"), container("b", memory=64), cpu=0.5, memory=256))
    found = [body(made, name)["HostConfig"] for name in ("a", "b")]
    assert [row["Memory"] >> 20 for row in found] == [256, 64]
    assert {(row["CpuQuota"], row["CpuPeriod"]) for row in found} == {(50_000, 100_000)}


def test_static_and_dynamic_ports_are_published() -> None:
    found = of(portMappings=[port(80), port(443, 8443), port(53, 53, "udp")])
    assert found["ExposedPorts"] == {"80/tcp": {}, "443/tcp": {}, "53/udp": {}}
    assert found["HostConfig"]["PortBindings"] == {
        "80/tcp": [{"HostPort": ""}],
        "443/tcp": [{"HostPort": "8443"}],
        "53/udp": [{"HostPort": "53"}],
    }


@pytest.mark.parametrize("mode", ["host", "none"])
def test_without_a_network_of_its_own_nothing_is_published(mode: str) -> None:
    made = task(payload(1, container(portMappings=[port(80, 80)]), networkMode=mode))
    found = body(made)["HostConfig"]
    assert (found["NetworkMode"], "PortBindings" in found) == (mode, False)


def test_process_and_ipc_namespaces_of_the_host() -> None:
    made = task(payload(1, container(), pidMode="host", ipcMode="host"))
    found = body(made)["HostConfig"]
    assert (found["PidMode"], found["IpcMode"]) == ("host", "host")
    made = task(payload(1, container(), ipcMode="none"))
    assert body(made)["HostConfig"]["IpcMode"] == "none"


def test_links_and_volumes_from_go_by_the_names_on_the_engine() -> None:
    made = task(
        payload(
            1,
            container("db"),
            container(
                "web",
                links=["db:database", "db"],
                volumesFrom=[{"sourceContainer": "db", "readOnly": True}],
            ),
        )
    )
    name = made.container("db").docker_name
    found = body(made, "web")["HostConfig"]
    assert found["Links"] == [f"{name}:database", f"{name}:db"]
    assert found["VolumesFrom"] == [f"{name}:ro"]


def test_what_the_payload_brings_for_docker_is_laid_over() -> None:
    given = {
        "config": json.dumps({"User": "nobody", "WorkingDir": "/w", "Hostname": "h",
                              "Healthcheck": {"Test": ["CMD", "true"]}}),
        "hostConfig": json.dumps({"NetworkMode": "host", "Privileged": True, "CapAdd": ["ALL"],
                                  "LogConfig": {"Type": "none"}, "Dns": ["9.9.9.9"],
                                  "ExtraHosts": ["a:1.2.3.4"], "Ulimits": []}),
    }  # fmt: skip
    found = of(dockerConfig=given)
    assert found | json.loads(given["config"]) == found
    assert found["HostConfig"] | json.loads(given["hostConfig"]) == found["HostConfig"]


def volume(name: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "type": "host", "host": {}} | fields


def docker_volume(name: str, **fields: Any) -> dict[str, Any]:
    return volume(name, type="docker", dockerVolumeConfiguration=fields)


def test_mounts_of_folders_and_volumes() -> None:
    mounts = [
        {"sourceVolume": name, "containerPath": f"/{name}", "readOnly": name == "folder"}
        for name in ("folder", "empty", "own", "shared", "unknown")
    ]
    volumes = [
        volume("folder", host={"sourcePath": "/srv"}),
        volume("empty"),
        docker_volume("own", scope="task"),
        docker_volume("shared", scope="shared", autoprovision=True),
    ]
    made = task(payload(1, container(mountPoints=mounts), volumes=volumes))
    mark = arn(1).rpartition("/")[2]
    assert body(made)["HostConfig"]["Binds"] == [
        "/srv:/folder:ro",
        f"ecs-web-3-empty-{mark}:/empty",
        f"ecs-web-3-own-{mark}:/own",
        "shared:/shared",
    ]
