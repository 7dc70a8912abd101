"""A local ECS and a controller as processes of their own, and eyes for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
from botocore.config import Config

DAEMONS = """\
  - {name: consul-agent, taskDefinition: consul-agent}
  - name: registrator
    taskDefinition: registrator
    dependsOn: [{daemon: consul-agent, condition: READY}]
"""
PATIENCE = 120.0
"""Seconds after which something will not come any more; nothing is asserted about the time."""


def program(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "daemonctl.cli.main", *arguments]


def eventually(there: Callable[[], bool], what: Callable[[], object] = lambda: "") -> None:
    deadline = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


def clean_env(**more: str) -> dict[str, str]:
    """No AWS account, no config and no proxy of whoever runs the tests."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "DAEMONCTL_"))}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    fixed = {"AWS_EC2_METADATA_DISABLED": "true", "NO_PROXY": "127.0.0.1", "AWS_PAGER": ""}
    return kept | nowhere | fixed | {"PATH": path, "PYTHONWARNINGS": ""} | more


KEYS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


class Process:
    """A child whose output goes to a file; ends with the test."""

    def __init__(self, command: Sequence[str], log: Path, env: Mapping[str, str]) -> None:
        self.log = log
        with log.open("wb") as out:
            self.child = subprocess.Popen(
                command, stdout=out, stderr=subprocess.STDOUT, env=dict(env)
            )

    def said(self) -> str:
        return self.log.read_text("utf-8", errors="replace")

    def close(self) -> None:
        self.child.kill()
        self.child.wait()


class Ecs(Process):
    """A local ECS on a free port, or on the one given."""

    def __init__(self, folder: Path, *options: str, port: int = 0) -> None:
        command = program("local", "up", "--port", str(port), *options)
        super().__init__(command, folder / "ecs.log", clean_env())
        eventually(lambda: " ready at http" in self.said(), self.said)
        self.endpoint = self.said().split(" ready at ")[1].split(";")[0]
        self.env = clean_env(AWS_ENDPOINT_URL=self.endpoint, AWS_REGION="us-east-1", **KEYS)

    def aws(self, *arguments: str) -> str:
        command = ["aws", "--endpoint-url", self.endpoint, "--output", "text"]
        command += ["--region", "us-east-1", *arguments]
        return subprocess.run(
            command, env=self.env, check=True, capture_output=True, text=True
        ).stdout.strip()

    def local(self, *arguments: str) -> str:
        command = program("local", *arguments, "--endpoint", self.endpoint)
        return subprocess.run(
            command, env=self.env, check=True, capture_output=True, text=True
        ).stdout.strip()

    @cached_property
    def boto(self) -> Any:
        """ECS by boto3, which asks once: much cheaper than `aws` where a test looks often."""
        return boto3.client(
            "ecs",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}),
        )

    def close(self) -> None:
        if "boto" in self.__dict__:
            self.boto.close()
        super().close()

    def queue(self) -> str:
        return f"{self.endpoint}/000000000000/daemonctl-local"

    def behave(self, family: str, **behaviour: float) -> None:
        """Containers of a family's tasks do as told."""
        body = json.dumps({"family": family, "behaviour": behaviour}).encode()
        request = Request(f"{self.endpoint}/_local/behave", data=body)  # noqa: S310  ours
        urlopen(request, timeout=10).close()  # noqa: S310  ours


class Controller(Process):
    """`daemonctl run` on free ports; `status`, `metric` and `get` ask it."""

    def __init__(self, config: Path, env: Mapping[str, str], *options: str) -> None:
        command = program("run", "--config", str(config), *options)
        super().__init__(command, config.with_suffix(".log"), env)
        eventually(lambda: '"daemonctl runs"' in self.said() or self.ended(), self.said)
        line = next(line for line in self.said().splitlines() if '"daemonctl runs"' in line)
        self.api, self.metrics = (f"http://{json.loads(line)[key]}" for key in ("api", "metrics"))

    def ended(self) -> bool:
        return self.child.poll() is not None

    def get(self, path: str) -> str:
        with urlopen(self.api + path, timeout=10) as answer:  # noqa: S310  our own, on loopback
            text: str = answer.read().decode()
            return text

    def cluster(self) -> dict[str, object]:
        cluster: dict[str, object] = json.loads(self.get("/v1/status"))["clusters"][0]
        return cluster

    def ready(self, daemon: str) -> int:
        rows = json.loads(self.get("/v1/status"))["clusters"][0]["daemons"]
        return next((int(row["ready"]) for row in rows if row["name"] == daemon), 0)

    def counted(self, metric: str, *labels: str) -> float:
        with urlopen(f"{self.metrics}/metrics", timeout=10) as answer:  # noqa: S310  as above
            lines = answer.read().decode().splitlines()
        rows = [line for line in lines if line.startswith(f"daemonctl_{metric}")]
        return sum(float(r.rpartition(" ")[2]) for r in rows if all(one in r for one in labels))


def write_config(folder: Path, clusters: str, daemons: str = DAEMONS) -> Path:
    path = folder / "daemonctl.yaml"
    path.write_text(
        f"owner: scene\nclusters:\n  - {{{clusters}}}\n"
        'http: {listen: "127.0.0.1:0", metricsListen: "127.0.0.1:0"}\n'
        f"daemons:\n{daemons}",
        "utf-8",
    )
    return path


@contextmanager
def closing(*processes: Process) -> Iterator[None]:
    with ExitStack() as stack:
        for each in processes:
            stack.callback(each.close)
        yield
