"""A host of the lab as a container instance: its agent, its tasks' containers, its Consul."""

from __future__ import annotations

import http.client
import json
import shutil
import signal
import socket
import subprocess
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.real.consul_binary import consul_binary
from tests.real.parts.host import Host
from tests.real.parts.shell import wait_for
from tests.scenarios.processes import program

if TYPE_CHECKING:
    from tests.real.system.system import System

_LABEL = "com.amazonaws.ecs"


class Member:
    """``ec2`` is its EC2 instance id, ``arn`` its container instance's (known once it joined)."""

    def __init__(self, system: System, host: Host, ec2: str, zone: str) -> None:
        self.host = host
        self.ec2 = ec2
        self.zone = zone
        self._system = system
        self._agent: subprocess.Popen[bytes] | None = None
        self.arn = ""

    def start_agent(self) -> None:
        """The ECS agent of the host begins, again with what it knew."""
        self._agent = self._system.lab.start(
            *program("local", "agent"),
            *("--docker-host", self.host.docker, "--endpoint", self._system.ecs.endpoint),
            *("--cluster", self._system.cluster, "--instance-id", self.ec2, "--zone", self.zone),
            *("--private-ip", self.host.address, "--state", str(self.host.folder / "agent.json")),
            log=self.host.folder / "agent.log",
            env={"PYTHONWARNINGS": ""},
        )

    def stop_agent(self, number: signal.Signals = signal.SIGKILL) -> None:
        if self._agent:
            self._agent.send_signal(number)
            self._agent.wait()
            self._agent = None

    def lost(self) -> None:
        """EC2 terminates it: the machine is gone at once, ECS finds out in its own time."""
        self._system.ecs.local("instance", "terminate", self.ec2)
        self.host.pull_the_plug()
        self.stop_agent()

    def containers(self, family: str) -> list[str]:
        """Ids of the running containers of a family's tasks, as the engine has them."""
        wanted = {"label": [f"{_LABEL}.task-definition-family={family}"], "status": ["running"]}
        rows = self.engine(f"/containers/json?filters={quote(json.dumps(wanted))}")
        return [str(row["Id"]) for row in rows]

    def kill(self, family: str) -> str:
        """``docker kill``; the id of what died."""
        (container,) = self.containers(family)
        self.host.cli("kill", container)
        return container

    def replaced(self, family: str, before: str) -> bool:
        """Whether another container of the family runs in its place."""
        return any(each != before for each in self.containers(family))

    def engine(self, path: str) -> Any:
        """Ask the Docker engine."""
        line = http.client.HTTPConnection("docker", timeout=10)
        line.sock = socket.socket(socket.AF_UNIX)
        try:
            line.sock.connect(str(self.host.socket))
            line.request("GET", path)
            return json.loads(line.getresponse().read())
        finally:
            line.close()

    def empty(self) -> None:
        """Remove every container, and what Consul kept."""
        ids = [str(row["Id"]) for row in self.engine("/containers/json?all=1")]
        if ids:
            self.host.cli("rm", "-f", *ids)
        self.forget()

    def forget(self) -> None:
        """The Consul agent's data directory is lost."""
        for path in (self.host.folder / "consul").iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    def logs(self, container: str) -> str:
        """All that it wrote."""
        done = subprocess.run(
            ["docker", "-H", self.host.docker, "logs", container],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout + done.stderr

    def agent(self, path: str) -> Any:
        """Ask the host's own Consul agent, as registrator may."""
        token = self._system.consul.token("registrator")
        header = ("--header", f"X-Consul-Token: {token}")
        return json.loads(self.host.run("curl", "-sf", *header, f"http://127.0.0.1:8500{path}"))

    def members(self) -> str:
        """``consul members``, as an operator on this host sees it."""
        token = f"-token={self._system.consul.token('consul-dns')}"
        return self.host.run(str(consul_binary()), "members", token)

    def alive(self) -> bool:
        """Whether Consul's servers have this host's agent alive."""
        return self._system.consul.alive().get(self.ec2, False)

    def probe(self, name: str) -> None:
        """Start something that registrator should find, outside of ECS."""
        image = self._system.images["elasticsearch"]
        options = ("--name", name, "-p", "9200", "-e", f"SERVICE_NAME={name}")
        self.host.cli("run", "-d", *options, image)

    def wait_probe(self, name: str, seconds: float = 60.0) -> None:
        wait_for(lambda: bool(self._system.consul.services(name)), f"{name} in Consul", seconds)
        self.host.cli("rm", "-f", name)
