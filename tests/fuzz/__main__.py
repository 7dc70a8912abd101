"""`make fuzz`: made-up requests by the thousand, to a real controller on the local ECS.

Schemathesis makes them from the published description, good ones and bad ones, and holds every
answer against it: no 5xx, only the statuses, types, headers and bodies that are described, bad
ones refused, good ones not, nothing without the token.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final
from urllib.request import Request, urlopen

from openapi_spec_validator import validate

from tests.scenarios.processes import DAEMONS, Controller, Ecs, closing, eventually

TOKEN: Final = "made-up-token"  # noqa: S105  # of a process that ends with this one
LEAST: Final = 10_000
"""Requests of a whole run."""

INSTANCES: Final = 6
EXAMPLES: Final = 450
"""Made up for each operation of the API, at most, beside those that schemathesis thinks out."""

SETTINGS: Final = """\
warnings = false

[dictionaries]
aliases = {{values = ["local"]}}
daemons = {{values = ["consul-agent", "registrator"]}}
instances = {{values = {instances}}}
zones = {{values = {zones}}}

[parameters]
"path.alias" = {{dictionary = "aliases", probability = 0.8}}
"path.daemon" = {{dictionary = "daemons", probability = 0.8}}
"path.id" = {{dictionary = "instances", probability = 0.6}}
"query.cluster" = {{dictionary = "aliases", probability = 0.8}}
"query.daemon" = {{dictionary = "daemons", probability = 0.5}}
"query.zone" = {{dictionary = "zones", probability = 0.7}}
"""
"""Names that there are: with made-up ones alone every answer would be a 404."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="for each operation")
    parser.add_argument("--seed", type=int, help="others than the same ones every time")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="daemonctl-fuzz-")))
        ecs = Ecs(folder, "--instances", str(INSTANCES), "--seed", "7")
        stack.enter_context(closing(ecs))
        controller = Controller(_config(folder), ecs.env)
        stack.enter_context(closing(controller))
        return _fuzz(folder, controller, asked.examples, asked.seed)


def _fuzz(folder: Path, controller: Controller, examples: int, seed: int | None) -> int:
    rows: list[Mapping[str, Any]] = []

    def seen() -> bool:
        rows[:] = _ask(controller.api, "/v1/clusters/local/instances")["instances"]
        codes = [verdict["code"] for row in rows for verdict in row["verdicts"]]
        return codes == ["READY"] * 2 * INSTANCES

    eventually(seen, controller.said)
    _settings(folder, rows)
    validate(dict(_ask(controller.api, "/openapi.json")))
    counts: Counter[tuple[str, int]] = Counter()
    api = ("--exclude-tag", "health", "--max-examples", str(examples))
    metrics = ("--include-tag", "health", "--max-examples", str(examples // 3))
    good = True
    for url, options in ((controller.api, api), (controller.metrics, metrics)):
        good = _run(folder, controller.api, url, seed, options) and good
        found = json.loads((folder / "counts.json").read_text("utf-8"))
        counts.update({(label, status): count for label, status, count in found})
    _tell(counts)
    whole = examples >= EXAMPLES
    faults = [
        *(["schemathesis found faults: see above"] if not good else []),
        *(["the controller has ended"] if controller.ended() else []),
        *[line for line in controller.said().splitlines() if "request failed" in line],
        *([f"fewer than {LEAST} requests"] if whole and counts.total() < LEAST else []),
    ]
    for fault in faults:
        say(fault)
    if not controller.ended():
        _ask(controller.metrics, "/livez")
    return 1 if faults else 0


def _run(folder: Path, api: str, url: str, seed: int | None, options: tuple[str, ...]) -> bool:
    command = [
        *(sys.executable, "-m", "schemathesis.cli"),
        *("--config-file", str(folder / "schemathesis.toml")),
        *("run", f"{api}/openapi.json", "--url", url, "--header", f"Authorization: Bearer {TOKEN}"),
        *("--checks", "all", "--continue-on-failure", "--no-color", *options),
        *(["--generation-deterministic"] if seed is None else ["--seed", str(seed)]),
    ]
    hooks = Path(__file__).with_name("hooks.py").resolve()
    env = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": str(hooks),
        "FUZZ_COUNTS": str(folder / "counts.json"),
        "NO_PROXY": "127.0.0.1",
    }
    # One worker: with more, Python 3.11 may count its recursion wrong while hypothesis reads code.
    return subprocess.run(command, env=env, cwd=folder, check=False).returncode == 0


def _settings(folder: Path, rows: list[Mapping[str, Any]]) -> None:
    ids = [row[name] for row in rows for name in ("id", "ec2InstanceId", "arn")]
    zones = sorted({row["zone"] for row in rows})
    text = SETTINGS.format(instances=json.dumps(ids), zones=json.dumps(zones))
    (folder / "schemathesis.toml").write_text(text, "utf-8")


def _config(folder: Path) -> Path:
    token = folder / "token"
    token.write_text(TOKEN, "utf-8")
    path = folder / "daemonctl.yaml"
    path.write_text(
        "owner: fuzz\nclusters:\n  - {name: local, region: us-east-1}\n"
        'http: {listen: "127.0.0.1:0", metricsListen: "127.0.0.1:0", '
        f"authTokenFile: {token}}}\ndaemons:\n{DAEMONS}",
        "utf-8",
    )
    return path


def _ask(base: str, path: str) -> Mapping[str, Any]:
    request = Request(base + path, headers={"Authorization": f"Bearer {TOKEN}"})  # noqa: S310  # ours
    with urlopen(request, timeout=30) as answer:  # noqa: S310  # our own, on loopback
        found: Mapping[str, Any] = json.loads(answer.read())
        return found


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _tell(counts: Counter[tuple[str, int]]) -> None:
    """A line an operation: how many requests, and how many of each status."""
    labels = sorted({label for label, _ in counts}, key=lambda label: label.split(" ")[::-1])
    for label in labels:
        statuses = sorted((status, n) for (at, status), n in counts.items() if at == label)
        told = ", ".join(f"{status}: {count}" for status, count in statuses)
        say(f"{label:58} {sum(count for _, count in statuses):6}  {told}")
    failed = sum(count for (_, status), count in counts.items() if status >= 500)
    say(f"{counts.total()} requests to {len(labels)} operations, {failed} of them answered 5xx")


if __name__ == "__main__":
    sys.exit(main())
