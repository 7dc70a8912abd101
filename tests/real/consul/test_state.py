"""One controller whose config and state are in a real Consul: edits, a restart, a lost store."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from tests.real.consul.bench import PLAIN
from tests.real.consul.server import Server
from tests.scenarios.processes import Controller, Ecs, Process, clean_env, closing, eventually
from tests.scenarios.processes import program as command

CONFIG = """\
owner: scene
clusters: [{name: local, region: us-east-1}]
consul: {address: "%s", tokenFile: "%s"}
leaderElection: {enabled: false}
http: {listen: "127.0.0.1:0", metricsListen: "127.0.0.1:0"}
daemons:
  - {name: consul-agent, taskDefinition: consul-agent}
"""
REGISTRATOR = "  - {name: registrator, taskDefinition: registrator}\n"
STATE = "daemonctl/scene/000000000000/us-east-1/local/"


class Remote(Controller):
    """`daemonctl run` with a config in Consul."""

    def __init__(self, folder: Path, name: str, ecs: Ecs, server: Server, token_file: Path) -> None:
        env = ecs.env | {
            "DAEMONCTL_CONFIG": "consul:daemonctl/config.yaml",
            "CONSUL_HTTP_ADDR": server.url,
            "CONSUL_HTTP_TOKEN_FILE": str(token_file),
        }
        Process.__init__(self, command("run"), folder / f"{name}.log", env)
        eventually(lambda: '"daemonctl runs"' in self.said() or self.ended(), self.said)
        line = next(line for line in self.said().splitlines() if '"daemonctl runs"' in line)
        self.api, self.metrics = (f"http://{json.loads(line)[key]}" for key in ("api", "metrics"))

    def config(self) -> dict[str, Any]:
        status: dict[str, Any] = json.loads(self.get("/v1/status"))
        found: dict[str, Any] = status["config"]
        return found

    def rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.get("/v1/events?limit=1000"))["events"]
        return found


def put(server: Server, text: str) -> None:
    value = base64.b64encode(text.encode()).decode()
    change = {"Verb": "set", "Key": "daemonctl/config.yaml", "Value": value}
    server.ask("PUT", "txn", [{"KV": change}])


def keys(server: Server) -> list[str]:
    try:
        found: list[str] = server.ask("GET", f"kv/{STATE}?keys")
    except HTTPError as error:
        if error.code != 404:  # Consul answers so where there is none
            raise
        return []
    return [key.removeprefix(STATE) for key in found]


def test_config_and_state_in_consul(server: Server, tmp_path: Path) -> None:
    token_file = tmp_path / "token"
    token = server.token(*PLAIN)
    token_file.write_text(token)
    config = CONFIG % (server.url, token_file)
    put(server, config)
    ecs = Ecs(tmp_path, "--instances", "2")
    with closing(ecs):
        first = Remote(tmp_path, "first", ecs, server, token_file)
        with closing(first):
            eventually(lambda: first.ready("consul-agent") == 2, first.said)
            put(server, config + "nonsense: 1\n")
            eventually(lambda: not first.config()["ok"], first.said)
            assert "consul:daemonctl/config.yaml: line 8: nonsense" in first.config()["words"]
            assert first.counted("config_last_reload_successful") == 0
            put(server, config + REGISTRATOR)
            eventually(lambda: first.ready("registrator") == 2, first.said)
            assert first.config()["ok"]
            assert first.counted("config_last_reload_successful") == 1
            eventually(lambda: "rollouts/registrator" in keys(server), first.said)
            first.child.terminate()
            assert first.child.wait(60) == 0
            said = first.said()
        assert "journal" in keys(server)
        before = server.ask("GET", f"kv/{STATE}journal")
        assert before[0]["ModifyIndex"] > 0
        second = Remote(tmp_path, "second", ecs, server, token_file)
        with closing(second):
            eventually(lambda: any(row["code"] == "StartTask ok" for row in second.rows()))
            seqs = [row["seq"] for row in second.rows()]
            assert seqs == sorted(set(seqs))
            second.child.kill()
            second.child.wait()
            said += second.said()
        server.ask("DELETE", f"kv/{STATE}?recurse")
        third = Remote(tmp_path, "third", ecs, server, token_file)
        with closing(third):
            eventually(lambda: third.ready("registrator") == 2, third.said)
            wanted = {"rollouts/consul-agent", "rollouts/registrator"}
            eventually(lambda: wanted <= set(keys(server)), third.said)

            def rollout() -> dict[str, str]:
                daemon = json.loads(third.get("/v1/clusters/local/daemons/registrator"))
                told: dict[str, str] = daemon["rollout"]
                return told

            # What nobody knows to be good has to run for ten seconds first.
            eventually(lambda: rollout()["phase"] == "STEADY", third.said)
            assert rollout()["lastGood"] == "registrator:1"
            said += third.said()
    assert token not in said
    assert "Traceback" not in said


def test_what_cannot_be_read_or_is_bad_ends_a_start(server: Server, tmp_path: Path) -> None:
    token_file = tmp_path / "token"
    token_file.write_text(server.token('key "prod/other" { policy = "read" }'))
    env = clean_env(CONSUL_HTTP_ADDR=server.url, CONSUL_HTTP_TOKEN_FILE=str(token_file))
    run = Process(command("run", "-c", "consul:prod/other"), tmp_path / "absent.log", env)
    with closing(run):
        assert run.child.wait(60) == 1
        assert run.said().count("\n") == 1
        assert "the config consul:prod/other cannot be read: there is no such key" in run.said()
    bad = {"Verb": "set", "Key": "prod/other", "Value": base64.b64encode(b"owner: 1").decode()}
    server.ask("PUT", "txn", [{"KV": bad}])
    run = Process(command("run", "-c", "consul:prod/other"), tmp_path / "bad.log", env)
    with closing(run):
        assert run.child.wait(60) == 2
        assert "consul:prod/other: line 1: owner" in run.said()
