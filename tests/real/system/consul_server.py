"""A Consul server with ACLs on and nothing allowed by default, and the tokens of the suite."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import uuid
from typing import Any

from tests.real.consul_binary import consul_binary
from tests.real.parts.lab import PROJECT, Lab
from tests.real.parts.shell import PartsError, wait_for

POLICIES = PROJECT / "deploy" / "consul"
BESIDE = {"daemonctl": ("daemonctl-ghosts", "daemonctl-force-leave", "daemonctl-services")}
"""What a token needs beside its policy, for what the suite's config asks for."""


class ConsulServer:
    """``token(policy)`` has what the file of that name in deploy/consul allows, and no more."""

    def __init__(self, lab: Lab) -> None:
        self.address = lab.address
        self.url = f"http://{lab.address}:8500"
        self._lab = lab
        self._folder = lab.folder / "consul-server"
        self._folder.mkdir()
        self._config = self._folder / "server.json"
        self._config.write_text(json.dumps(self._settings()), "utf-8")
        self.management = ""
        self._process = self._start()
        wait_for(self._bootstrapped, f"a leader ({self._folder}/log)")
        policies = sorted(POLICIES.glob("*.hcl"))
        for path in policies:
            rules = {"Name": path.stem, "Rules": path.read_text("utf-8")}
            self._ask("PUT", "/v1/acl/policy", rules)
        self._tokens = {path.stem: self._token(path.stem) for path in policies}

    def token(self, policy: str) -> str:
        return self._tokens[policy]

    def get(self, path: str) -> Any:
        """As an administrator."""
        return self._ask("GET", path)

    def pause(self) -> None:
        """It keeps its connections and answers nobody."""
        os.kill(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self._process.pid, signal.SIGCONT)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def start(self) -> None:
        """Again, with what it knew."""
        self._process = self._start()
        wait_for(self._leads, f"a leader ({self._folder}/log)")

    def alive(self) -> dict[str, bool]:
        """Every node of the catalog but the server, and whether gossip has it alive."""
        rows = self._ask("GET", "/v1/health/state/any")
        return {
            str(row["Node"]): row["Status"] == "passing"
            for row in rows
            if row["CheckID"] == "serfHealth" and row["Node"] != "server"
        }

    def services(self, name: str) -> list[str]:
        """address:port of every passing instance of a service."""
        rows = self._ask("GET", f"/v1/health/service/{name}?passing")
        return sorted(f"{row['Service']['Address']}:{row['Service']['Port']}" for row in rows)

    def _settings(self) -> dict[str, Any]:
        return {
            "server": True,
            "bootstrap_expect": 1,
            "datacenter": "dc1",
            "node_name": "server",
            "data_dir": str(self._folder / "data"),
            "bind_addr": self.address,
            "client_addr": self.address,
            "acl": {"enabled": True, "default_policy": "deny"},
            "performance": {"raft_multiplier": 1},
            "disable_update_check": True,
            "log_level": "warn",
        }

    def _start(self) -> subprocess.Popen[bytes]:
        command = (str(consul_binary()), "agent", f"-config-file={self._config}")
        return self._lab.start(*command, log=self._folder / "log")

    def _bootstrapped(self) -> bool:
        try:
            self.management = self._ask("PUT", "/v1/acl/bootstrap")["SecretID"]
        except (OSError, PartsError):
            return False
        return self._leads()

    def _leads(self) -> bool:
        try:
            return bool(self._ask("GET", "/v1/operator/raft/configuration")["Servers"][0]["Leader"])
        except (OSError, PartsError):
            return False

    def _token(self, policy: str) -> str:
        secret = str(uuid.uuid4())
        names = [{"Name": name} for name in (policy, *BESIDE.get(policy, ()))]
        self._ask("PUT", "/v1/acl/token", {"SecretID": secret, "Policies": names})
        return secret

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        line = http.client.HTTPConnection(self.address, 8500, timeout=5)
        try:
            text = json.dumps(body) if body is not None else None
            line.request(method, path, text, {"X-Consul-Token": self.management})
            answer = line.getresponse()
            said = answer.read().decode(errors="replace")
        finally:
            line.close()
        if answer.status != http.HTTPStatus.OK:
            raise PartsError(f"Consul: {method} {path}: {answer.status} {said}")
        return json.loads(said) if said else None
