"""Real Consul agents, one a container instance of a local ECS, and a controller beside them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.real.consul.bench import shipped
from tests.real.consul.server import Agent, Server
from tests.scenarios.processes import DAEMONS, Controller, Ecs, eventually

CONFIG = """\
owner: yard
clusters:
  - name: local
    region: us-east-1
    events: {{queueUrl: "{queue}"}}
    resync: {{intervalSeconds: 2, listingLagSeconds: 1}}
consul:
  address: {consul}
  tokenFile: {token}
  ghosts: {{maxShare: 100%}}
http: {{listen: "127.0.0.1:0", metricsListen: "127.0.0.1:0"}}
daemons:
"""
READS, GHOSTS, FORCE = "daemonctl", "daemonctl-ghosts", "daemonctl-force-leave"


class Yard:
    """``hosts`` hosts: ``ec2`` their ids, ``arns`` by id, ``agents`` by the name of their node."""

    def __init__(self, folder: Path, hosts: int, policies: Sequence[str]) -> None:
        self._stack = ExitStack()
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.server = self._stack.enter_context(Server(folder / "server"))
        self._agents_token = self.server.token(*shipped("consul-agent"))
        self.ecs = Ecs(folder, "--instances", str(hosts))
        self._stack.callback(self.ecs.close)
        listed = self.ecs.boto.list_container_instances(cluster="local")
        arns = listed["containerInstanceArns"]
        rows = self.ecs.boto.describe_container_instances(cluster="local", containerInstances=arns)
        self.arns = {
            row["ec2InstanceId"]: row["containerInstanceArn"] for row in rows["containerInstances"]
        }
        self.ec2 = sorted(self.arns)
        self.agents = {ec2: self.join(ec2, ec2) for ec2 in self.ec2}
        token = folder / "token"
        token.write_text(self.server.token(*shipped(*policies)))
        config = folder / "yard.yaml"
        config.write_text(
            CONFIG.format(queue=self.ecs.queue(), consul=self.server.url, token=token) + DAEMONS
        )
        for ec2 in self.ec2:
            eventually(lambda: self.alive(ec2), lambda: ec2)  # noqa: B023  asked before the next
        self.controller = Controller(config, self.ecs.env)
        self._stack.callback(self.controller.close)
        eventually(self.in_place, self.controller.said)

    def join(self, name: str, ec2: str, *, address_of: Agent | None = None) -> Agent:
        """Starts the agent of a host; with ``address_of`` at the address of another one."""
        meta = {
            "ecs-cluster": "local",
            "ecs-container-instance": self.arns[ec2].rsplit("/", 1)[-1],
            "ec2-instance-id": ec2,
        }
        folder = self._folder / f"agent-{name}-{ec2}"
        config: dict[str, Any] = {"node_meta": meta}
        if address_of is not None:
            config["ports"] = address_of.settings["ports"]
        agent = Agent(folder, name, join=self.server, token=self._agents_token, **config)
        self._stack.callback(agent.close)
        return agent

    def node(self, name: str) -> Any:
        """As the catalog has it; None where it has none."""
        found = self.server.ask("GET", f"catalog/node/{name}")
        return None if found is None else found["Node"]

    def alive(self, name: str) -> bool:
        """Whether a node's agent has joined, with its meta."""
        checks = self.server.ask("GET", f"health/node/{name}")
        passing = [one for one in checks if one["Status"] == "passing"]
        return bool(passing) and "ecs-cluster" in ((self.node(name) or {}).get("Meta") or {})

    def members(self) -> dict[str, int]:
        """What the gossip knows, by status: 1 alive, 3 left, 4 failed."""
        return {one["Name"]: one["Status"] for one in self.server.ask("GET", "agent/members")}

    def in_place(self) -> bool:
        """Every daemon is ready on every host."""
        rows = self.status()["daemons"]
        return bool(rows) and all(row["ready"] == row["desired"] == len(self.ec2) for row in rows)

    def status(self) -> Any:
        """The cluster in the status API."""
        return self.controller.cluster()

    def terminate(self, ec2: str) -> None:
        """The machine is gone, and its agent with it."""
        self.ecs.local("instance", "terminate", ec2)
        if ec2 in self.agents:
            self.agents[ec2].kill()

    def drain(self, ec2: str) -> None:
        """ECS sets the instance DRAINING."""
        self.ecs.boto.update_container_instances_state(
            cluster="local", containerInstances=[self.arns[ec2]], status="DRAINING"
        )

    def gone(self, name: str) -> None:
        """Waits until the catalog has no such node."""
        eventually(lambda: self.node(name) is None, self.controller.said)

    def removed(self) -> list[str]:
        """What the journal has of removals, in words."""
        rows = json.loads(self.controller.get("/v1/events?limit=1000"))["events"]
        wanted = ("force-leave ok", "deregister ok")
        return [f"{row['code']}: {row['words']}" for row in rows if row["code"] in wanted]

    def close(self) -> None:
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
