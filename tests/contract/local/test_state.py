"""`local up --state FILE`: killed in the midst, then up again with all that it had answered."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.contract.local.conftest import Server, end, local, start


class Caller(threading.Thread):
    """Writes without a pause and remembers what was acknowledged, until the server is gone."""

    def __init__(self, act: Callable[[int], None]) -> None:
        super().__init__()
        self._act = act
        self.done = 0
        self.enough = threading.Event()

    def run(self) -> None:
        while True:
            try:
                self._act(self.done)
            except (ClientError, BotoCoreError):
                return
            self.done += 1
            if self.done >= 25:
                self.enough.set()


def queue(server: Server, name: str) -> str:
    return str(server.client("sqs").create_queue(QueueName=name)["QueueUrl"])


def bodies(server: Server, url: str) -> list[str]:
    """Everything that is in a queue, taken out."""
    sqs, found = server.client("sqs"), []
    while rows := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [row["Body"] for row in rows]
    return found


def test_kill_9_in_the_midst_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    state = str(tmp_path / "local.state")
    server = start("--instances", "4", "--state", state)
    server.cli("instance", "add", "--count", "2")
    hosts = instances(server)
    server.cli("instance", "disconnect", hosts[5])
    server.cli("fault", "event-lost", "--rate", "0.25")
    url = queue(server, "kept")
    sqs, ecs = server.client("sqs"), server.client("ecs")
    sent: list[str] = []
    tasks: list[str] = []

    def send(number: int) -> None:
        sqs.send_message(QueueUrl=url, MessageBody=f"m{number}")
        sent.append(f"m{number}")

    def begin(number: int) -> None:
        answer = ecs.start_task(
            cluster="local",
            taskDefinition="registrator",
            containerInstances=[hosts[number % 4]],
            startedBy=f"call-{number}",
        )
        tasks.extend(task["taskArn"] for task in answer["tasks"])

    callers = [Caller(send), Caller(begin)]
    for caller in callers:
        caller.start()
    for caller in callers:
        assert caller.enough.wait(60)
    server.process.kill()
    for caller in callers:
        caller.join()
    server.process.wait(30)
    assert server.process.stdout is not None
    server.process.stdout.close()
    again = start("--instances", "1", "--state", state)
    try:
        assert instances(again) == hosts
        found = again.control("GET", "state")[1]
        cluster = found["clusters"]["local"]
        there = {task["taskArn"]: task["startedBy"] for task in cluster["tasks"]}
        assert len(tasks) >= 25
        assert [task for task in tasks if task not in there] == []
        assert len(there) - len(tasks) <= 1  # the one call that the kill came upon
        assert [row["agentConnected"] for row in cluster["instances"]] == [True] * 5 + [False]
        assert found["faults"]["active"]["event_lost"]["rate"] == 0.25
        left = bodies(again, again.client("sqs").get_queue_url(QueueName="kept")["QueueUrl"])
        assert left[: len(sent)] == sent
        assert len(left) - len(sent) <= 1
    finally:
        assert end(again) == 0


def instances(server: Server) -> list[str]:
    rows = server.control("GET", "state")[1]["clusters"]["local"]["instances"]
    return [row["containerInstanceArn"] for row in rows]


def test_a_clean_end_leaves_a_snapshot_and_the_next_one_says_what_it_found(tmp_path: Path) -> None:
    state = tmp_path / "local.state"
    server = start("--instances", "2", "--state", str(state))
    (arn, *_) = known = instances(server)
    ecs = server.client("ecs")
    ecs.start_task(cluster="local", taskDefinition="registrator", containerInstances=[arn])
    second = local("up", "--port", "0", "--state", str(state))
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == f"daemonctl: state file {state}: another local ECS has it open\n"
    assert end(server) == 0
    assert not state.with_name("local.state-wal").exists()
    again = start("--state", str(state))
    assert instances(again) == known
    assert end(again) == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [("no database, but as long as one has to be " * 9, "no state of a local")],
)
def test_a_file_that_is_none_is_one_line(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "letter"
    path.write_text(content)
    done = local("up", "--port", "0", "--state", str(path))
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert path.read_text() == content


def test_the_same_seed_gives_the_same_ids(tmp_path: Path) -> None:
    """As processes, over HTTP; delays are compared in the unit tests of the face."""
    seen: list[Any] = []
    for _ in range(2):
        server = start("--instances", "3")
        arns = instances(server)
        answer = server.client("ecs").start_task(
            cluster="local", taskDefinition="registrator", containerInstances=arns
        )
        seen.append(json.dumps([arns, [task["taskArn"] for task in answer["tasks"]]]))
        assert end(server) == 0
    assert seen[0] == seen[1]
