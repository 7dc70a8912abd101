"""What people read, held against transcripts in ``golden/``.

After a change that was meant: ``GOLDEN=write pytest tests/unit/cli/test_golden.py``, then read the
difference.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from daemonctl.cli.explain_text import explain_lines
from daemonctl.cli.instances_text import instances_lines
from daemonctl.cli.plan_text import plan_lines
from daemonctl.cli.status_text import daemon_lines, status_lines
from daemonctl.model.reason import Code, Condition, Notice, Verdict
from daemonctl.runtime.report import ConfigStatus
from daemonctl.runtime.report_plan import plan_document

GOLDEN = Path(__file__).with_name("golden")
LONG = "a-daemon-with-a-name-of-32-chars"

Lines = Callable[[SimpleNamespace, datetime], Iterable[str]]


def status(ex: SimpleNamespace, now: datetime) -> Iterable[str]:
    document = ex.Example().report.status()
    return status_lines(document, document.clusters, now)


def status_in_trouble(ex: SimpleNamespace, now: datetime) -> Iterable[str]:
    example = ex.Example()
    trouble = "AccessDeniedException: not authorized to perform ecs:ListContainerInstances"
    counts = {ex.REGISTRATOR: ex.Counts(desired=40, current=40, duplicates=2)}
    example.clusters = [
        ex.Live(
            ex.facts(observed=None, verdicts={}, counts={}, conditions=(), trouble=trouble), None
        ),
        ex.Live(ex.facts(verdicts={}, counts=counts, conditions=()), None),
    ]
    document = replace(
        example.report.status(), config=ConfigStatus(ok=False, words="daemons[0].nmae: unknown key")
    )
    return status_lines(document, document.clusters, now)


def status_of_long_names(ex: SimpleNamespace, now: datetime) -> Iterable[str]:
    example = ex.Example()
    spec = replace(ex.SPECS[0], name=LONG)
    desired = replace(ex.DESIRED, daemons=(ex.DesiredDaemon(spec, None, "not registered"),))
    counts = {LONG: ex.Counts(desired=5000, current=5000, ready=5000, updated=5000, available=5000)}
    example.show(desired=desired, counts=counts, conditions=(), verdicts={})
    document = example.report.status()
    return status_lines(document, document.clusters, now)


def daemon(ex: SimpleNamespace, now: datetime) -> Iterable[str]:
    return daemon_lines(ex.Example().report.daemon("web", "registrator"), now)


def daemon_on_many(ex: SimpleNamespace, now: datetime) -> Iterable[str]:
    example = ex.Example()
    hosts = {}
    for number in range(120):
        arn = ex.instance_arn("a").replace("a" * 32, f"{number:032x}")
        hosts[arn] = ex.Host(ex.instance("a", arn=arn, ec2_id=f"i-{number:017x}"))
    verdicts = {(arn, ex.AGENT): Verdict(Code.NO_FIT, "MEMORY: 1 MiB left") for arn in hosts}
    observed = replace(ex.facts().observed, hosts=hosts)
    example.show(observed=observed, verdicts=verdicts, conditions=())
    return daemon_lines(example.report.daemon("web", "consul-agent"), now)


def daemon_without_definition(ex: SimpleNamespace, now: datetime) -> Iterable[str]:
    example = ex.Example()
    fault = "ClientException: Unable to describe task definition consul-agent"
    desired = replace(ex.DESIRED, daemons=(ex.DesiredDaemon(ex.SPECS[0], None, fault),))
    verdicts = {
        (arn, ex.AGENT): Verdict(Code.NO_DEFINITION, fault) for arn in ex.facts().observed.hosts
    }
    conditions = (Condition(Notice.NO_DEFINITION, fault, "consul-agent"),)
    example.show(desired=desired, verdicts=verdicts, conditions=conditions)
    return daemon_lines(example.report.daemon("web", "consul-agent"), now)


def instances(ex: SimpleNamespace, now: datetime) -> Iterable[str]:
    return instances_lines([ex.Example().report.instances("web", "", 100, "")])


def explain(letter: str) -> Lines:
    def lines(ex: SimpleNamespace, now: datetime) -> Iterable[str]:
        return explain_lines(ex.Example().report.instance("web", f"i-{letter}"), now)

    return lines


def plan(ex: SimpleNamespace, now: datetime) -> Iterator[str]:
    verdicts = ex.VERDICTS | {
        (ex.instance_arn("a"), ex.AGENT): Verdict(Code.START, "no task of it here"),
        (ex.instance_arn("a"), ex.REGISTRATOR): Verdict(
            Code.BLOCKED, "waits for consul-agent to be READY here"
        ),
    }
    start = ex.starts(ex.AGENT, "a", "b", words="no task of it is on the instance")
    made = plan_document(ex.facts(), ex.plan(verdicts, (start, ex.STOP)))
    nothing = plan_document(ex.facts(), ex.plan({}))
    return plan_lines([made, nothing])


TRANSCRIPTS: dict[str, Lines] = {
    "status": status,
    "status-in-trouble": status_in_trouble,
    "status-of-long-names": status_of_long_names,
    "status-daemon": daemon,
    "status-daemon-on-many": daemon_on_many,
    "status-daemon-without-definition": daemon_without_definition,
    "instances": instances,
    "explain-ready": explain("a"),
    "explain-backoff": explain("b"),
    "explain-no-fit": explain("c"),
    "explain-draining": explain("d"),
    "explain-disconnected": explain("e"),
    "plan": plan,
}


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_transcript(ex: SimpleNamespace, name: str) -> None:
    lines = list(TRANSCRIPTS[name](ex, datetime.fromtimestamp(ex.NOW, UTC)))
    text = "".join(f"{line}\n" for line in lines)
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert max(len(line) for line in lines) <= 80
    assert not any(line.endswith(" ") for line in lines)
    assert text == path.read_text(encoding="utf-8")


def test_no_transcript_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(TRANSCRIPTS)
