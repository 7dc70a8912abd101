"""Real agents against a control plane that is a process: killed, restarted, asked by command."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.request import Request, urlopen

import pytest

from tests.contract.local.conftest import Server, end, local, start
from tests.unit.local.agents.fake_agent import FakeAgent

INSTANCE = {"taskDefinition": "registrator"}


async def joined(server: Server) -> FakeAgent:
    agent = FakeAgent(server.endpoint)
    await agent.register()
    await agent.connect()
    await agent.until(lambda: agent.kinds("TaskManifestMessage"))
    return agent


async def begin(agent: FakeAgent) -> str:
    answer = await agent.call("StartTask", containerInstances=[agent.arn], **INSTANCE)
    assert answer["failures"] == []
    arn: str = answer["tasks"][0]["taskArn"]
    return arn


async def shown(agent: FakeAgent, arn: str) -> dict[str, Any]:
    """A task once it is there: for up to a second ECS may not know it."""
    found: list[dict[str, Any]] = []

    async def is_there() -> bool:
        found[:] = (await agent.call("DescribeTasks", tasks=[arn]))["tasks"]
        return bool(found)

    await agent.eventually(is_there)
    return found[0]


async def connected(agent: FakeAgent) -> bool:
    query = {"containerInstances": [agent.arn]}
    rows = (await agent.call("DescribeContainerInstances", **query))["containerInstances"]
    return rows[0]["agentConnected"] is True


async def test_kill_9_of_the_control_plane_loses_no_order_and_no_report(tmp_path: Path) -> None:
    state = str(tmp_path / "local.state")
    server = start("--instances", "0", "--state", state)
    async with await joined(server) as agent:
        running, ordered = await begin(agent), await begin(agent)
        await agent.until(lambda: len(agent.orders) == 2)
        row = {"containerName": "registrator", "runtimeId": "d1", "status": "RUNNING"}
        await agent.call("SubmitTaskStateChange", task=running, status="RUNNING", containers=[row])
        agent.acks = False
        waiting = await begin(agent)
        await agent.call("StopTask", task=ordered)
        await agent.until(lambda: len(agent.orders) == 4)
        newest = agent.orders[-1]["seqNum"]
        server.process.kill()
        server.process.wait(30)
        assert server.process.stdout is not None
        server.process.stdout.close()
        await agent.until(lambda: agent.kinds("closed"))
        again = start("--state", state)
        try:
            agent.endpoint, agent.heard, agent.acks = again.endpoint, [], True
            assert (await shown(agent, running))["containers"][0]["runtimeId"] == "d1"
            known = agent.arn
            assert (await agent.register())["containerInstanceArn"] == known
            await agent.connect(seq=newest)
            await agent.until(lambda: agent.kinds("TaskManifestMessage"))
            # what it had acknowledged is not told again, the rest is, in order
            told = [(o["tasks"][0]["arn"], o["tasks"][0]["desiredStatus"]) for o in agent.orders]
            assert told == [(waiting, "RUNNING"), (ordered, "STOPPED")]
            manifest = agent.kinds("TaskManifestMessage")[0]
            assert manifest["timeline"] > newest
            assert {t["taskArn"]: t["desiredStatus"] for t in manifest["tasks"]} == {
                running: "RUNNING", ordered: "STOPPED", waiting: "RUNNING",
            }  # fmt: skip
            assert await connected(agent)
            await agent.call("SubmitTaskStateChange", task=ordered, status="STOPPED")
            assert (await shown(agent, ordered))["lastStatus"] == "STOPPED"
        finally:
            await agent.cut()
            assert end(again) == 0


@pytest.fixture(scope="module")
def real_time() -> Iterator[Server]:
    server = start("--instances", "1")
    yield server
    assert end(server) == 0


def test_what_points_a_foreign_agent_here(real_time: Server) -> None:
    ecs_server = real_time
    done = ecs_server.cli("instance", "add", "--own-agent", "--private-ip", "10.8.0.1")
    assert done.returncode == 0, done.stderr
    first, *lines = done.stdout.splitlines()
    told = dict(line.removeprefix("export ").split("=", 1) for line in lines)
    assert told["ECS_BACKEND_HOST"] == ecs_server.endpoint
    assert told["ECS_CLUSTER"] == "local"
    metadata = told["AWS_EC2_METADATA_SERVICE_ENDPOINT"] + "/latest/"
    token = Request(metadata + "api/token", method="PUT")  # noqa: S310  our own, on loopback
    token.add_header("X-aws-ec2-metadata-token-ttl-seconds", "60")
    with urlopen(token, timeout=10) as answer:  # noqa: S310  as above
        assert answer.read()
    with urlopen(metadata + "dynamic/instance-identity/document", timeout=10) as answer:  # noqa: S310  as above
        document = json.loads(answer.read())
    assert first == f"# {document['instanceId']}"
    assert document["privateIp"] == "10.8.0.1"
    found = ecs_server.client("ec2").describe_instances(InstanceIds=[document["instanceId"]])
    assert found["Reservations"][0]["Instances"][0]["PrivateIpAddress"] == "10.8.0.1"
    done = ecs_server.cli("instance", "stop", document["instanceId"])
    assert done.returncode == 1
    assert "is a real machine" in done.stderr
    assert ecs_server.cli("instance", "terminate", document["instanceId"]).returncode == 0


def test_what_points_a_foreign_agent_here_as_json(real_time: Server) -> None:
    added = real_time.cli("instance", "add", "--own-agent", "-o", "json")
    document = json.loads(added.stdout)
    (ident,) = document["instances"]
    assert document["variables"]["ECS_BACKEND_HOST"] == real_time.endpoint
    assert real_time.cli("instance", "terminate", ident).returncode == 0


def test_real_machines_need_real_time(ecs_server: Server) -> None:
    done = ecs_server.cli("instance", "add", "--own-agent")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "daemonctl: real machines need real time: `local up` runs with --speed\n"


def test_what_cannot_be_added_is_one_line(real_time: Server) -> None:
    ecs_server = real_time
    for words, code, said in (
        (["--docker-host", "unix:///nowhere"], 1, "no Docker engine answers at unix:///nowhere"),
        (["--own-agent", "--cluster", "none"], 1, "Cluster not found"),
        (["--own-agent", "--private-ip", "x"], 1, "x is no IPv4 address"),
        (["--zone", "us-east-1a"], 2, "a real instance needs --docker-host or --own-agent"),
        (["--own-agent", "--count", "2"], 2, "are for simulated instances"),
        (["--own-agent", "--docker-host", "unix:///x"], 2, "leaves it to you"),
    ):
        done = ecs_server.cli("instance", "add", *words)
        assert (done.returncode, done.stdout) == (code, ""), words
        assert said in done.stderr.splitlines()[-1]


class Engine(BaseHTTPRequestHandler):
    """As much of a Docker engine as is asked for before an agent begins."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200 if self.path.endswith("_ping") else 500)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def engine() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Engine)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"tcp://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def living() -> dict[int, int]:
    """All processes that have not ended, each with its parent."""
    words = ("ps", "-A", "-o", "pid=,ppid=,stat=")
    rows = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    found = [row.split() for row in rows]
    return {int(pid): int(parent) for pid, parent, state in found if not state.startswith("Z")}


