"""What an operator gets wrong or finds broken: one clear line, and it goes on when that is over."""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path

import pytest

from tests.scenarios.processes import (
    KEYS,
    Controller,
    Ecs,
    clean_env,
    closing,
    eventually,
    program,
    write_config,
)

LOCAL = "name: local, region: us-east-1"


def words(controller: Controller) -> str:
    found = controller.cluster()["words"]
    assert isinstance(found, str)
    assert "\n" not in found
    return found


def state(controller: Controller) -> str:
    return str(controller.cluster()["state"])


def test_every_fault_of_a_bad_config_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "daemonctl.yaml"
    path.write_text(
        "owner: Not Good\n"
        "clusters:\n"
        "  - {name: web, region: us-east-1, colour: red}\n"
        "daemons:\n"
        "  - {name: a, taskDefinition: a, dependsOn: [{daemon: b, condition: READY}]}\n"
        "  - {name: b, taskDefinition: b, dependsOn: [{daemon: a, condition: READY}]}\n"
        "  - {name: c, taskDefinition: c, type: TWICE}\n"
    )
    for command in ("validate", "plan", "run"):
        told = subprocess.run(
            program(command, "--config", str(path)),
            env=clean_env(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 2, told
        assert told.stdout == ""
        faults = [line for line in told.stderr.splitlines()[1:] if line.strip()]
        for part, line in (("owner", "1"), ("colour", "3"), ("type", "7")):
            assert any(part in each and line in each for each in faults), (part, told.stderr)


def test_a_cycle_is_named(tmp_path: Path) -> None:
    path = write_config(
        tmp_path,
        LOCAL,
        "  - {name: a, taskDefinition: a, dependsOn: [{daemon: b, condition: READY}]}\n"
        "  - {name: b, taskDefinition: b, dependsOn: [{daemon: a, condition: READY}]}\n",
    )
    told = subprocess.run(
        program("validate", "--config", str(path)),
        env=clean_env(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2
    assert "cycle" in told.stderr


def test_a_cluster_that_is_not_there_yet(tmp_path: Path) -> None:
    ecs = Ecs(tmp_path, "--instances", "1")
    with closing(ecs):
        controller = Controller(write_config(tmp_path, "name: web, region: us-east-1"), ecs.env)
        with closing(controller):
            eventually(
                lambda: state(controller) == "unreachable", lambda: controller.get("/v1/status")
            )
            assert "no active cluster 'web'; check its name, region and roleArn" in words(
                controller
            )
            assert controller.counted("actions_total") == 0
            ecs.aws("ecs", "create-cluster", "--cluster-name", "web")
            ecs.local("instance", "add", "--cluster", "web")
            eventually(lambda: state(controller) == "ready", lambda: words(controller))
            eventually(lambda: controller.counted("actions_total") >= 1)


def test_no_credentials_until_there_are(tmp_path: Path) -> None:
    ecs = Ecs(tmp_path, "--instances", "1")
    keys = tmp_path / "credentials"
    env = clean_env(AWS_ENDPOINT_URL=ecs.endpoint, AWS_SHARED_CREDENTIALS_FILE=str(keys))
    path = write_config(tmp_path, LOCAL)
    with closing(ecs):
        told = subprocess.run(
            program("plan", "--config", str(path)),
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 1, told
        assert told.stderr.count("\n") == 1, told.stderr
        assert "give daemonctl a task role" in told.stderr
        controller = Controller(path, env)
        with closing(controller):
            eventually(
                lambda: state(controller) == "unreachable", lambda: controller.get("/v1/status")
            )
            assert "give daemonctl a task role" in words(controller)
            pairs = "\n".join(f"{name.lower()} = {value}" for name, value in KEYS.items())
            keys.write_text(f"[default]\n{pairs}\n")
            eventually(lambda: state(controller) == "ready", lambda: words(controller))
            assert words(controller) == ""


def test_an_endpoint_that_comes_late(tmp_path: Path) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    env = clean_env(AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}", **KEYS)
    path = write_config(tmp_path, LOCAL)
    told = subprocess.run(
        program("plan", "--config", str(path)), env=env, capture_output=True, text=True, check=False
    )
    assert told.returncode == 1, told
    assert told.stderr.count("\n") == 1, told.stderr
    assert "check the network, the region, the proxy and AWS_ENDPOINT_URL" in told.stderr
    controller = Controller(path, env)
    with closing(controller):
        eventually(lambda: state(controller) == "unreachable", lambda: controller.get("/v1/status"))
        assert "AWS_ENDPOINT_URL" in words(controller)
        with closing(Ecs(tmp_path, "--instances", "1", port=port)):
            eventually(lambda: state(controller) == "ready", lambda: words(controller))


def test_a_definition_that_is_not_there_holds_up_no_other_daemon(tmp_path: Path) -> None:
    ecs = Ecs(tmp_path, "--instances", "2")
    daemons = (
        "  - {name: late, taskDefinition: late}\n"
        "  - {name: consul-agent, taskDefinition: consul-agent}\n"
    )
    path = write_config(
        tmp_path,
        f'{LOCAL}, events: {{queueUrl: "{ecs.queue()}"}}, resync: {{intervalSeconds: 3}}',
        daemons,
    )
    with closing(ecs):
        controller = Controller(path, ecs.env)
        with closing(controller):
            eventually(
                lambda: controller.ready("consul-agent") == 2, lambda: controller.get("/v1/status")
            )
            late = json.loads(controller.get("/v1/clusters/local/daemons/late"))
            assert late["daemon"]["blocked"] == {"NO_DEFINITION": 2}
            assert late["fault"]
            assert "Register the task definition" in late["failing"][0]["verdict"]["next"]
            ecs.aws(
                "ecs", "register-task-definition", "--family", "late",
                "--container-definitions", '[{"name": "late", "image": "late", "memory": 16}]',
            )  # fmt: skip
            eventually(
                lambda: controller.ready("late") == 2,
                lambda: controller.get("/v1/clusters/local/daemons/late"),
            )


@pytest.mark.parametrize("poll", [1, 2])
def test_without_a_queue_it_polls(tmp_path: Path, poll: int) -> None:
    ecs = Ecs(tmp_path, "--instances", "2")
    path = write_config(tmp_path, f"{LOCAL}, resync: {{pollSeconds: {poll}}}")
    with closing(ecs):
        controller = Controller(path, ecs.env)
        with closing(controller):
            eventually(
                lambda: controller.ready("registrator") == 2, lambda: controller.get("/v1/status")
            )
            mine = ("ecs", "list-tasks", "--cluster", "local", "--started-by", "daemonctl/scene")
            before = ecs.aws(*mine, "--query", "taskArns[]").split()
            ecs.local("task", "kill", before[0])

            def repaired() -> bool:
                now = ecs.aws(*mine, "--query", "taskArns[]").split()
                return len(now) == 4 and before[0] not in now

            eventually(repaired)
            assert controller.counted("events_received_total") == 0
