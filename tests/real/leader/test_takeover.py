"""Two controllers, one Consul: whatever becomes of the leader, another one leads in time."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from urllib.error import HTTPError

import pytest

from tests.real.leader.replicas import TAKEOVER, TOKEN, TTL, Replica, Stage, cut, until
from tests.real.parts.machine import prepare
from tests.scenarios.processes import program


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    prepare()
    stage = Stage(tmp_path_factory.mktemp("leader"))
    yield stage
    stage.close()


def cli(stage: Stage, at: Replica, *words: str) -> subprocess.CompletedProcess[str]:
    token = ["--server", at.api, "--token-file", str(stage.folder / "api-token")]
    command = program(*words, *token)
    return subprocess.run(command, env=stage.ecs.env, capture_output=True, text=True, check=False)


def test_a_standby_sends_on_what_only_the_leader_can(stage: Stage) -> None:
    leader, standby = stage.pair()
    with pytest.raises(HTTPError) as raised:
        standby.ask("POST", "/v1/freeze")  # urllib follows no POST
    assert raised.value.code == 307
    assert raised.value.headers["Location"] == leader.api + "/v1/freeze"
    froze = cli(stage, standby, "freeze")
    assert froze.returncode == 0, froze.stderr
    assert leader.rows()[0]["frozen"] is not None
    assert cli(stage, standby, "unfreeze").returncode == 0
    shown = cli(stage, standby, "instances", "-o", "json")
    assert len(json.loads(shown.stdout)["clusters"][0]["instances"]) == 3
    assert standby.counted("leader", 'cluster="local"') == 0
    assert leader.counted("leader", 'cluster="local"') == 1
    assert standby.counted("instances{") == 0
    assert "ReceiveMessage" not in standby.said()
    assert TOKEN not in leader.said() + standby.said()


def test_told_to_end_it_lets_go_and_another_leads_at_once(stage: Stage) -> None:
    leader, standby = stage.pair()
    leader.child.terminate()
    assert until(standby.leads, TTL, stage.said) < TTL  # it did not wait for the session to end
    assert leader.child.wait(30) == 0


def test_killed_another_leads_within_two_ttls_and_the_lock_delay(stage: Stage) -> None:
    leader, standby = stage.pair()
    leader.kill()
    victim = stage.kill()
    until(standby.leads, TAKEOVER + 10, stage.said)  # a busy machine looks late
    until(lambda: stage.replaced(victim), said=stage.said)
    assert stage.stops() == []


def test_stopped_past_its_lease_it_wakes_as_a_standby(stage: Stage) -> None:
    leader, standby = stage.pair()
    leader.freeze()
    until(standby.leads, TAKEOVER + 10, stage.said)
    until(standby.kept, said=stage.said)
    before = stage.running(), stage.running("registrator")
    leader.thaw()
    until(lambda: leader.role() == "standby", said=stage.said)
    assert standby.leads()
    assert (stage.running(), stage.running("registrator")) == before
    assert stage.stops() == []


def test_cut_off_from_consul_it_only_repairs_and_harms_nothing(stage: Stage) -> None:
    leader, standby = stage.pair()
    with cut(stage, leader):
        until(standby.leads, TAKEOVER + 10, stage.said)
        until(lambda: leader.role() == "repair-only", said=stage.said)
        assert "REPAIR_ONLY" in [row["notice"] for row in leader.rows()[0]["conditions"]]
        until(standby.kept, said=stage.said)
        victim = stage.kill()
        until(lambda: stage.replaced(victim), said=stage.said)
        time.sleep(5)  # two act at once: whatever they do, nothing of it stays
        until(lambda: stage.replaced(victim), said=stage.said)
    until(lambda: leader.role() == "standby", said=stage.said)
    assert standby.leads()
    assert stage.stops() == []


def test_a_paused_consul_leaves_the_holder_repairing(stage: Stage) -> None:
    leader, standby = stage.pair()
    stage.consul.pause()
    try:
        until(lambda: leader.role() == "repair-only", said=stage.said)
        victim = stage.kill()
        until(lambda: stage.replaced(victim), said=stage.said)
        assert standby.role() == "standby"
        assert "does not answer" in standby.rows()[0]["words"]
    finally:
        stage.consul.go_on()
    until(lambda: leader.leads() or standby.leads(), said=stage.said)
    until(lambda: not (leader.leads() and standby.leads()), said=stage.said)
    assert stage.stops() == []


def test_a_consul_that_starts_again_finds_one_leader(stage: Stage) -> None:
    leader, standby = stage.pair()
    stage.consul.kill()
    until(lambda: leader.role() == "repair-only", said=stage.said)
    stage.consul.restart()
    stage.consul.ready()
    until(lambda: leader.leads() != standby.leads(), said=stage.said)
    stage.leading()
    assert stage.stops() == []
