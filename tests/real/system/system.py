"""Everything together: hosts, Consul, the local ECS, the controller as an operator runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import boto3
import yaml

from tests.real.parts.clean import MARK
from tests.real.parts.images import push_all
from tests.real.parts.lab import Lab
from tests.real.parts.shell import wait_for
from tests.real.system import manifests
from tests.real.system.consul_server import ConsulServer
from tests.real.system.member import Member
from tests.scenarios.processes import Controller, Ecs, program

DAEMONS = ("consul-agent", "registrator", "node-exporter", "fluentd")
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")

LISTING_LAG = 1.2
"""Seconds after which ECS's lists show what is: ours lag up to one, as ECS's do."""


class System:
    """``members`` by number from 0; ``cluster`` is the name that all of them join."""

    cluster = "local"
    daemons = DAEMONS

    def __init__(self, lab: Lab, *, bench: bool = False) -> None:
        """``bench``: only consul-agent and registrator, on engines that Swarm can use, too."""
        self.lab = lab
        self._bench = bench
        os.environ[MARK] = lab.env[MARK]  # what the suite starts from here on is the lab's
        self.images = push_all(lab.registry)
        self.consul = ConsulServer(lab)
        self.folder = lab.folder / "system"
        self.folder.mkdir()
        state = ("--state", str(self.folder / "ecs.sqlite"))
        soon = ("--switch", "deregister-lag-seconds=5,10")  # of a terminated host; else a minute
        self.ecs = Ecs(self.folder, "--instances", "0", *state, *soon)
        self.api = boto3.client(
            "ecs",
            endpoint_url=self.ecs.endpoint,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106  the local ECS takes any
        )
        self.members: list[Member] = []
        for family in manifests.IMAGES:
            self.register(family)
        self.config = self._config()
        self.controller: Controller | None = None

    def close(self) -> None:
        for process in (self.controller, self.ecs):
            if process:
                process.close()
        self.api.close()
        del os.environ[MARK]

    def add_host(self) -> Member:
        """A machine with an engine and its Consul config, whose ECS agent has not begun yet."""
        host = self.lab.add_host(live_restore=not self._bench)
        number = len(self.lab.hosts)  # those that are gone count: EC2 never gives an id again
        ec2 = f"i-{0xD0C0000000000000 + number:017x}"
        tokens = {
            "agent": self.consul.token("consul-agent"),
            "default": self.consul.token("consul-dns"),
        }
        files = manifests.consul_config(self.consul.address, tokens)
        for name, content in files.items():
            (host.folder / "consul.d" / name).write_text(content, "utf-8")
        member = Member(self, host, ec2, ZONES[number % len(ZONES)])
        self.members.append(member)
        return member

    def start_controller(self) -> None:
        """``daemonctl run``; again after a kill."""
        self.controller = Controller(self.config, self.ecs.env)

    def daemons_on(self, member: Member) -> int:
        """How many daemons run on a host, as its engine knows them."""
        return sum(len(member.containers(family)) for family in DAEMONS)

    def kill_controller(self) -> None:
        assert self.controller
        self.controller.child.send_signal(signal.SIGKILL)
        self.controller.child.wait()

    def daemonctl(self, *arguments: str, to: Controller | None = None) -> str:
        """What the command line prints, whatever its exit code; of another controller, if given."""
        asked = to or self.controller
        assert asked
        server = ("--server", asked.api)
        done = subprocess.run(
            program(*arguments, *server),
            env=self.ecs.env,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    def ready(self, count: int, daemons: tuple[str, ...] = DAEMONS) -> bool:
        """Whether each of the daemons is READY on so many instances, and none to be restarted."""
        assert self.controller
        cluster = self.controller.cluster()
        rows = cluster["daemons"]
        assert isinstance(rows, list)
        path = f"/v1/clusters/{cluster['alias']}/instances?verdict=RESTART"
        found = {row["name"]: row for row in rows}
        there = all(
            (found[name]["ready"], found[name]["desired"]) == (count, count) for name in daemons
        )
        return there and not json.loads(self.controller.get(path))["instances"]

    def wait_ready(
        self, count: int, seconds: float = 60.0, daemons: tuple[str, ...] = DAEMONS
    ) -> None:
        wait_for(
            lambda: self.ready(count, daemons), f"{count} ready of each daemon", seconds, every=0.1
        )

    def find(self, member: Member) -> None:
        """Learn the ARN of a member's container instance."""
        arns = self.api.list_container_instances(cluster=self.cluster)["containerInstanceArns"]
        rows = self.api.describe_container_instances(cluster=self.cluster, containerInstances=arns)
        for row in rows["containerInstances"]:
            if row["ec2InstanceId"] == member.ec2:
                member.arn = row["containerInstanceArn"]

    def tasks(self, member: Member | None = None, family: str = "") -> list[dict[str, Any]]:
        """Running and stopped ones, oldest first."""
        arns = [
            arn
            for status in ("RUNNING", "STOPPED")
            for page in self.api.get_paginator("list_tasks").paginate(
                cluster=self.cluster, desiredStatus=status
            )
            for arn in page["taskArns"]
        ]
        rows: list[dict[str, Any]] = []
        for at in range(0, len(arns), 100):
            rows += self.api.describe_tasks(cluster=self.cluster, tasks=arns[at : at + 100])[
                "tasks"
            ]
        return sorted(
            (
                row
                for row in rows
                if member is None or row["containerInstanceArn"] == member.arn
                if not family or family_of(row) == family
            ),
            key=lambda row: str(row["createdAt"]),
        )

    def started(self) -> dict[tuple[str, str], int]:
        """How many tasks of each daemon were ever started on each instance."""
        time.sleep(LISTING_LAG)
        counts: dict[tuple[str, str], int] = {}
        for row in self.tasks():
            if family_of(row) in DAEMONS:
                key = (family_of(row), row["containerInstanceArn"])
                counts[key] = counts.get(key, 0) + 1
        return counts

    def more(self, before: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
        """What was started since."""
        now = self.started()
        return {key: now[key] - before.get(key, 0) for key in now if now[key] != before.get(key, 0)}

    def doubles(self) -> list[str]:
        """Tasks that were made while an earlier one of the daemon was not over on that instance."""
        time.sleep(LISTING_LAG)
        last: dict[tuple[str, str], dict[str, Any]] = {}
        found = []
        for row in self.tasks():
            key = (family_of(row), row["containerInstanceArn"])
            before = last.get(key)
            if key[0] in DAEMONS and before:
                over = before.get("stoppedAt")
                if over is None or over > row["createdAt"]:
                    found.append(f"{key}: {before['taskArn']} and {row['taskArn']}")
            last[key] = row
        return found

    def gone_from_ecs(self, member: Member) -> bool:
        arns = self.api.list_container_instances(cluster=self.cluster)["containerInstanceArns"]
        return member.arn not in arns

    def register(self, family: str, *more: dict[str, str], image: str = "") -> str:
        """A revision, with more in its environment, or with another image of the registry."""
        secrets = {"/consul/registrator-token": self.consul.token("registrator")}
        definition = manifests.definition(family, self.images, secrets)
        for container in definition["containerDefinitions"]:
            container["environment"] += more
            container["image"] = self.lab.registry.name(image) if image else container["image"]
        made = self.api.register_task_definition(**definition)["taskDefinition"]
        return f"{made['family']}:{made['revision']}"

    def pin(self, daemon: str, revision: str) -> None:
        """Ask for a revision in the config, which the controller reads again by itself."""
        content = yaml.safe_load(self.config.read_text("utf-8"))
        for each in content["daemons"]:
            if each["name"] == daemon:
                each["taskDefinition"] = revision
        self.config.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")

    def _config(self) -> Path:
        token = self.folder / "consul-token"
        token.write_text(self.consul.token("daemonctl"), "utf-8")
        token.chmod(0o600)
        cluster = {
            "name": self.cluster,
            "region": "us-east-1",
            "events": {"queueUrl": self.ecs.queue()},
            # Nothing is stopped by choice until these are over after the start: seconds, here.
            "resync": {"intervalSeconds": 15, "listingLagSeconds": 5},
        }
        more = {
            "consul": {"address": self.consul.url, "tokenFile": str(token)},
            "http": {"listen": "127.0.0.1:0", "metricsListen": "127.0.0.1:0"},
        }
        path = self.folder / "daemonctl.yaml"
        return manifests.config(path, cluster=cluster, more=more, bench=self._bench)


def family_of(task: dict[str, Any]) -> str:
    """Of the task definition that it runs."""
    return str(task["taskDefinitionArn"]).rsplit("/", 1)[-1].partition(":")[0]


def pretty(rows: object) -> str:
    """For a failing test's message."""
    return json.dumps(rows, indent=1, default=str)
