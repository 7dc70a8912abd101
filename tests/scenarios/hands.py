"""An operator beside a running controller: the program's own commands, with the token."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.scenarios.processes import (
    DAEMONS,
    Controller,
    Ecs,
    clean_env,
    closing,
    program,
    write_config,
)

TOKEN = "t0ken-of-this-scene"  # noqa: S105  a stand-in, not a secret


class Hands:
    """What an operator does and sees from a shell."""

    def __init__(self, ecs: Ecs, config: Path, controller: Controller, token: Path) -> None:
        self.ecs = ecs
        self.config = config
        self.controller = controller
        self._token = token

    def run(self, *words: str, token: str = "") -> subprocess.CompletedProcess[str]:
        """`daemonctl …` against the controller."""
        reach = ("--server", self.controller.api, "--token-file", token or str(self._token))
        return subprocess.run(
            program(*words, *reach), env=clean_env(), capture_output=True, text=True, check=False
        )

    def did(self, *words: str) -> str:
        """What it printed; it must end with 0."""
        told = self.run(*words)
        assert told.returncode == 0, (words, told.stdout, told.stderr)
        return told.stdout

    def json(self, *words: str) -> Any:
        return json.loads(self.did(*words, "-o", "json"))

    def cluster(self) -> Any:
        return self.json("status")["clusters"][0]

    def daemon(self, name: str) -> Any:
        rows = self.cluster()["daemons"]
        return next(row for row in rows if row["name"] == name)

    def ready(self, instances: int) -> bool:
        return all(row["ready"] == instances for row in self.cluster()["daemons"])

    def running(self, family: str) -> list[dict[str, Any]]:
        """The truth: live tasks of a family, by boto3."""
        arns = self.ecs.boto.list_tasks(cluster="local", family=family)["taskArns"]
        if not arns:
            return []
        tasks = self.ecs.boto.describe_tasks(cluster="local", tasks=arns)["tasks"]
        return [task for task in tasks if task["lastStatus"] == "RUNNING"]


@contextmanager
def hands(
    folder: Path,
    instances: int,
    *options: str,
    daemons: str = DAEMONS,
    through: Callable[[str], str] = lambda endpoint: endpoint,
) -> Iterator[Hands]:
    """A local ECS, a controller with a token that reaches it ``through``, and an operator."""
    world = Ecs(folder, "--instances", str(instances), "--seed", "7")
    with closing(world):
        queue = f'events: {{queueUrl: "{world.queue()}"}}'
        resync = "resync: {intervalSeconds: 1, listingLagSeconds: 2}"
        of = f"name: local, region: us-east-1, {queue}, {resync}"
        config = write_config(folder, of, daemons)
        token = folder / "token"
        token.write_text(f"{TOKEN}\n", "utf-8")
        text = config.read_text("utf-8")
        guarded = text.replace("http: {", f'http: {{authTokenFile: "{token}", ')
        config.write_text(guarded, "utf-8")
        env = world.env | {"AWS_ENDPOINT_URL": through(world.endpoint)}
        controller = Controller(config, env, *options)
        with closing(controller):
            yield Hands(world, config, controller, token)
            assert "Traceback" not in controller.said()
            assert TOKEN not in controller.said()
            assert controller.counted("invariant_violations_total") == 0
