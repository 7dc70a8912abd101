"""/metrics as Prometheus reads it, held against the interface's list of names."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from daemonctl.http.health import health_app
from daemonctl.model.memory import DaemonMemory, Freeze, Memory
from daemonctl.model.rollout import Pause, Phase, Revision, Rollout
from daemonctl.runtime.liveness import LoopTurn
from daemonctl.runtime.report import ConfigStatus
from daemonctl.runtime.report_source import CatalogState
from daemonctl.telemetry.collector import BudgetLevel, StatusCollector
from daemonctl.telemetry.metrics import SERIES, Metrics

DAEMON = {"cluster", "daemon"}

INTERFACE = {
    "daemon_status_desired_number_scheduled": DAEMON,
    "daemon_status_current_number_scheduled": DAEMON,
    "daemon_status_number_ready": DAEMON,
    "daemon_status_number_available": DAEMON,
    "daemon_status_number_unavailable": DAEMON,
    "daemon_status_number_misscheduled": DAEMON,
    "daemon_status_updated_number_scheduled": DAEMON,
    "daemon_blocked": DAEMON | {"reason"},
    "instances": {"cluster", "state"},
    "instances_with_daemons_only": {"cluster"},
    "convergence_seconds": {"cluster"},
    "repair_seconds": DAEMON,
    "actions_total": DAEMON | {"action", "outcome"},
    "invariant_violations_total": {"cluster", "invariant"},
    "reconcile_duration_seconds": {"cluster"},
    "aws_requests_total": {"operation", "outcome"},
    "aws_throttled_total": {"operation"},
    "api_budget_tokens": {"scope", "bucket"},
    "events_received_total": {"cluster", "type", "outcome"},
    "event_age_seconds": {"cluster"},
    "last_resync_timestamp_seconds": {"cluster"},
    "frozen": {"cluster"},
    "rollout_in_progress": {"cluster", "daemon"},
    "rollout_paused": {"cluster", "daemon"},
    "condition": {"cluster", "daemon", "condition"},
    "leader": {"cluster"},
    "config_last_reload_successful": set[str](),
    "build_info": {"version", "python"},
}
"""The interface's names with the labels of each."""

COMES_WITH_ITS_FEATURE = {
    "gate_closed_instances",
    "consul_ghosts_removed_total",
    "discovery_unregistered_tasks",
}
"""In the interface, of what is not built yet: a constant 0 would be a statement."""

HISTOGRAMS = (
    "convergence_seconds",
    "repair_seconds",
    "reconcile_duration_seconds",
    "event_age_seconds",
)


class Still:
    """Liveness without loops."""

    def now(self) -> float:
        return 0.0

    def loops(self) -> Sequence[LoopTurn]:
        return ()


class Scrape:
    """The metrics listener over the example cluster."""

    def __init__(self, example: SimpleNamespace, client: TestClient[Any, Any]) -> None:
        self.example = example
        self.client = client
        self.metrics = Metrics("0.1.0")

    async def samples(self) -> list[Sample]:
        answer = await self.client.get("/metrics")
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        families = text_string_to_metric_families(await answer.text())
        return [sample for family in families for sample in family.samples]

    async def value(self, name: str, **labels: str) -> float | None:
        found = [
            sample.value
            for sample in await self.samples()
            if sample.name == f"daemonctl_{name}" and sample.labels == labels
        ]
        assert len(found) <= 1
        return found[0] if found else None

    def count_everything(self) -> None:
        for name, labels in INTERFACE.items():
            given = dict.fromkeys(sorted(labels), "x") | {"cluster": "web"}
            if name in HISTOGRAMS:
                assert self.metrics.observe(name, 1.0, given)
            elif name.endswith("_total"):
                assert self.metrics.count(name, given)


@pytest.fixture
async def scrape(ex: SimpleNamespace) -> AsyncIterator[Scrape]:
    example = ex.Example()
    made = Scrape(example, None)  # type: ignore[arg-type]  # the client needs its registry first
    levels = (BudgetLevel("111122223333/ap-northeast-1", "cluster_modify", 37.5),)
    made.metrics.registry.register(StatusCollector(example.report, lambda: levels))
    app = health_app(example.report, Still(), made.metrics.registry)
    async with TestClient(TestServer(app)) as client:
        made.client = client
        yield made


async def test_names_and_labels_are_the_interface_s(scrape: Scrape) -> None:
    scrape.count_everything()
    seen: dict[str, set[str]] = {}
    for sample in await scrape.samples():
        if not sample.name.startswith("daemonctl_"):
            assert sample.name.startswith(("process_", "python_"))
            continue
        name = sample.name.removeprefix("daemonctl_")
        for histogram in HISTOGRAMS:
            if name in {f"{histogram}_{part}" for part in ("bucket", "count", "sum")}:
                name = histogram
        seen.setdefault(name, set()).update(set(sample.labels) - {"le"})
    assert seen == INTERFACE
    assert not set(seen) & COMES_WITH_ITS_FEATURE


async def test_never_an_instance_in_a_label(scrape: Scrape) -> None:
    scrape.count_everything()
    for sample in await scrape.samples():
        assert "instance" not in sample.labels
        assert not any("i-aaa" in value or "a" * 32 in value for value in sample.labels.values())


