"""One line, one row, one count for everything that happens."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from daemonctl.model.reason import Code, Condition, Notice, Verdict
from daemonctl.ports import Sink
from daemonctl.runtime.journal import Journal
from daemonctl.runtime.report_rows import EventRow
from daemonctl.telemetry.logs import open_log
from daemonctl.telemetry.metrics import Metrics
from daemonctl.telemetry.sink import Telemetry


class Heard:
    """A sink with what came out of it."""

    def __init__(self) -> None:
        self.out = io.StringIO()
        self.metrics = Metrics("0.1.0")
        self.journal = Journal(lambda: 1_800_000_000.0)
        self.sink: Sink = Telemetry(open_log(self.out), self.metrics, self.journal)

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]

    @property
    def rows(self) -> tuple[EventRow, ...]:
        return self.journal.page(0, 100).events

    def total(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"daemonctl_{name}", labels)


@pytest.fixture
def heard() -> Iterator[Heard]:
    root = logging.getLogger()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    yield Heard()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.raiseExceptions = raising


ARN = "arn:aws:ecs:x:1:container-instance/web/" + "a" * 32


def test_a_verdict_is_one_line_and_one_row(heard: Heard) -> None:
    old, new = Verdict(Code.START), Verdict(Code.BACKOFF, "exit code 1", 12.0)
    heard.sink.verdict("web", ARN, "registrator", old, new)
    (line,) = heard.lines
    assert (line["event"], line["code"], line["was"]) == ("verdict", "BACKOFF", "START")
    assert (line["instance"], line["level"]) == ("a" * 32, "warning")
    (row,) = heard.rows
    assert (row.kind, row.cluster, row.daemon) == ("VERDICT", "web", "registrator")
    assert (row.instance, row.code, row.words) == ("a" * 32, "BACKOFF", "exit code 1")


@pytest.mark.parametrize(
    ("code", "level"),
    [
        (Code.START, "info"),
        (Code.BLOCKED, "info"),
        (Code.STOPPING, "info"),
        (Code.NO_FIT, "warning"),
        (Code.AGENT_DISCONNECTED, "warning"),
        (Code.MISPLACED, "warning"),
    ],
)
def test_a_warning_is_what_somebody_should_look_at(heard: Heard, code: Code, level: str) -> None:
    heard.sink.verdict("web", ARN, "registrator", None, Verdict(code, "words"))
    assert heard.lines[0]["level"] == level


def test_a_later_until_alone_is_no_news(heard: Heard) -> None:
    old, new = Verdict(Code.BACKOFF, "words", 1.0), Verdict(Code.BACKOFF, "words", 2.0)
    heard.sink.verdict("web", ARN, "registrator", old, new)
    assert (heard.lines, heard.rows) == ([], ())
    heard.sink.verdict("web", ARN, "registrator", new, Verdict(Code.BACKOFF, "other", 2.0))
    assert len(heard.lines) == 1


def test_a_slot_that_comes_and_goes(heard: Heard) -> None:
    heard.sink.verdict("web", ARN, "registrator", None, Verdict(Code.READY))
    heard.sink.verdict("web", ARN, "registrator", Verdict(Code.READY), None)
    assert [row.code for row in heard.rows] == ["READY", "GONE"]
    assert [line["level"] for line in heard.lines] == ["info", "info"]


def test_an_action_is_one_line_one_count_and_a_row_an_instance(
    ex: SimpleNamespace, heard: Heard
) -> None:
    start = ex.starts(ex.AGENT, "a", "b", words="no task of it here")
    heard.sink.action("web", start, "ok", "")
    (line,) = heard.lines
    assert (line["event"], line["outcome"], line["words"]) == (
        "StartTask",
        "ok",
        "no task of it here",
    )
    assert line["instances"] == ["a" * 32, "b" * 32]
    assert [row.instance for row in heard.rows] == ["a" * 32, "b" * 32]
    assert {row.code for row in heard.rows} == {"StartTask ok"}
    labels = {"cluster": "web", "daemon": "consul-agent", "action": "StartTask", "outcome": "ok"}
    assert heard.total("actions_total", **labels) == 1


@pytest.mark.parametrize(
    ("outcome", "level"),
    [("ok", "info"), ("refused", "warning"), ("ambiguous", "warning"), ("error", "error")],
)
def test_a_stop_says_its_kind_and_reason(
    ex: SimpleNamespace, heard: Heard, outcome: str, level: str
) -> None:
    heard.sink.action("web", ex.STOP, outcome, "ECS said no")
    (line,) = heard.lines
    assert (line["level"], line["kind"], line["task"]) == (level, "REPAIR", "3" * 32)
    assert str(line["reason"]).startswith("daemonctl: DUPLICATE: ")
    (row,) = heard.rows
    assert (row.task, row.words) == ("3" * 32, "ECS said no")


def test_conditions_come_and_go(heard: Heard) -> None:
    condition = Condition(Notice.SLOW_START, "2 at once", "registrator")
    heard.sink.condition("web", condition, on=True)
    heard.sink.condition("web", condition, on=False)
    assert [row.code for row in heard.rows] == ["SLOW_START on", "SLOW_START off"]
    assert [line["level"] for line in heard.lines] == ["warning", "info"]


def test_a_violation_is_an_error_and_counted(heard: Heard) -> None:
    heard.sink.violation("web", "no_double_start", "a live task is there")
    assert heard.lines[0]["level"] == "error"
    assert heard.rows[0].kind == "VIOLATION"
    labels = {"cluster": "web", "invariant": "no_double_start"}
    assert heard.total("invariant_violations_total", **labels) == 1


def test_measurements_and_counts_by_the_interface_s_names(heard: Heard) -> None:
    heard.sink.observe("convergence_seconds", 12.0, cluster="web")
    heard.sink.count("aws_requests_total", operation="StartTask", outcome="ok")
    assert heard.total("convergence_seconds_count", cluster="web") == 1
    assert heard.total("convergence_seconds_sum", cluster="web") == 12.0
    assert heard.total("aws_requests_total", operation="StartTask", outcome="ok") == 1
    assert heard.lines == []


def test_an_unknown_name_is_said_once_and_never_raised(heard: Heard) -> None:
    for _ in range(3):
        heard.sink.count("no_such_thing", cluster="web")
        heard.sink.observe("aws_requests_total", 1.0)  # a counter cannot observe
    assert [line["metric"] for line in heard.lines] == ["no_such_thing", "aws_requests_total"]


def test_lines_for_people_keep_their_fields_and_lose_secrets(heard: Heard) -> None:
    heard.sink.log("warning", "what happened", cluster="web", password="hunter22")  # noqa: S106  # to be hidden
    heard.sink.log("shouting", "unknown level")
    first, second = heard.lines
    assert (first["event"], first["level"], first["cluster"]) == ("what happened", "warning", "web")
    assert "hunter22" not in heard.out.getvalue()
    assert second["level"] == "info"
