"""What an operator may do to a running controller, seen from a shell and at the local ECS."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.scenarios.counting import counting
from tests.scenarios.hands import Hands, hands
from tests.scenarios.processes import eventually

INSTANCES = 3


def resynced(seen: Hands) -> None:
    """Waits for a full listing that began after now: whatever was due has been decided by then."""
    before = seen.cluster()["lastResync"]
    seen.did("resync")
    eventually(lambda: seen.cluster()["lastResync"] > before, seen.controller.said)


@pytest.mark.slow
def test_frozen_nothing_is_written_and_it_says_so_everywhere(tmp_path: Path) -> None:
    with hands(tmp_path, INSTANCES) as seen:
        eventually(lambda: seen.ready(INSTANCES), seen.controller.said)
        assert "local: every write is stopped" in seen.did("freeze")
        victim = seen.running("consul-agent")[0]["taskArn"]
        seen.ecs.local("task", "kill", victim)
        eventually(lambda: seen.daemon("consul-agent")["current"] == INSTANCES - 1)
        for _ in range(2):
            resynced(seen)
        assert len(seen.running("consul-agent")) == INSTANCES - 1
        assert "! FROZEN: every write is stopped since" in seen.did("status")
        assert seen.controller.counted("frozen", 'cluster="local"') == 1
        plan = seen.run("plan")
        assert plan.returncode == 3
        assert "FROZEN" in plan.stdout
        assert "START" in plan.stdout
        seen.did("unfreeze", "--cluster", "local")
        eventually(lambda: seen.ready(INSTANCES), seen.controller.said)
        assert seen.controller.counted("frozen") == 0
        rows = seen.json("events", "--kind", "command")["events"]
        assert [row["code"] for row in rows] == [
            "FREEZE done",
            "RESYNC done",
            "RESYNC done",
            "UNFREEZE done",
        ]
        assert all(
            f"@{socket.gethostname()} from 127.0.0.1 with the token: " in row["words"]
            for row in rows
        )


@pytest.mark.slow
def test_who_is_refused_and_with_what_words(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not-the-token\n", "utf-8")
    with hands(tmp_path, 1) as seen:
        eventually(lambda: seen.ready(1), seen.controller.said)
        for words, token, said in (
            (("freeze",), str(wrong), "it wants another token than the one sent"),
            (("rollout", "pause", "registrator"), str(wrong), "it wants another token"),
            (("freeze", "--cluster", "nope"), "", 'no cluster "nope"; the config has: local'),
            (("rollout", "pause", "nope"), "", 'no daemon "nope"; there are: consul-agent'),
            (("rollout", "undo", "registrator", "--cluster", "x"), "", 'no cluster "x"'),
        ):
            told = seen.run(*words, token=token)
            assert (told.returncode, told.stdout) == (1, ""), words
            assert said in told.stderr
            assert told.stderr.count("\n") == 1
        with pytest.raises(HTTPError) as refused:
            urlopen(Request(f"{seen.controller.api}/v1/freeze", method="POST"), timeout=10)  # noqa: S310  ours
        assert refused.value.code == 401
        refused.value.close()
        assert seen.controller.counted("frozen") == 0
        assert seen.did("events", "--kind", "COMMAND") == "No events of --kind COMMAND.\n"


@pytest.mark.slow
def test_a_dry_run_tells_each_decision_once_and_sends_nothing_but_reads(tmp_path: Path) -> None:
    with (
        counting() as calls,
        hands(tmp_path, INSTANCES, "--dry-run", through=calls.before) as seen,
    ):
        told = ("events", "--kind", "action")
        eventually(lambda: seen.did(*told).count("StartTask dry-run") == INSTANCES)
        for _ in range(2):
            resynced(seen)
        assert seen.did(*told).count("StartTask dry-run") == INSTANCES
        assert seen.running("consul-agent") == []
        assert calls.made["ListContainerInstances"] >= 3
        assert [each for each in calls.made if not each.startswith(("List", "Describe"))] == []
        assert "! DRY_RUN: daemonctl runs with --dry-run" in seen.did("status")
        assert seen.json("status")["dryRun"] is True
        assert seen.controller.counted("actions_total", 'outcome="dry-run"') == INSTANCES
        assert seen.controller.counted("actions_total", 'outcome="ok"') == 0
