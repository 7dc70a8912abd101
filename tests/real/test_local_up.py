"""`local up --runtime docker`: engines named on the command line are container instances."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.real.parts.host import Host
from tests.real.parts.lab import Lab
from tests.real.parts.shell import wait_for

PATIENCE = 60.0
SLEEP = "import signal, time\nsignal.signal(15, lambda *_: exit(0))\nwhile 1: time.sleep(9)"


class LocalEcs:
    """A control plane with two engines, that can be killed and started again."""

    def __init__(self, hosts: list[Host], folder: Path) -> None:
        self.hosts = hosts
        self._log = folder / "up.log"
        engines = [word for host in hosts for word in ("--docker-host", host.docker)]
        addresses = [word for host in hosts for word in ("--private-ip", host.address)]
        self._words = ("up", "--port", "0", "--state", str(folder / "ecs.state"),
                       "--switch", "quota-scale=inf",  # the tests look often
                       "--runtime", "docker", *engines, *addresses)  # fmt: skip
        self.start()

    def start(self) -> None:
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "daemonctl.cli.main", "local", *self._words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_for(lambda: " ready at http" in self.said(), "the local ECS")
        self.endpoint = self.said().split(" ready at ")[1].split(";")[0]
        wait_for(lambda: all(row["agentConnected"] for row in self.instances()), self.said(), 60)

    def said(self) -> str:
        return self._log.read_text("utf-8", errors="replace")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.process.terminate()
        assert self.process.wait(30) == 0

    def local(self, *words: str) -> str:
        command = [sys.executable, "-m", "daemonctl.cli.main", "local", *words]
        env = os.environ | {"AWS_ENDPOINT_URL": self.endpoint}
        return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106  anything is accepted
            config=Config(retries={"total_max_attempts": 1}),
        )

    def instances(self) -> list[dict[str, Any]]:
        """All of them, in the order of the engines; empty until each is there."""
        ecs = self.client("ecs")
        arns = ecs.list_container_instances(cluster="local")["containerInstanceArns"]
        if len(arns) < len(self.hosts):
            return [{"agentConnected": False}]
        found = ecs.describe_container_instances(cluster="local", containerInstances=arns)
        machines = self.client("ec2").describe_instances()["Reservations"]  # as they were launched
        order = [row["Instances"][0]["InstanceId"] for row in machines]
        rows: list[dict[str, Any]] = found["containerInstances"]
        return sorted(rows, key=lambda row: order.index(row["ec2InstanceId"]))

    def machine(self, host: Host) -> dict[str, Any]:
        query = [{"Name": "private-ip-address", "Values": [host.address]}]
        found = self.client("ec2").describe_instances(Filters=query)
        machine: dict[str, Any] = found["Reservations"][0]["Instances"][0]
        return machine

    def begin(self, row: dict[str, Any]) -> str:
        answer = self.client("ecs").start_task(
            cluster="local", taskDefinition="sleep",
            containerInstances=[row["containerInstanceArn"]],
        )  # fmt: skip
        assert answer["failures"] == []
        arn: str = answer["tasks"][0]["taskArn"]
        return arn

    def task(self, arn: str) -> dict[str, Any]:
        rows = self.client("ecs").describe_tasks(cluster="local", tasks=[arn])["tasks"]
        return rows[0] if rows else {"lastStatus": None, "containers": [{}]}

    def until(self, arn: str, status: str) -> dict[str, Any]:
        wait_for(lambda: self.task(arn)["lastStatus"] == status, f"{arn} {status}", PATIENCE)
        return self.task(arn)


@pytest.fixture(scope="module")
def up(
    lab: Lab, images: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalEcs]:
    hosts = [lab.add_host() for _ in range(2)]
    for host in hosts:
        host.ready()
    ecs = LocalEcs(hosts, tmp_path_factory.mktemp("up"))
    port = {"containerPort": 9200, "hostPort": 0, "protocol": "tcp"}
    ecs.client("ecs").register_task_definition(
        family="sleep",
        networkMode="bridge",
        containerDefinitions=[
            {"name": "main", "image": images["python"], "memory": 32, "portMappings": [port],
             "command": ["/usr/bin/python3", "-uc", SLEEP]}
        ],
    )  # fmt: skip
    yield ecs
    ecs.close()
    for host in hosts:
        host.pull_the_plug()


def running(host: Host) -> list[str]:
    return sorted(host.cli("ps", "-q", "--no-trunc").split())


def test_each_engine_is_an_instance_with_its_own_room_and_address(up: LocalEcs) -> None:
    for host, row in zip(up.hosts, up.instances(), strict=True):
        info = json.loads(host.cli("info", "-f", "{{json .}}"))
        have = {item["name"]: item["integerValue"] for item in row["registeredResources"]}
        assert have["CPU"] == info["NCPU"] * 1024
        assert 0 < have["MEMORY"] <= info["MemTotal"] // 2**20
        assert up.machine(host)["State"]["Name"] == "running"
        assert row["ec2InstanceId"] == up.machine(host)["InstanceId"]
    zones = [up.machine(host)["Placement"]["AvailabilityZone"] for host in up.hosts]
    assert zones == ["us-east-1a", "us-east-1b"]


def test_nothing_is_lost_when_the_control_plane_is_killed(up: LocalEcs) -> None:
    rows = up.instances()
    stays, dies = (up.begin(row) for row in rows)
    shown = {arn: up.until(arn, "RUNNING") for arn in (stays, dies)}
    for task in shown.values():
        (binding,) = {row["hostPort"] for row in task["containers"][0]["networkBindings"]}
        assert binding >= 32_768
    up.kill()
    up.hosts[1].cli("kill", shown[dies]["containers"][0]["runtimeId"])
    assert running(up.hosts[0]) == [shown[stays]["containers"][0]["runtimeId"]]
    up.start()
    assert up.until(dies, "STOPPED")["containers"][0]["exitCode"] == 137
    assert [row["containerInstanceArn"] for row in up.instances()] == [
        row["containerInstanceArn"] for row in rows
    ]
    assert up.task(stays)["lastStatus"] == "RUNNING"
    up.client("ecs").stop_task(cluster="local", task=stays, reason="enough")
    assert up.until(stays, "STOPPED")["stoppedReason"] == "enough"
    assert running(up.hosts[0]) == []


def test_an_agent_that_is_disconnected_comes_back_to_its_containers(up: LocalEcs) -> None:
    row = up.instances()[0]
    task = up.begin(row)
    container = up.until(task, "RUNNING")["containers"][0]["runtimeId"]
    up.local("instance", "disconnect", row["ec2InstanceId"])
    assert up.instances()[0]["agentConnected"] is False
    assert running(up.hosts[0]) == [container]
    up.hosts[0].cli("kill", container)
    assert up.task(task)["lastStatus"] == "RUNNING"  # frozen: nobody tells
    up.local("instance", "reconnect", row["ec2InstanceId"])
    assert up.until(task, "STOPPED")["containers"][0]["exitCode"] == 137
    assert up.instances()[0]["agentConnected"] is True


def test_a_terminated_machine_is_gone_and_its_containers_are_the_engines(up: LocalEcs) -> None:
    row = up.instances()[1]
    task = up.begin(row)
    container = up.until(task, "RUNNING")["containers"][0]["runtimeId"]
    up.client("ec2").terminate_instances(InstanceIds=[row["ec2InstanceId"]])
    wait_for(lambda: up.task(task)["lastStatus"] == "STOPPED", "the deregistration", 120)
    words = f"Host EC2 (instance {row['ec2InstanceId']}) terminated."
    assert up.task(task)["stoppedReason"] == words
    assert running(up.hosts[1]) == [container]
    added = up.local("instance", "add", "--docker-host", up.hosts[1].docker).strip()
    assert added != row["ec2InstanceId"]
    wait_for(lambda: up.instances()[-1]["agentConnected"], "the new one on the same engine")
    assert up.instances()[-1]["ec2InstanceId"] == added
    assert running(up.hosts[1]) == [container]  # no task of the new one: it is left alone
