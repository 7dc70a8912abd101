"""Updates as an operator lives through them: paused, finished, undone by themselves and by hand.

One controller for all of it, for none may be stopped until a minute after the first full view.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.scenarios.hands import Hands, hands
from tests.scenarios.processes import eventually

INSTANCES = 2
DAEMONS = """\
  - name: consul-agent
    taskDefinition: consul-agent:1
    ready: {minReadySeconds: 2}
    deploymentConfiguration: {maxUnavailable: 2}
  - name: registrator
    taskDefinition: registrator
    dependsOn: [{daemon: consul-agent, condition: READY}]
"""


def register(seen: Hands) -> None:
    """One more revision of the agent, like the first one."""
    first = json.loads(
        seen.ecs.aws(
            *("ecs", "describe-task-definition", "--task-definition", "consul-agent:1"),
            *("--output", "json"),
        )
    )["taskDefinition"]
    kept = ("family", "networkMode", "containerDefinitions", "volumes")
    words = json.dumps({name: first[name] for name in kept})
    seen.ecs.aws("ecs", "register-task-definition", "--cli-input-json", words)


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
    """By the AWS CLI: RUNNING agents by revision."""
    tasks = seen.running("consul-agent")
    return dict(Counter(task["taskDefinitionArn"].rpartition("/")[2] for task in tasks))


def behave(seen: Hands, family: str, **behaviour: float) -> None:
    body = json.dumps({"family": family, "behaviour": behaviour}).encode()
    request = Request(f"{seen.ecs.endpoint}/_local/behave", data=body)  # noqa: S310  ours
    urlopen(request, timeout=10).close()  # noqa: S310  ours


def rolled_out(seen: Hands) -> str:
    return seen.did("rollout", "status", "consul-agent", "--timeout", "4m")


@pytest.mark.slow
def test_an_update_paused_a_bad_one_that_undoes_itself_and_one_undone_by_hand(
    tmp_path: Path,
) -> None:
    with hands(tmp_path, INSTANCES, daemons=DAEMONS) as seen:
        eventually(lambda: seen.ready(INSTANCES), seen.controller.said)
        register(seen)
        register(seen)
        behave(seen, "consul-agent:3", exit_after=0.2, exit_code=7)

        seen.did("rollout", "pause", "consul-agent", "--reason", "it is Friday")
        want(seen, 2)
        victim = seen.running("consul-agent")[0]["taskArn"]
        seen.ecs.local("task", "kill", victim)
        eventually(lambda: runs(seen) == {"consul-agent:1": INSTANCES - 1, "consul-agent:2": 1})
        assert "it is Friday" in seen.did("status")
        assert seen.controller.counted("rollout_paused", 'daemon="consul-agent"') == 1
        seen.did("rollout", "resume", "consul-agent")
        assert "rolled out; consul-agent:2" in " ".join(rolled_out(seen).split())
        assert runs(seen) == {"consul-agent:2": INSTANCES}

        want(seen, 3)
        told = seen.run("rollout", "status", "consul-agent", "--timeout", "4m")
        assert told.returncode == 1, told.stdout + told.stderr
        assert "consul-agent:3 failed and was rolled back" in told.stderr
        assert "container consul-agent exited with 7" in " ".join(told.stdout.split())
        assert runs(seen) == {"consul-agent:2": INSTANCES}
        history = seen.did("rollout", "history", "consul-agent")
        assert "ROLLED_BACK" in history
        assert "rollback of" in history

        seen.did("rollout", "undo", "consul-agent", "--to-revision", "1")
        rolled_out(seen)
        assert runs(seen) == {"consul-agent:1": INSTANCES}

        before = {task["taskArn"] for task in seen.running("registrator")}
        seen.did("rollout", "restart", "registrator")
        seen.did("rollout", "status", "registrator", "--timeout", "4m")
        after = {task["taskArn"] for task in seen.running("registrator")}
        assert len(after) == INSTANCES
        assert not before & after
        codes = [row["code"] for row in seen.json("events", "--kind", "COMMAND")["events"]]
        assert codes == ["PAUSE done", "RESUME done", "UNDO done", "RESTART done"]
