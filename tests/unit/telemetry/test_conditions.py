"""A condition is a number that an alert can read, a zero included."""

from __future__ import annotations

from types import SimpleNamespace

from daemonctl.model.reason import Notice
from daemonctl.telemetry.conditions import condition_gauge


def standing(example: SimpleNamespace) -> dict[tuple[str, str], float]:
    found = condition_gauge(example.report.status().clusters).samples
    return {(sample.labels["daemon"], sample.labels["condition"]): sample.value for sample in found}


def test_one_where_it_stands_of_the_daemon_or_the_cluster(ex: SimpleNamespace) -> None:
    seen = standing(ex.Example())
    on = {key for key, value in seen.items() if value == 1}
    assert on == {("registrator", "SLOW_START"), ("", "API_BUDGET")}


def test_every_other_one_is_a_zero_that_is_there(ex: SimpleNamespace) -> None:
    seen = standing(ex.Example())
    names = {notice.value for notice in Notice}
    assert set(seen) == {
        (daemon, name) for daemon in ("", "consul-agent", "registrator") for name in names
    }
