"""Updates as an operator lives through them: paused, finished, undone by hand and by themselves."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.scenarios.hands import Hands, hands
from tests.scenarios.processes import eventually

INSTANCES = 2
DAEMONS = """\
  - name: consul-agent
    taskDefinition: consul-agent:1
    ready: {minReadySeconds: 1}
    deploymentConfiguration: {deploymentCircuitBreaker: {maxFailures: 1}}
  - name: registrator
    taskDefinition: registrator
    dependsOn: [{daemon: consul-agent, condition: READY}]
"""


def register(seen: Hands) -> None:
    """One more revision of the agent, like the first one."""
    asked = {"taskDefinition": "consul-agent:1"}
    first = seen.ecs.boto.describe_task_definition(**asked)["taskDefinition"]
    kept = ("family", "networkMode", "containerDefinitions", "volumes")
    seen.ecs.boto.register_task_definition(**{name: first[name] for name in kept})


def want(seen: Hands, revision: int) -> None:
    """Edits the config, and waits until the controller wants it."""
    text = seen.config.read_text("utf-8")
    start = text.index("taskDefinition: consul-agent:")
    end = text.index("\n", start)
    pinned = f"taskDefinition: consul-agent:{revision}"
    seen.config.write_text(text[:start] + pinned + text[end:], "utf-8")
    wanted = f"consul-agent:{revision}"

    def asked() -> bool:
        rollout = rollout_of(seen)
        return rollout is not None and rollout["asked"] == wanted

    eventually(asked, seen.controller.said)


def rollout_of(seen: Hands) -> dict[str, object] | None:
    words = ("rollout", "status", "consul-agent", "--watch=false", "-o", "json")
    document = json.loads(seen.run(*words).stdout)["clusters"][0]
    rollout: dict[str, object] | None = document.get("rollout")
    return rollout


def runs(seen: Hands) -> dict[str, int]:
    """By boto3: RUNNING agents by revision."""
    tasks = seen.running("consul-agent")
    return dict(Counter(task["taskDefinitionArn"].rpartition("/")[2] for task in tasks))


def rolled_out(seen: Hands, daemon: str) -> str:
    return " ".join(seen.did("rollout", "status", daemon, "--timeout", "4m").split())


@pytest.mark.slow
def test_an_update_is_paused_finished_and_undone_and_a_restart_replaces_each(
    tmp_path: Path,
) -> None:
    with hands(tmp_path, INSTANCES, daemons=DAEMONS) as seen:
        eventually(lambda: seen.ready(INSTANCES), seen.controller.said)
        register(seen)
        seen.did("rollout", "pause", "consul-agent", "--reason", "it is Friday")
        want(seen, 2)
        victim = seen.running("consul-agent")[0]["taskArn"]
        seen.ecs.local("task", "kill", victim)
        eventually(lambda: runs(seen) == {"consul-agent:1": INSTANCES - 1, "consul-agent:2": 1})
        assert "it is Friday" in seen.did("status")
        assert seen.controller.counted("rollout_paused", 'daemon="consul-agent"') == 1
        seen.did("rollout", "resume", "consul-agent")
        assert "rolled out; consul-agent:2" in rolled_out(seen, "consul-agent")
        eventually(lambda: runs(seen) == {"consul-agent:2": INSTANCES})

        seen.did("rollout", "undo", "consul-agent", "--to-revision", "1")
        rolled_out(seen, "consul-agent")
        eventually(lambda: runs(seen) == {"consul-agent:1": INSTANCES})

        before = {task["taskArn"] for task in seen.running("registrator")}
        seen.did("rollout", "restart", "registrator")
        rolled_out(seen, "registrator")
        after = {task["taskArn"] for task in seen.running("registrator")}
        assert len(after) == INSTANCES
        assert not before & after
        codes = [row["code"] for row in seen.json("events", "--kind", "COMMAND")["events"]]
        assert codes == ["PAUSE done", "RESUME done", "UNDO done", "RESTART done"]


@pytest.mark.slow
def test_a_bad_revision_undoes_itself_and_leaves_its_evidence(tmp_path: Path) -> None:
    with hands(tmp_path, INSTANCES, daemons=DAEMONS) as seen:
        eventually(lambda: seen.ready(INSTANCES), seen.controller.said)
        register(seen)
        seen.ecs.behave("consul-agent:2", exit_after=0.2, exit_code=7)
        want(seen, 2)
        told = seen.run("rollout", "status", "consul-agent", "--timeout", "4m")
        assert told.returncode == 1, told.stdout + told.stderr
        assert "consul-agent:2 failed and was rolled back" in told.stderr
        assert "container consul-agent exited with 7" in " ".join(told.stdout.split())
        eventually(lambda: runs(seen) == {"consul-agent:1": INSTANCES})
        history = seen.did("rollout", "history", "consul-agent")
        assert "ROLLED_BACK" in history
        assert "rollback of" in history