async def test_numbers_are_the_report_s_at_the_moment(ex: SimpleNamespace, scrape: Scrape) -> None:
    on = {"cluster": "web", "daemon": "consul-agent"}
    assert await scrape.value("daemon_status_desired_number_scheduled", **on) == 4
    assert await scrape.value("daemon_status_number_unavailable", **on) == 2
    assert await scrape.value("daemon_blocked", **on, reason="NO_FIT") == 1
    assert await scrape.value("daemon_blocked", **on, reason="BACKOFF") == 0
    assert await scrape.value("instances", cluster="web", state="draining") == 1
    assert await scrape.value("instances", cluster="web", state="active") == 3
    assert await scrape.value("last_resync_timestamp_seconds", cluster="web") == ex.NOW - 32
    assert await scrape.value("leader", cluster="web") == 1
    scope = {"scope": "111122223333/ap-northeast-1", "bucket": "cluster_modify"}
    assert await scrape.value("api_budget_tokens", **scope) == 37.5
    assert await scrape.value("frozen", cluster="web") == 0
    scrape.example.show(memory=Memory(freeze=Freeze("ann", ex.NOW)))
    assert await scrape.value("frozen", cluster="web") == 1
    scrape.example.show(counts={})
    assert await scrape.value("daemon_status_desired_number_scheduled", **on) == 0


async def test_each_gauge_shows_its_own_number(ex: SimpleNamespace, scrape: Scrape) -> None:
    counts = ex.Counts(desired=17, current=13, ready=11, updated=7, available=5, misscheduled=3)
    scrape.example.show(counts={ex.AGENT: counts})
    expected = {
        "daemon_status_desired_number_scheduled": 17,
        "daemon_status_current_number_scheduled": 13,
        "daemon_status_number_ready": 11,
        "daemon_status_updated_number_scheduled": 7,
        "daemon_status_number_available": 5,
        "daemon_status_number_unavailable": 12,
        "daemon_status_number_misscheduled": 3,
    }
    on = {"cluster": "web", "daemon": "consul-agent"}
    assert {name: await scrape.value(name, **on) for name in expected} == expected


async def test_a_config_that_cannot_be_loaded_shows(scrape: Scrape) -> None:
    assert await scrape.value("config_last_reload_successful") == 1
    scrape.example.report._config = lambda: ConfigStatus(ok=False, words="line 3")
    assert await scrape.value("config_last_reload_successful") == 0


async def test_series_of_a_cluster_that_left_the_config_go(scrape: Scrape) -> None:
    scrape.count_everything()
    scrape.metrics.count("actions_total", {"cluster": "kept", "action": "StartTask"})
    scrape.example.clusters = []
    scrape.metrics.keep_clusters(["kept"])
    samples = await scrape.samples()
    assert {sample.labels["cluster"] for sample in samples if "cluster" in sample.labels} == {
        "kept"
    }
    assert any(sample.name == "daemonctl_aws_requests_total" for sample in samples)
    # A cluster that comes back begins anew.
    scrape.metrics.count("invariant_violations", {"cluster": "web", "invariant": "x"})
    labels = {"cluster": "web", "invariant": "x"}
    assert await scrape.value("invariant_violations_total", **labels) == 1


async def test_a_cluster_without_a_listing_has_no_resync_time(scrape: Scrape) -> None:
    scrape.example.show(observed=None)
    assert await scrape.value("last_resync_timestamp_seconds", cluster="web") is None


def test_what_others_name_cannot_fill_the_memory() -> None:
    metrics = Metrics("0.1.0")
    for number in range(SERIES):
        assert metrics.count("events_received", {"type": str(number), "cluster": "web"})
    assert not metrics.count("events_received", {"type": "one more", "cluster": "web"})
    assert metrics.count("events_received", {"type": "0", "cluster": "web"})
    metrics.keep_clusters([])
    assert metrics.count("events_received", {"type": "one more", "cluster": "web"})


async def test_openmetrics_where_it_is_asked_for(scrape: Scrape) -> None:
    answer = await scrape.client.get(
        "/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"}
    )
    assert answer.content_type == "application/openmetrics-text"
    assert (await answer.text()).endswith("# EOF\n")


async def test_a_report_that_fails_is_a_500(scrape: Scrape) -> None:
    scrape.example.clusters = None
    answer = await scrape.client.get("/metrics")
    assert (answer.status, answer.content_type) == (500, "application/problem+json")


async def test_rollouts_and_pauses_show(ex: SimpleNamespace, scrape: Scrape) -> None:
    on = {"cluster": "web", "daemon": "consul-agent"}
    target = Revision(ex.DEFINITIONS[ex.AGENT].arn)
    for phase, pause, shown in (
        (Phase.STEADY, None, (0, 0)),
        (Phase.CANARY, None, (1, 0)),
        (Phase.ROLLING, Pause(ex.NOW), (1, 1)),
        (Phase.HALTED, None, (0, 0)),
    ):
        rollout = Rollout(target, target, phase=phase, pause=pause)
        scrape.example.show(memory=Memory(daemons={ex.AGENT: DaemonMemory(rollout=rollout)}))
        found = [await scrape.value(f"rollout_{each}", **on) for each in ("in_progress", "paused")]
        assert tuple(found) == shown


async def test_how_consul_is_read_shows(ex: SimpleNamespace, scrape: Scrape) -> None:
    for as_of, known in ((ex.NOW - 60, 1), (ex.NOW - 61, 0)):
        scrape.example.show(consul=CatalogState("dc1", as_of, ""))
        assert await scrape.value("consul_catalog_known", cluster="web") == known
        last = await scrape.value("consul_last_answer_timestamp_seconds", cluster="web")
        assert last == as_of


async def test_a_cluster_that_asks_nothing_of_consul_has_no_series_of_it(scrape: Scrape) -> None:
    text = await (await scrape.client.get("/metrics")).text()
    assert "daemonctl_consul_catalog_known{" not in text
