"""How long an operator waits for a command, as a ratio to what Python itself takes to start.

Every round runs each command once, one after the other, so that a busy moment of the machine
strikes all of them alike; medians are told. The controller is a real one on a local ECS, and only
watches: what it would do does not disturb the figures.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.scenarios.processes import (
    Controller,
    Ecs,
    clean_env,
    closing,
    eventually,
    write_config,
)

ROUNDS = 15
PYTHON = "python -c pass"
_SAID = (0, 1, 3)  # well, could not be reached, there is something to do
_ANY = "/v1/clusters/local/instances?limit=1"
_COMPLETE = "_DAEMONCTL_COMPLETE"


def run(instances: int, daemons: int) -> dict[str, float]:
    """Milliseconds of each command, and how many times as long as Python alone it takes."""
    del daemons  # the two of the scenarios
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        ecs = Ecs(path, "--instances", str(instances))
        with closing(ecs):
            clusters = "name: local, region: us-east-1"
            controller = Controller(write_config(path, clusters), ecs.env, "--dry-run")
            with closing(controller):
                eventually(lambda: controller.cluster()["state"] == "ready", controller.said)
                (row,) = json.loads(controller.get(_ANY))["instances"]
                taken = _rounds(_commands(controller.api, row["ec2InstanceId"]))
    alone = median(taken[PYTHON])
    figures: dict[str, float] = {"instances": instances}
    for name, seconds in taken.items():
        figures[f"{name} ms"] = round(median(seconds) * 1e3, 1)
        figures[f"{name} ratio"] = round(median(seconds) / alone, 2)
    return figures


def _commands(api: str, instance: str) -> dict[str, tuple[list[str], Mapping[str, str]]]:
    nobody = clean_env(DAEMONCTL_SERVER="http://127.0.0.1:9")
    there = clean_env(DAEMONCTL_SERVER=api)
    tab = {_COMPLETE: "bash_complete", "COMP_WORDS": "daemonctl st", "COMP_CWORD": "1"}
    return {
        PYTHON: ([sys.executable, "-c", "pass"], nobody),
        "--help": (_daemonctl("--help"), nobody),
        "--version": (_daemonctl("--version"), nobody),
        "completion": (_daemonctl(), nobody | tab),
        "status, nobody there": (_daemonctl("status"), nobody),
        "status": (_daemonctl("status"), there),
        "status -o json": (_daemonctl("status", "-o", "json"), there),
        "status DAEMON": (_daemonctl("status", "registrator"), there),
        "explain": (_daemonctl("explain", instance), there),
        "instances": (_daemonctl("instances"), there),
        "events": (_daemonctl("events", "--since", "1s"), there),
    }


def _daemonctl(*words: str) -> list[str]:
    return [str(Path(sys.executable).with_name("daemonctl")), *words]


def _rounds(commands: Mapping[str, tuple[list[str], Mapping[str, str]]]) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(ROUNDS + 1):
        for name, (command, env) in commands.items():
            began = perf_counter()
            done = subprocess.run(command, env=dict(env), capture_output=True, check=False)
            if turn:  # the first round reads the files into memory
                taken[name].append(perf_counter() - began)
            if done.returncode not in _SAID:
                raise SystemExit(f"{name} exits {done.returncode}: {done.stderr.decode()}")
    return taken
