"""The image as a task of the local ECS, on a host of the cluster that it controls."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import yaml

from tests.real.image.build import build, version
from tests.real.image.forward import forwarded
from tests.real.parts.shell import PartsError, run, wait_for
from tests.real.system.manifests import FOLDER
from tests.real.system.member import Member
from tests.real.system.system import System
from tests.scenarios.processes import KEYS, program

USER = 65532
TOKEN = "the-token-of-this-test"  # noqa: S105  it guards nothing
ECS = "ecs.localhost"
OWN = "/etc/consul.d"
"""A folder that each host of the lab has for itself; Consul reads only what ends in .json there."""


@pytest.fixture(scope="module")
def image(system: System, hosts: list[Member]) -> str:
    """Built on a host's engine and pushed; what a task definition calls it."""
    engine = hosts[0].host
    name = system.lab.registry.name(build(engine, system.lab.registry))
    engine.cli("tag", "daemonctl:e2e", name)
    engine.cli("push", "-q", name)
    return name


def test_it_says_its_version_without_a_root_to_write_to_or_a_right(
    image: str, hosts: list[Member]
) -> None:
    bare = ("--rm", "--read-only", "--cap-drop=ALL", "--network=none")
    assert hosts[0].host.cli("run", *bare, image, "--version") == f"daemonctl {version()}"


def test_what_the_image_says_of_itself(image: str, hosts: list[Member]) -> None:
    (about,) = json.loads(hosts[0].host.cli("image", "inspect", image))
    config = about["Config"]
    assert config["User"] == f"{USER}:{USER}"
    assert config["Entrypoint"] == ["daemonctl"]
    assert config["Labels"]["org.opencontainers.image.version"] == version()
    assert "/livez" in config["Healthcheck"]["Test"][-1]
    leftover = ("run", "--rm", "--entrypoint=python3", image, "-c", "import pip")
    with pytest.raises(Exception, match="No module named 'pip'"):
        hosts[0].host.cli(*leftover)


class Guard:
    """The service ``daemonctl`` of helm-free-manifests on the lab's cluster."""

    def __init__(self, system: System, members: list[Member], image: str, door: str) -> None:
        # The local ECS answers nobody who does not call it by a name of its own machine.
        address, _, port = door.partition(":")
        ecs = f"{ECS}:{port}"
        self._system = system
        self._members = members
        self._ended = False
        for member in members:
            self._configure(member, ecs)
        definition = json.loads((FOLDER / "daemonctl.json").read_text("utf-8"))
        for role in ("executionRoleArn", "taskRoleArn"):  # there is no IAM here
            del definition[role]
        definition["volumes"] = [{"name": "config", "host": {"sourcePath": OWN}}]
        (container,) = definition["containerDefinitions"]
        container["image"] = image
        container["extraHosts"] = [{"hostname": ECS, "ipAddress": address}]
        given = {"AWS_ENDPOINT_URL": f"http://{ecs}", "AWS_REGION": "us-east-1", **KEYS}
        container["environment"] += [{"name": k, "value": v} for k, v in given.items()]
        system.api.register_task_definition(**definition)
        service = json.loads((FOLDER / "daemonctl-service.json").read_text("utf-8"))
        system.api.create_service(**{**service, "cluster": system.cluster})

    def _configure(self, member: Member, ecs: str) -> None:
        content = yaml.safe_load(self._system.config.read_text("utf-8"))
        here = self._system.ecs.endpoint.removeprefix("http://")
        (cluster,) = content["clusters"]
        cluster["events"]["queueUrl"] = cluster["events"]["queueUrl"].replace(here, ecs)
        content["consul"]["tokenFile"] = "/etc/daemonctl/consul-token"
        content["http"] = {
            "listen": "0.0.0.0:8080",
            "metricsListen": "0.0.0.0:9102",
            "authTokenFile": "/etc/daemonctl/api-token",
        }
        token = self._system.consul.token("daemonctl")
        files = {
            "daemonctl.yaml": yaml.safe_dump(content),
            "consul-token": token,
            "api-token": TOKEN,
        }
        for name, text in files.items():
            path = member.host.folder / "consul.d" / name
            path.write_text(text, "utf-8")
            path.chmod(0o400)
            os.chown(path, USER, USER)

    def container(self) -> tuple[Member, dict[str, Any]]:
        """Where it runs, and what the engine says of it."""
        for member in self._members:
            for found in member.containers("daemonctl"):
                (about,) = json.loads(member.host.cli("inspect", found))
                return member, about
        raise LookupError("no container of daemonctl runs")

    def runs(self) -> bool:
        return any(member.containers("daemonctl") for member in self._members)

    def asked(self, *command: str) -> str:
        """The command line, from outside, with the token."""
        at = self.container()[0].host.address
        path = self._system.folder / "api-token"
        path.write_text(TOKEN, "utf-8")
        server = ("--server", f"http://{at}:8080", "--token-file", str(path))
        return run("env", f"PATH={os.environ['PATH']}", *program(*command, *server))

    def close(self) -> None:
        """Once; the test does it to see how it ends."""
        if self._ended:
            return
        self._ended = True
        self._system.api.update_service(
            cluster=self._system.cluster, service="daemonctl", desiredCount=0
        )
        wait_for(lambda: not self.runs(), "the end of daemonctl's container")
        self._system.api.delete_service(cluster=self._system.cluster, service="daemonctl")


@pytest.fixture
def guard(system: System, hosts: list[Member], image: str) -> Iterator[Guard]:
    """It guards the cluster instead of the suite's process."""
    system.wait_ready(len(hosts))
    for member in hosts:
        system.find(member)
    assert system.controller
    system.controller.close()
    port = int(system.ecs.endpoint.rpartition(":")[2])
    with forwarded(system.lab.address, port) as door:
        made = Guard(system, hosts, image, door)
        try:
            wait_for(made.runs, "daemonctl's container", 60)
            yield made
        finally:
            made.close()
            system.start_controller()


@contextmanager
def telling(member: Member, container: str) -> Iterator[None]:
    """What the container wrote is told with what did not come."""
    try:
        yield
    except PartsError as error:
        pytest.fail(f"{error}; it wrote:\n{member.logs(container)}")


def test_it_guards_its_own_cluster_and_ends_cleanly(
    system: System, hosts: list[Member], guard: Guard
) -> None:
    member, about = guard.container()
    host = about["HostConfig"]
    assert (host["ReadonlyRootfs"], host["CapDrop"]) == (True, ["ALL"])
    status = f"/proc/{about['State']['Pid']}/status"
    rows = member.host.run("grep", "-E", "^(Uid|CapEff)", status).split()
    assert rows[1] == str(USER)
    assert int(rows[-1], 16) == 0

    def healthy() -> bool:
        (now,) = json.loads(member.host.cli("inspect", about["Id"]))
        return bool(now["State"]["Health"]["Status"] == "healthy")

    with telling(member, about["Id"]):
        wait_for(healthy, "a container that is healthy", 60, every=0.5)
        victim = next(each for each in hosts if each is not member)
        before = victim.kill("node-exporter")
        again = "node-exporter again"
        wait_for(lambda: victim.replaced("node-exporter", before), again, 60, every=0.2)
    wait_for(lambda: "ready" in guard.asked("status"), "its status", 30, every=0.5)
    assert "node-exporter" in guard.asked("status")
    guard.close()
    ended = [task for task in system.tasks(family="daemonctl") if task["lastStatus"] == "STOPPED"]
    assert [each["containers"][0]["exitCode"] for each in ended] == [0]
