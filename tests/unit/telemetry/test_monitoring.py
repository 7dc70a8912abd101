"""Rules, runbooks, dashboard and docs/metrics.md are about the metrics that there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from prometheus_client.core import Metric

from daemonctl.telemetry.collector import StatusCollector
from daemonctl.telemetry.metrics import Metrics
from daemonctl.telemetry.tls import TlsGauges

ROOT = Path(__file__).resolve().parents[3]
RULES = ROOT / "deploy" / "prometheus"
RUNBOOKS = ROOT / "docs" / "runbooks.md"
PARTS = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}


def loaded(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return content


def rules(name: str) -> list[dict[str, Any]]:
    return [rule for group in loaded(RULES / name)["groups"] for rule in group["rules"]]


ALERTS = {rule["alert"]: rule for rule in rules("alerts.yaml")}
RECORDED = {rule["record"]: rule for rule in rules("recording.yaml")}
CASES = {
    case["name"]: case
    for path in sorted(RULES.glob("tests/*.yaml"))
    for case in loaded(path)["tests"]
}


def dashboard() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        (ROOT / "deploy" / "grafana" / "daemonctl.json").read_text("utf-8")
    )
    return content


def questions() -> Iterator[str]:
    """Every expression that somebody asks Prometheus."""
    board = dashboard()
    for panel in board["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]["query"]
    yield from (note["expr"] for note in board["annotations"]["list"])
    yield from (str(rule["expr"]) for rule in (*ALERTS.values(), *RECORDED.values()))


@pytest.fixture
def families(ex: SimpleNamespace) -> list[Metric]:
    """Everything of ours that /metrics can tell."""
    metrics = Metrics("0")
    metrics.registry.register(StatusCollector(ex.Example().report))
    metrics.registry.register(
        TlsGauges(SimpleNamespace(not_after=0.0, fault="", refresh=lambda: None))
    )
    return [one for one in metrics.registry.collect() if one.name.startswith("daemonctl_")]


def test_only_what_the_code_exports_is_asked_for(families: list[Metric]) -> None:
    there = {family.name + part for family in families for part in PARTS[family.type]}
    asked = {name for text in questions() for name in re.findall(r"(?<![\w:])daemonctl_\w+", text)}
    assert asked
    assert asked <= there


def test_only_what_is_recorded_is_asked_for() -> None:
    asked = {name for text in questions() for name in re.findall(r"\w+:daemonctl_\w+:\w+", text)}
    assert asked <= set(RECORDED)
    assert set(RECORDED) <= asked  # and nothing is recorded for nobody


def test_each_alert_has_its_runbook_and_each_runbook_its_alert() -> None:
    sections = re.findall(r"^## (\w+)$", RUNBOOKS.read_text("utf-8"), re.MULTILINE)
    assert sorted(sections) == sorted(ALERTS)
    for name, rule in ALERTS.items():
        assert rule["annotations"]["runbook_url"] == f"docs/runbooks.md#{name.lower()}"
        assert rule["labels"]["severity"] in {"warning", "critical"}


def test_each_alert_is_seen_quiet_and_firing() -> None:
    assert sorted(CASES) == sorted(ALERTS)
    for name, case in CASES.items():
        quiet, firing = case["alert_rule_test"]
        assert quiet["alertname"] == firing["alertname"] == name
        assert not quiet.get("exp_alerts")
        assert firing["exp_alerts"]


def test_the_job_is_the_one_that_the_alerts_name() -> None:
    (job,) = loaded(RULES / "prometheus.yaml")["scrape_configs"]
    assert f'job="{job["job_name"]}"' in ALERTS["DaemonctlDown"]["expr"]


def test_panels_do_not_lie_over_each_other() -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                assert taken.setdefault((x, y), panel["title"]) == panel["title"]


def test_every_metric_is_in_the_docs_and_nothing_else(families: list[Metric]) -> None:
    page = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `daemonctl_")]
    expected = [
        f"| `{family.name}{'_total' if family.type == 'counter' else ''}` | {family.type} "
        f"| {family.documentation} |"
        for family in families
    ]
    assert [row for row in rows if row not in expected] == []
    assert [row for row in expected if row not in rows] == []