def children(parent: int) -> list[int]:
    return [pid for pid, whose in living().items() if whose == parent]


def until(there: Any) -> Any:
    deadline = time.monotonic() + 120.0
    while not (found := there()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def test_agents_do_not_outlive_a_control_plane_that_was_killed(engine: str, tmp_path: Path) -> None:
    state = str(tmp_path / "local.state")
    up = ("--runtime", "docker", "--docker-host", engine, "--private-ip", "10.1.1.1")
    server = start(*up, "--state", state)
    (agent,) = until(lambda: children(server.process.pid))
    machine = server.client("ec2").describe_instances()["Reservations"][0]["Instances"][0]
    assert machine["PrivateIpAddress"] == "10.1.1.1"
    assert Engine.asked[0] == "/_ping"
    second = server.cli("instance", "add", "--docker-host", engine)
    assert second.stderr == f"daemonctl: {engine} is {machine['InstanceId']} already\n"
    server.process.kill()
    server.process.wait(30)
    assert server.process.stdout is not None
    server.process.stdout.close()
    until(lambda: agent not in living())
    again = start("--state", state)  # the engine is known from before
    (agent,) = until(lambda: children(again.process.pid))
    assert len(again.client("ec2").describe_instances()["Reservations"]) == 1
    assert end(again) == 0
    assert agent not in living()


def test_with_real_containers_nothing_is_lost_by_default(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
    up = ("--port", port, "--runtime", "docker", "--docker-host", engine)
    machines = []
    for _ in range(2):
        server = start(*up)
        found = server.client("ec2").describe_instances()["Reservations"]
        machines.append([row["Instances"][0]["InstanceId"] for row in found])
        assert end(server) == 0
    assert len(machines[0]) == 1
    assert machines[0] == machines[1]
    assert (tmp_path / "daemonctl" / f"local-{port}.state").exists()


def test_a_state_file_that_cannot_be_there_is_one_line(engine: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    words = ("--port", "4599", "--runtime", "docker", "--docker-host", engine)
    done = local("up", *words, XDG_STATE_HOME=str(tmp_path / "file"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("name a file with --state\n")
    assert done.stderr.count("\n") == 1
