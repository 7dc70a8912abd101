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

import boto3

from tests.real.consul.bench import PLAIN
from tests.real.consul.server import Server
from tests.real.parts.machine import which
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


HOSTS = tuple(f"127.0.0.{number}" for number in range(2, 8))
"""Addresses of Consul, one for each replica."""


class Replica(Controller):
    """One of the controllers. ``host`` is where it reaches Consul."""

    host = ""

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
        try:
            return urlopen(request, timeout=10)  # noqa: S310  our own, on loopback
        except HTTPError as error:
            error.close()  # its headers stay
            raise

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
            at = " ".join(("127.0.0.1", *HOSTS))
            self.consul = Server(folder / "consul", *others, client_addr=at)
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
        self.api = boto3.client(
            "ecs",
            endpoint_url=self.ecs.endpoint,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106  nobody's
        )

    def begin(self, *, more: str = "", **env: str) -> Replica:
        """Another replica, which reaches Consul at an address of its own, to be cut off alone."""
        named = f"replica{len(self.replicas)}"
        host = HOSTS[len(self.replicas) % len(HOSTS)]
        queue = f'events: {{queueUrl: "{self.ecs.queue()}"}}, '
        rows = [
            f"  - {{name: {name}, region: us-east-1, {queue if name == 'local' else ''}"
            "resync: {intervalSeconds: 20, pollSeconds: 3}}\n"
            for name in self.clusters
        ]
        path = self.folder / f"{named}.yaml"
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
        replica.host = host
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

    def pair(self) -> tuple[Replica, Replica]:
        """Who leads, all daemons ready, and one that stands by for it."""
        while sum(not each.ended() for each in self.replicas) < 2:
            self.begin()
        leader = self.leading()
        alive = [each for each in self.replicas if not each.ended() and each is not leader]
        until(lambda: alive[0].role() == "standby", said=self.said)
        return leader, alive[0]

    def running(self, family: str = "consul-agent") -> list[str]:
        """The tasks of a daemon that ECS wants running."""
        found: list[str] = self.api.list_tasks(cluster="local", family=family)["taskArns"]
        return found

    def kill(self, family: str = "consul-agent") -> str:
        """A container dies; its task's ARN."""
        victim = self.running(family)[0]
        self.ecs.local("task", "kill", victim)
        return victim

    def replaced(self, victim: str, family: str = "consul-agent", count: int = 3) -> bool:
        """Whether there are that many again, and no more, without the victim."""
        now = self.running(family)
        return victim not in now and len(now) == count

    def stops(self) -> list[str]:
        """The reasons of every stop that a daemonctl asked for, duplicates apart."""
        found = []
        for family in ("consul-agent", "registrator"):
            listed = self.api.list_tasks(cluster="local", family=family, desiredStatus="STOPPED")
            if listed["taskArns"]:
                rows = self.api.describe_tasks(cluster="local", tasks=listed["taskArns"])["tasks"]
                found += [row.get("stoppedReason", "") for row in rows]
        return [why for why in found if why.startswith("daemonctl:") and "DUPLICATE" not in why]

    def said(self) -> str:
        return "\n".join(f"--- {one.log.name}\n{one.said()[-4000:]}" for one in self.replicas)

    def close(self) -> None:
        for replica in self.replicas:
            if not replica.ended():
                replica.thaw()
        self.stack.close()


@contextlib.contextmanager
def cut(stage: Stage, replica: Replica) -> Iterator[None]:
    """No packet of this replica reaches Consul any more, and nobody is told so."""
    port = str(stage.consul.http)
    rule = ["INPUT", "-p", "tcp", "-d", replica.host, "--dport", port, "-j", "DROP"]
    iptables = which("iptables") or "iptables"
    subprocess.run([iptables, "-w", "-I", *rule], check=True)
    try:
        yield
    finally:
        subprocess.run([iptables, "-w", "-D", *rule], check=True)
