"""Several controllers as processes, one Consul, one local ECS."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.real.consul.bench import PLAIN
from tests.real.consul.server import Server
from tests.scenarios.processes import DAEMONS, Controller, Ecs

TTL = 10
TAKEOVER = 2 * TTL + 5
"""Seconds from a leader's death to the next leader, at most: twice the TTL + LockDelay."""

PATIENCE = 60.0
TOKEN = "of-the-operator"  # noqa: S105  of a test

CONFIG = """\
owner: scene
clusters:
{clusters}
apiBudget: 1
consul: {{address: "http://{consul}", tokenFile: {token}}}
leaderElection: {{ttlSeconds: {ttl}{more}}}
http: {{listen: "127.0.0.1:0", metricsListen: "127.0.0.1:0", authTokenFile: {api}}}
daemons:
{daemons}"""


def until(holds: Callable[[], object], within: float = PATIENCE, said: object = "") -> float:
    """Waits for it; the seconds that it took."""
    began = time.monotonic()
    while not holds():
        waited = time.monotonic() - began
        assert waited < within, said() if callable(said) else said
        time.sleep(0.05)
    return time.monotonic() - began


class Replica(Controller):
    """One of the controllers."""

    def rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.get("/v1/status"))["clusters"]
        return found

    def get(self, path: str) -> str:
        with self.ask("GET", path) as answer:
            text: str = answer.read().decode()
            return text

    def ask(self, method: str, path: str) -> Any:
        request = Request(  # noqa: S310  our own, on loopback
            self.api + path, method=method, headers={"Authorization": f"Bearer {TOKEN}"}
        )
        return urlopen(request, timeout=10)  # noqa: S310  our own, on loopback

    def role(self, alias: str = "local") -> str:
        """What it is to a cluster, "" where it does not answer."""
        with contextlib.suppress(OSError, HTTPError):
            return next(str(row["leader"]["role"]) for row in self.rows() if row["alias"] == alias)
        return ""

    def leads(self, alias: str = "local") -> bool:
        return self.role(alias) == "leader"

    def kept(self, alias: str = "local", count: int = 3) -> bool:
        """Whether it leads and holds every daemon ready on so many instances."""
        with contextlib.suppress(OSError):
            for row in self.rows():
                if row["alias"] == alias and row["leader"]["role"] in ("leader", "repair-only"):
                    return [each["ready"] for each in row["daemons"]] == [count, count]
        return False

    def kill(self) -> None:
        self.child.kill()
        self.child.wait()

    def terminate(self) -> int:
        self.child.terminate()
        return self.child.wait(timeout=PATIENCE)

    def freeze(self) -> None:
        self.child.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.child.send_signal(signal.SIGCONT)


class Stage:
    """What a test plays on; everything on it ends with it."""

    def __init__(self, folder: Path, *others: str, instances: int = 3, clusters: int = 1) -> None:
        """``others`` are the names of further Consul servers."""
        self.folder = folder
        self.stack = contextlib.ExitStack()
        try:
            both = {"client_addr": "127.0.0.1 127.0.0.2"}
            self.consul = Server(folder / "consul", *others, **both)
            self.stack.callback(self.consul.close)
            (folder / "consul-token").write_text(self.consul.token(*PLAIN))
            (folder / "api-token").write_text(TOKEN)
            options = ("--instances", str(instances), "--runtime", "simulated")
            self.ecs = Ecs(folder, *options)
            self.stack.callback(self.ecs.close)
            self.clusters = ["local", *(f"more{n}" for n in range(1, clusters))]
            for name in self.clusters[1:]:
                self.ecs.aws("ecs", "create-cluster", "--cluster-name", name)
        except BaseException:
            self.stack.close()
            raise
        self.replicas: list[Replica] = []

    def begin(self, *, host: str = "127.0.0.1", more: str = "", **env: str) -> Replica:
        """Another replica, which reaches Consul at an address of its own if need be."""
        name = f"replica{len(self.replicas)}"
        queue = f'events: {{queueUrl: "{self.ecs.queue()}"}}, '
        rows = [
            f"  - {{name: {name}, region: us-east-1, {queue if name == 'local' else ''}"
            "resync: {intervalSeconds: 20, pollSeconds: 3}}\n"
            for name in self.clusters
        ]
        path = self.folder / f"{name}.yaml"
        path.write_text(
            CONFIG.format(
                clusters="".join(rows).rstrip("\n"),
                consul=f"{host}:{self.consul.http}",
                token=self.folder / "consul-token",
                api=self.folder / "api-token",
                ttl=TTL,
                more=more,
                daemons=DAEMONS,
            )
        )
        replica = Replica(path, self.ecs.env | env)
        self.stack.callback(replica.close)
        self.replicas.append(replica)
        return replica

    def leader(self, alias: str = "local") -> Replica | None:
        return next((each for each in self.replicas if each.leads(alias)), None)

    def leading(self, count: int = 3) -> Replica:
        """Waits until one leads and all is ready."""
        until(lambda: any(each.kept(count=count) for each in self.replicas), said=self.said)
        found = self.leader()
        assert found is not None
        return found

    def tasks(self) -> list[dict[str, Any]]:
        """Every daemon's task that ECS wants running."""
        said = self.ecs.local("state") if False else ""
        del said
        rows = self.ecs.aws(
            "ecs", "list-tasks", "--cluster", "local", "--started-by", "daemonctl/scene"
        ).split()
        return [{"arn": arn} for arn in rows if arn.startswith("arn:")]

    def said(self) -> str:
        return "\n".join(f"--- {one.log.name}\n{one.said()[-4000:]}" for one in self.replicas)

    def close(self) -> None:
        for replica in self.replicas:
            if not replica.ended():
                replica.thaw()
        self.stack.close()


@contextlib.contextmanager
def cut(stage: Stage, host: str = "127.0.0.2") -> Iterator[None]:
    """No packet reaches Consul at this address any more, and nobody is told so."""
    rule = ["INPUT", "-p", "tcp", "-d", host, "--dport", str(stage.consul.http), "-j", "DROP"]
    subprocess.run(["iptables", "-w", "-I", *rule], check=True)
    try:
        yield
    finally:
        subprocess.run(["iptables", "-w", "-D", *rule], check=True)
