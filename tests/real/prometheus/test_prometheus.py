"""A real Prometheus takes the rules, scrapes the controller and answers the dashboard."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import yaml

from tests.real.parts import machine
from tests.scenarios.processes import (
    Controller,
    Ecs,
    Process,
    clean_env,
    closing,
    eventually,
    write_config,
)

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
RULES = DEPLOY / "prometheus"


@pytest.fixture(scope="module", autouse=True)
def _packages() -> None:
    machine.prepare()


def promtool(*arguments: str | Path, given: str = "") -> str:
    command = [machine.which("promtool") or "promtool", *map(str, arguments)]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def test_the_rules_and_the_config_are_prometheus_own_kind() -> None:
    said = promtool("check", "rules", RULES / "alerts.yaml", RULES / "recording.yaml")
    assert said.count("SUCCESS") == 2
    assert "SUCCESS" in promtool("check", "config", RULES / "prometheus.yaml")


def test_each_alert_is_quiet_and_then_fires() -> None:
    files = sorted(RULES.glob("tests/*.yaml"))
    assert promtool("test", "rules", *files).count("SUCCESS") == len(files) > 0


class Prometheus(Process):
    """The shipped config, with another target and a quicker pace."""

    def __init__(self, folder: Path, target: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.at = f"127.0.0.1:{free.getsockname()[1]}"
        config: dict[str, Any] = yaml.safe_load((RULES / "prometheus.yaml").read_text("utf-8"))
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config["rule_files"] = [str(RULES / name) for name in config["rule_files"]]
        config["scrape_configs"][0]["static_configs"] = [{"targets": [target]}]
        (folder / "prometheus.yaml").write_text(yaml.safe_dump(config), "utf-8")
        command = [
            machine.which("prometheus") or "prometheus",
            f"--config.file={folder / 'prometheus.yaml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={self.at}",
        ]
        super().__init__(command, folder / "prometheus.log", clean_env())

    def ask(self, path: str, **parameters: str) -> Any:
        url = f"http://{self.at}/api/v1/{path}?{urlencode(parameters)}"
        try:
            with urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except OSError:
            return {}  # it is not up yet

    def number(self, question: str) -> float | None:
        rows = self.ask("query", query=question).get("result", [])
        return float(rows[0]["value"][1]) if rows else None


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Controller, Prometheus]]:
    """Five instances guarded, and a Prometheus that has seen it."""
    folder = tmp_path_factory.mktemp("prometheus")
    with ExitStack() as stack:
        ecs = Ecs(folder, "--instances", "5")
        stack.enter_context(closing(ecs))
        queue = f'events: {{queueUrl: "{ecs.queue()}"}}'
        path = write_config(folder, f"name: local, region: us-east-1, {queue}")
        controller = Controller(path, ecs.env)
        stack.enter_context(closing(controller))
        prometheus = Prometheus(folder, controller.metrics.removeprefix("http://"))
        stack.enter_context(closing(prometheus))
        ready = 'sum(daemonctl_daemon_status_number_ready{cluster="local"})'
        eventually(lambda: prometheus.number(ready) == 10, prometheus.said)
        yield controller, prometheus


def test_it_finds_nothing_to_blame_in_what_it_scrapes(
    scraped: tuple[Controller, Prometheus],
) -> None:
    with urlopen(f"{scraped[0].metrics}/metrics", timeout=10) as answer:  # noqa: S310  our own
        promtool("check", "metrics", given=answer.read().decode())


def test_rules_are_evaluated_without_an_error(scraped: tuple[Controller, Prometheus]) -> None:
    prometheus = scraped[1]
    recorded = "min(cluster_daemon:daemonctl_ready:ratio)"
    eventually(lambda: prometheus.number(recorded) == 1, prometheus.said)
    groups = prometheus.ask("rules")["groups"]
    assert {group["name"] for group in groups} == {"daemonctl", "daemonctl-recording"}
    rules = [rule for group in groups for rule in group["rules"]]
    assert [rule["lastError"] for rule in rules if rule.get("lastError")] == []
    firing = prometheus.ask("alerts")["alerts"]
    assert [alert for alert in firing if alert["state"] == "firing"] == []


def test_every_panel_asks_something_that_can_be_answered(
    scraped: tuple[Controller, Prometheus],
) -> None:
    board = json.loads((DEPLOY / "grafana" / "daemonctl.json").read_text("utf-8"))
    prometheus = scraped[1]
    silent = []
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            question = re.sub(r'"\$(cluster|daemon)"', '".*"', target["expr"])
            answer = prometheus.ask("query", query=question)
            assert answer.get("resultType") == "vector", (panel["title"], question)
            if not answer["result"]:
                silent.append(panel["title"])
    # What has not happened or is not asked for here has no series; everything else has.
    assert "Ready, of those that should be" not in silent
    assert "Instances" not in silent
    assert "Requests" not in silent


def test_the_controller_that_is_gone_is_an_alert(scraped: tuple[Controller, Prometheus]) -> None:
    controller, prometheus = scraped
    controller.close()

    def states() -> dict[str, str]:
        alerts = prometheus.ask("alerts").get("alerts", [])
        return {alert["labels"]["alertname"]: alert["state"] for alert in alerts}

    eventually(lambda: states().get("DaemonctlDown") == "pending", prometheus.said)
