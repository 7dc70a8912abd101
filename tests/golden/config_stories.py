"""Stories of a config that is of no use, and of an AWS that refuses whoever reads it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

from tests.golden.common import Story
from tests.golden.stage import Stage
from tests.stand_ins.answers import answering

NOWHERE = "http://127.0.0.1:9"
KEYS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": "us-east-1"}
GOOD = """\
owner: prod
clusters: [{name: web, region: us-east-1}]
daemons: [{name: consul-agent, taskDefinition: consul-agent}]
"""
TWO = GOOD.replace("[{name: web", "[{name: logs, region: us-east-1}, {name: web")
BAD = GOOD.replace("taskDefinition:", "taskDefinitoin:")
WORSE = "owner: prod\nclusters: [{name: web, region: us-east-1}]\ndaemons:\n" + "".join(
    f"  - {{name: Daemon_{number}, taskDefinition: x, {'startTimeoutSeconds: soon'}}}\n"
    for number in range(20)
)


@contextmanager
def config(text: str) -> Iterator[None]:
    """The file that commands read by themselves, in the folder where they are typed."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        Path("daemonctl.yaml").write_text(text, "utf-8")
        yield


async def bad_config(stage: Stage) -> None:
    stage.says("The config has one fault.")
    with config(BAD):
        for command in ("validate", "plan", "run"):
            stage.types_at("", command)
    stage.says("It has forty.")
    with config(WORSE):
        stage.types_at("", "validate")


async def no_config(stage: Stage) -> None:
    stage.says("The config is not there, cannot be read, or has no such cluster.")
    with config(GOOD):
        stage.types_at("", "validate", "-c", "deamonctl.yaml")
        stage.types_at("", "validate", "-c", ".")
        stage.types_at("", "plan", "--cluster", "wbe")
        stage.types_at("", "gate", "open", "--cluster", "wbe")
        stage.types_at("", "validate", "-c", "consul:prod/daemonctl", CONSUL_HTTP_ADDR=NOWHERE)


def refusal(code: str, words: str) -> bytes:
    return json.dumps({"__type": code, "message": words}).encode()


async def aws_refuses(stage: Stage) -> None:
    who = "arn:aws:sts::000000000000:assumed-role/operator/alice"
    denied = f"User: {who} is not authorized to perform: ecs:DescribeClusters"
    for says, code, words, status in (
        ("The operator's role may not read ECS.", "AccessDeniedException", denied, 400),
        ("Her credentials have expired.", "ExpiredTokenException", "The token is expired.", 400),
        ("ECS throttles.", "ThrottlingException", "Rate exceeded", 400),
        ("ECS fails.", "ServerException", "Service Unavailable. Please try again later.", 503),
    ):
        stage.says(says)
        with (
            config(GOOD),
            answering(status, refusal(code, words), "application/x-amz-json-1.1") as url,
        ):
            stage.types_at("", "plan", AWS_ENDPOINT_URL=url, **KEYS)
            for command in (("import", "agent", "--cluster", "web"), ("gate", "open")):
                stage.types_at("", *command, AWS_ENDPOINT_URL=url, **KEYS)


async def aws_away(stage: Stage) -> None:
    stage.says("Nothing answers as AWS.")
    with config(GOOD):
        stage.types_at("", "plan", AWS_ENDPOINT_URL=NOWHERE, **KEYS)
        stage.types_at("", "import", "agent", "--cluster", "web", AWS_ENDPOINT_URL=NOWHERE, **KEYS)
        stage.says("No keys, no region.")
        stage.types_at("", "plan", AWS_ENDPOINT_URL=NOWHERE)
        stage.types_at("", "import", "agent", "--cluster", "other", AWS_ENDPOINT_URL=NOWHERE)
    with config(TWO):
        stage.types_at("", "plan", AWS_ENDPOINT_URL=NOWHERE, **KEYS)


async def local_ecs_away(stage: Stage) -> None:
    stage.says("No local ECS is there, or something else is.")
    stage.types_at("", "local", "env", "--endpoint", NOWHERE)
    stage.types_at("", "local", "instance", "add", "--endpoint", "127.0.0.1:4577")
    with answering(200, b"<html>welcome</html>") as url:
        stage.calls(url, "http://127.0.0.1:4577")
        stage.types_at("", "local", "fault", "list", "--endpoint", url)
    stage.types_at("", "local", "fault", "throtle")
    stage.types_at("", "local", "up", "--switch", "nope=1")


STORIES: tuple[Story, ...] = (bad_config, no_config, aws_refuses, aws_away, local_ecs_away)
