"""Consul agents on loopback, on ports of their own, with ACLs on and nothing allowed by default.

No root, no Docker: this is for the contract of the adapters, not for the whole.
"""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import time
import uuid
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from tests.real.consul_binary import consul_binary

START_SECONDS = 60.0


def free_ports(count: int) -> list[int]:
    """Ports that nobody holds, TCP or UDP."""
    with contextlib.ExitStack() as held:
        ports = []
        for _ in range(count):
            tcp = held.enter_context(socket.socket())
            tcp.bind(("127.0.0.1", 0))
            udp = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            udp.bind(tcp.getsockname())
            ports.append(tcp.getsockname()[1])
        return ports


class Agent:
    """One Consul process: a client of the one it joins, or one of so many ``servers``."""

    def __init__(
        self,
        folder: Path,
        name: str,
        *,
        join: Agent | None = None,
        token: str = "",
        servers: int = 0,
        **config: Any,
    ) -> None:
        folder.mkdir(parents=True)
        self.name = name
        self.http, self.serf, server = free_ports(3)
        self.url = f"http://127.0.0.1:{self.http}"
        self._log = (folder / "log").open("wb")
        settings: dict[str, Any] = {
            "node_name": name,
            "bind_addr": "127.0.0.1",
            "client_addr": "127.0.0.1",
            "data_dir": str(folder / "data"),
            "ports": {
                "http": self.http,
                "serf_lan": self.serf,
                "server": server,
                "serf_wan": -1,
                "dns": -1,
                "grpc": -1,
            },
            "acl": {"enabled": True, "default_policy": "deny"},
            "disable_update_check": True,
            "log_level": "warn",
            **config,
        }
        if servers:
            settings |= {"server": True, "bootstrap_expect": servers}
            settings["performance"] = {"raft_multiplier": 1}
        if join is not None:
            settings["retry_join"] = [f"127.0.0.1:{join.serf}"]
        if token:
            settings["acl"]["tokens"] = {"agent": token}
        self.settings = settings
        self._config = folder / "config.json"
        self._config.write_text(json.dumps(settings))
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [str(consul_binary()), "agent", "-config-file", str(self._config)],
            stdout=self._log,
            stderr=self._log,
            stdin=subprocess.DEVNULL,
        )

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def restart(self) -> None:
        """Again, with the data it had."""
        self.process = self._start()

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        self._log.close()


class Server(Agent):
    """A server, ready to serve. ``management`` may do everything."""

    def __init__(self, folder: Path, *others: str, **config: Any) -> None:
        """``others`` are the names of further servers, which it takes to lead."""
        super().__init__(folder, "server", servers=1 + len(others), **config)
        self.others = [
            Agent(folder / name, name, join=self, servers=1 + len(others)) for name in others
        ]
        self.folder = folder
        self.management = ""
        deadline = time.monotonic() + START_SECONDS
        while not self.management:
            try:
                self.management = self.ask("PUT", "acl/bootstrap")["SecretID"]
            except (URLError, OSError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)  # nothing tells when it listens
        self.ready()

    def ready(self) -> None:
        """Returns once it leads and is in its own catalog."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(URLError, OSError):
                if self.ask("GET", "health/state/passing"):
                    return
            if time.monotonic() > deadline:
                raise TimeoutError("the Consul server has no leader")
            time.sleep(0.05)  # nor when it leads

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """As an administrator. Raises HTTPError, URLError."""
        request = Request(  # noqa: S310  our own server
            f"{self.url}/v1/{path}",
            None if body is None else json.dumps(body).encode(),
            {"X-Consul-Token": self.management},
            method=method,
        )
        with urlopen(request, timeout=5) as answer:  # noqa: S310  our own server
            said = answer.read()
        return json.loads(said) if said.strip() else None

    def token(self, *rules: str) -> str:
        """A token with a policy of each of these rules."""
        names = [f"p-{uuid.uuid4().hex}" for _ in rules]
        for name, text in zip(names, rules, strict=True):
            self.ask("PUT", "acl/policy", {"Name": name, "Rules": text})
        policies = [{"Name": name} for name in names]
        return str(self.ask("PUT", "acl/token", {"Policies": policies})["SecretID"])

    def close(self) -> None:
        for other in self.others:
            other.close()
        super().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


__all__ = ["Agent", "HTTPError", "Server"]
