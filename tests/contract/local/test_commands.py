"""The `local` commands and the AWS CLI against a server, as an operator types them."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from daemonctl.cli.schemas import schema_of

Run = Callable[..., subprocess.CompletedProcess[str]]
AWS = Path(sys.executable).with_name("aws")


def aws(server: Any, *words: str) -> Any:
    """Run the AWS CLI in the environment that `local env` prints."""
    exports = server.cli("env").stdout.splitlines()
    variables = dict(line.removeprefix("export ").split("=", 1) for line in exports)
    done = subprocess.run(
        [AWS, *words, "--output", "json"],
        env=server.environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None


def instances(server: Any) -> list[dict[str, Any]]:
    found = server.control("GET", "state")[1]["clusters"]["local"]["instances"]
    assert isinstance(found, list)
    return found


def test_env_is_for_eval(ecs_server: Any) -> None:
    done = ecs_server.cli("env")
    assert done.stdout.splitlines() == [
        f"export AWS_ENDPOINT_URL={ecs_server.endpoint}",
        "export AWS_ACCESS_KEY_ID=local",
        "export AWS_SECRET_ACCESS_KEY=local",
        "export AWS_DEFAULT_REGION=us-east-1",
        "export AWS_REGION=us-east-1",
    ]


def test_the_aws_cli_lists_starts_waits_and_stops(ecs_server: Any) -> None:
    arns = aws(
        ecs_server, "ecs", "list-container-instances", "--cluster", "local", "--page-size", "2"
    )
    assert len(arns["containerInstanceArns"]) == len(instances(ecs_server))
    one = ["--container-instances", arns["containerInstanceArns"][0], "--cluster", "local"]
    started = aws(ecs_server, "ecs", "start-task", "--task-definition", "registrator", *one)
    task = started["tasks"][0]["taskArn"]
    aws(ecs_server, "ecs", "wait", "tasks-running", "--cluster", "local", "--tasks", task)
    stopped = aws(ecs_server, "ecs", "stop-task", "--cluster", "local", "--task", task)
    assert stopped["task"]["desiredStatus"] == "STOPPED"
    states = aws(
        ecs_server, "ec2", "describe-instances", "--query", "Reservations[].Instances[].State.Name"
    )
    assert states == ["running"] * len(states)


def test_what_happens_to_hosts(ecs_server: Any) -> None:
    added = ecs_server.cli("instance", "add", "--count", "2").stdout.split()
    assert len(added) == 2
    arn, short = added[0], added[1].rpartition("/")[2]
    ec2_id = {row["containerInstanceArn"]: row["ec2InstanceId"] for row in instances(ecs_server)}

    def connected(wanted: str) -> object:
        rows = {row["containerInstanceArn"]: row for row in instances(ecs_server)}
        return rows[wanted]["agentConnected"]

    def state(wanted: str) -> object:
        rows = {row["containerInstanceArn"]: row for row in instances(ecs_server)}
        return rows[wanted]["ec2State"]

    assert ecs_server.cli("instance", "disconnect", arn).returncode == 0
    assert connected(arn) is False
    assert ecs_server.cli("instance", "reconnect", ec2_id[arn]).returncode == 0
    assert connected(arn) is True
    assert ecs_server.cli("instance", "stop", short).returncode == 0
    assert state(added[1]) in {"stopping", "stopped"}
    assert ecs_server.cli("instance", "terminate", ec2_id[arn]).returncode == 0
    assert state(arn) in {"shutting-down", "terminated"}


def test_a_killed_task_leaves_its_exit_code(ecs_server: Any) -> None:
    ecs = ecs_server.client("ecs")
    arn = ecs.list_container_instances(cluster="local")["containerInstanceArns"][1]
    answer = ecs.start_task(cluster="local", taskDefinition="registrator", containerInstances=[arn])
    task = answer["tasks"][0]["taskArn"]
    aws(ecs_server, "ecs", "wait", "tasks-running", "--cluster", "local", "--tasks", task)
    assert ecs_server.cli("task", "kill", task, "--exit-code", "3").returncode == 0
    ecs.get_waiter("tasks_stopped").wait(
        cluster="local", tasks=[task], WaiterConfig={"Delay": 1, "MaxAttempts": 25}
    )
    ended = ecs.describe_tasks(cluster="local", tasks=[task])["tasks"][0]
    assert ended["containers"][0]["exitCode"] == 3
    assert ended["stopCode"] == "EssentialContainerExited"


def test_faults_are_set_listed_and_cleared(ecs_server: Any) -> None:
    done = ecs_server.cli("fault", "event-lost", "--rate", "0.5", "--seconds", "60")
    assert "event-lost       rate 0.5 " in done.stdout
    assert ecs_server.control("GET", "faults")[1]["active"]["event_lost"]["rate"] == 0.5
    assert "throttle         off " in ecs_server.cli("fault", "list").stdout
    assert "rate" not in ecs_server.cli("fault", "clear").stdout
    assert ecs_server.control("GET", "faults")[1]["active"] == {}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("local-env", ["env"]),
        ("local-instance-add", ["instance", "add", "--count", "2"]),
        ("local-fault", ["fault", "latency", "--size", "0.01", "--seconds", "0.1"]),
        ("local-fault", ["fault", "clear"]),
    ],
)
def test_as_json_it_follows_the_published_schema(
    ecs_server: Any, name: str, words: list[str]
) -> None:
    document = json.loads(ecs_server.cli(*words, "-o", "json").stdout)
    Draft202012Validator(json.loads(schema_of(name))).validate(document)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["instance", "terminate", "i-nowhere"], "daemonctl: InvalidParameterException: "),
        (["instance", "stop", "a b/ü?#%2F"], "daemonctl: InvalidParameterException: "),
        (["task", "kill", "nowhere"], "daemonctl: InvalidParameterException: "),
        (["instance", "add", "--cluster", "nowhere"], "daemonctl: ClusterNotFoundException: "),
    ],
)
def test_what_is_refused_is_one_line(ecs_server: Any, words: list[str], said: str) -> None:
    done = ecs_server.cli(*words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1


def test_control_bodies_are_checked(ecs_server: Any) -> None:
    for method, path, body, words in (
        ("POST", "instances", {"count": "two"}, "Expected `int`, got `str` - at `$.count`"),
        ("POST", "instances", {"coutn": 2}, "unknown field `coutn`"),
        ("POST", "instances", {"count": 0}, "count is from 1 to 5000, not 0"),
        ("POST", "tasks/kill", {}, "missing required field `task`"),
        ("POST", "tasks/kill", {"task": "t", "exitCode": 300}, "from 0 to 255, not 300"),
        ("PUT", "faults/throttle", {"rate": 2}, "a rate is a share from 0 to 1, not 2"),
        ("PUT", "faults/throttle", {"seconds": 0}, "seconds is a number above 0"),
        ("POST", "behave", {"family": "f", "behaviour": {"exit_aftre": 1}}, "exit_aftre"),
    ):
        status, answer = ecs_server.control(method, path, body)
        assert status == 400
        assert words in answer["detail"]
    assert ecs_server.control("POST", "nothing", {})[0] == 404


def test_a_family_behaves_as_told(ecs_server: Any) -> None:
    body = {"family": "kibana", "behaviour": {"exit_after": 1.0, "exit_code": 9}}
    assert ecs_server.control("POST", "behave", body) == (200, {})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_also_in_a_long_poll(
    new_server: Callable[..., Any], number: signal.Signals
) -> None:
    server = new_server("--instances", "1")
    url = server.client("sqs").create_queue(QueueName="waiting")["QueueUrl"]
    with socket.create_connection(("127.0.0.1", server.port)) as poll:
        body = json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20}).encode()
        poll.sendall(
            b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AmazonSQS.ReceiveMessage\r\n"
            + f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        assert server.client("ecs").list_clusters()["clusterArns"]
        server.process.send_signal(number)
        assert poll.recv(100).startswith(b"HTTP/1.1 200")
    assert server.process.wait(30) == 0
    server.process.stdout.close()


def test_help_needs_no_heavy_imports(run_local: Run) -> None:
    code = "import sys; from daemonctl.cli.main import main\n"
    code += "try: main(['local', 'up', '--help'])\n"
    code += "except SystemExit: print([m for m in ('aiohttp', 'botocore') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.endswith("[]\n")


def test_import_writes_a_daemon_from_a_service_and_changes_nothing(
    ecs_server: Any, tmp_path: Path
) -> None:
    ecs = ecs_server.client("ecs")
    ecs.create_service(
        cluster="local",
        serviceName="loggers",
        taskDefinition="registrator",
        schedulingStrategy="DAEMON",
    )
    ecs.create_service(cluster="local", serviceName="web", taskDefinition="kibana", desiredCount=0)
    config = tmp_path / "daemonctl.yaml"
    config.write_text(
        "owner: o\nclusters: [{name: local, alias: here, region: us-east-1}]\ndaemons: []\n"
    )

    def imported(*words: str) -> subprocess.CompletedProcess[str]:
        exports = ecs_server.cli("env").stdout.splitlines()
        variables = dict(line.removeprefix("export ").split("=", 1) for line in exports)
        command = [sys.executable, "-m", "daemonctl.cli.main", "import", *words]
        return subprocess.run(
            command,
            env=ecs_server.environment(**variables),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    plain = imported("loggers", "--cluster", "local")
    assert (plain.returncode, plain.stderr) == (0, "")
    assert "- name: loggers\n  taskDefinition: registrator:1\n" in plain.stdout
    by_alias = imported("loggers", "--cluster", "here", "--config", str(config))
    assert by_alias.stdout == plain.stdout
    replica = imported("web", "--cluster", "local")
    assert (replica.returncode, replica.stderr) == (
        1,
        "daemonctl: service web has schedulingStrategy REPLICA, not DAEMON\n",
    )
    missing = imported("nope", "--cluster", "local")
    assert (missing.returncode, "no service 'nope'" in missing.stderr) == (1, True)
