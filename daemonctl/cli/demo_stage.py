"""What the demo plays on: a local ECS and a controller, each a process, in a folder that goes."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

CLUSTER = "local"
OWNER = "demo"
REGION = "us-east-1"
AT_MOST = 4
"""``maxUnavailable`` of registrator."""
_GRACE = {"controller": 8.0, "local ECS": 4.0}
"""Seconds for an orderly end, the first to end first; the controller takes up to 5 s for calls."""

_READY = re.compile(r"^local ECS ready at (\S+);", re.MULTILINE)
_INHERITED = ("AWS_", "DAEMONCTL_")
_CONFIG = """\
owner: {owner}
clusters:
  - name: {cluster}
    region: {region}
    events: {{queueUrl: "{endpoint}/000000000000/daemonctl-{cluster}"}}
    resync: {{intervalSeconds: 3, listingLagSeconds: 2}}
    gate: {{openAfterSeconds: 1, closeAfterSeconds: 1}}
limits: {{maxClusterShare: 40%}}
http: {{listen: "127.0.0.1:0", metricsListen: "127.0.0.1:0"}}
daemons:
  - name: consul-agent
    taskDefinition: consul-agent
    ready: {{minReadySeconds: 1}}
    deploymentConfiguration:
      canary: {{instances: 1, bakeTimeInMinutes: 0}}
      deploymentCircuitBreaker: {{maxFailures: 1}}
  - name: registrator
    taskDefinition: registrator
    ready: {{minReadySeconds: 1}}
    dependsOn: [{{daemon: consul-agent, condition: READY}}]
    deploymentConfiguration: {{maxUnavailable: {at_most}}}
"""


class StageError(Exception):
    """A process is not there; the words hold the last of what it said."""


class Stage:
    """Two processes and a config file.

    Neither process hears the terminal's Ctrl-C: the demo ends them, the controller first.

    Attributes:
        endpoint: Where the local ECS answers.
        server, metrics: Base URLs of the controller's API and of its metrics.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="daemonctl-demo-"))
        self.config = self.folder / "daemonctl.yaml"
        self.endpoint = self.server = self.metrics = ""
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def start_ecs(self, instances: int, switches: Mapping[str, str]) -> None:
        """Begin to start the local ECS on a free port."""
        arguments = ["local", "up", "--port", "0", "--instances", str(instances)]
        for name, value in switches.items():
            arguments += ["--switch", f"{name}={value}"]
        self._start("local ECS", arguments)

    def ecs_is_up(self) -> bool:
        """Whether it answers; ``endpoint`` is set then."""
        found = _READY.search(self._said("local ECS"))
        if found is not None:
            self.endpoint = found.group(1)
            for name in [name for name in os.environ if name.startswith(_INHERITED)]:
                del os.environ[name]  # somebody's profile or proxy must not reach this demo
            os.environ.update(environment(self.endpoint))
        return found is not None

    def start_controller(self) -> int:
        """Begin to start the controller; its process id."""
        values = {"owner": OWNER, "cluster": CLUSTER, "region": REGION, "endpoint": self.endpoint}
        self.config.write_text(_CONFIG.format_map(values | {"at_most": AT_MOST}), "utf-8")
        return self._start("controller", ["run", "--config", str(self.config)])

    def controller_is_up(self) -> bool:
        """Whether it listens; ``server`` and ``metrics`` are set then."""
        for line in self._said("controller").splitlines():
            if '"daemonctl runs"' in line:
                said = json.loads(line)
                self.server, self.metrics = (f"http://{said[key]}" for key in ("api", "metrics"))
                return True
        return False

    def edit_config(self, change: Callable[[str], str]) -> None:
        """Replace the config at once, as an editor does."""
        new = self.config.with_suffix(".new")
        new.write_text(change(self.config.read_text("utf-8")), "utf-8")
        new.replace(self.config)

    def check(self) -> None:
        """Raise StageError where a process has ended that should run."""
        for name, child in self._children.items():
            if child.poll() is not None:
                said = "; ".join(self._said(name).splitlines()[-3:]) or "nothing"
                raise StageError(f"the {name} ended with {child.returncode} and said: {said}")

    def close(self) -> None:
        """End both processes and wait for them; remove the folder."""
        for name, seconds in _GRACE.items():
            child = self._children.pop(name, None)
            if child is not None:
                child.send_signal(signal.SIGTERM)
                try:
                    child.wait(seconds)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, name: str, arguments: list[str]) -> int:
        command = [sys.executable, "-m", "daemonctl.cli.main", *arguments]
        with self._log(name).open("wb") as log:
            child = subprocess.Popen(  # noqa: S603  this program, with arguments of our own
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._children[name] = child
        return child.pid

    def _said(self, name: str) -> str:
        return self._log(name).read_text("utf-8", errors="replace")

    def _log(self, name: str) -> Path:
        return self.folder / f"{name.replace(' ', '-').lower()}.log"


def environment(endpoint: str) -> dict[str, str]:
    """Variables that point AWS SDKs at the local ECS and nowhere else."""
    nowhere = os.devnull
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }
