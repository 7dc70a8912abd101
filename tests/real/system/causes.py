"""Daemons that cannot run, each for a reason of its own."""

from __future__ import annotations

from typing import Any

import yaml

from tests.real.system.member import Member
from tests.real.system.system import System
from tests.scenarios.processes import Controller

PORT = 7070
FOREIGN = "foreign"


class Causes:
    """A controller of its own (``owner: causes``) for one host of the cluster."""

    def __init__(self, system: System, member: Member) -> None:
        self._system = system
        self._member = member
        image = system.images["elasticsearch"]
        member.host.cli("run", "-d", "--name", FOREIGN, "-p", f"{PORT}:9200", image)
        for definition in self._definitions():
            system.api.register_task_definition(**definition)
        config = system.folder / "causes.yaml"
        config.write_text(yaml.safe_dump(self._config()), "utf-8")
        self._controller = Controller(config, system.ecs.env)

    def explained(self, daemon: str) -> str:
        """What ``daemonctl explain`` says of the daemon on the host, in one line."""
        said = self._system.daemonctl("explain", self._member.ec2, to=self._controller)
        parts = [part for part in said.split("\n\n") if part.strip().startswith(f"{daemon}:")]
        return " ".join(" ".join(parts).split())

    def close(self) -> None:
        self._controller.close()
        self._member.host.cli("rm", "-f", FOREIGN)
        for task in self._system.tasks(self._member):
            if task.get("startedBy") == "daemonctl/causes" and task["lastStatus"] != "STOPPED":
                self._system.api.stop_task(cluster=self._system.cluster, task=task["taskArn"])

    def _definitions(self) -> list[dict[str, Any]]:
        python = {"image": self._system.images["python"], "cpu": 8, "memory": 32, "essential": True}
        sleep = ["/usr/bin/python3", "-c", "import time; time.sleep(1000)"]
        never = ["CMD", "/usr/bin/python3", "-c", "raise SystemExit(1)"]
        check = {"command": never, "interval": 5, "timeout": 2, "retries": 1}
        bound = {"containerPort": PORT, "hostPort": PORT, "protocol": "tcp"}
        containers: dict[str, dict[str, Any]] = {
            "no-image": {**python, "image": f"{python['image']}-that-nobody-pushed"},
            "exits": {**python, "command": ["/usr/bin/python3", "-c", "raise SystemExit(3)"]},
            "sick": {**python, "command": sleep, "healthCheck": check},
            "port": {**python, "command": sleep, "portMappings": [bound]},
        }
        return [
            {"family": name, "containerDefinitions": [{"name": name, **container}]}
            for name, container in containers.items()
        ]

    def _config(self) -> dict[str, Any]:
        here = [{"type": "memberOf", "expression": f"ec2InstanceId == {self._member.ec2}"}]
        about = {"placementConstraints": here, "unhealthyAfterSeconds": 5}
        return {
            "owner": "causes",
            "clusters": [
                {
                    "name": self._system.cluster,
                    "region": "us-east-1",
                    "resync": {"pollSeconds": 2},
                    "healthPollSeconds": 2,
                }
            ],
            "http": {"listen": "127.0.0.1:0", "metricsListen": "127.0.0.1:0"},
            "daemons": [
                {"name": name, "taskDefinition": name, **about}
                for name in ("no-image", "exits", "sick", "port")
            ],
        }
