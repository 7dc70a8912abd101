"""`explain` as text: everything about one instance, a paragraph a daemon."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from daemonctl.cli.instances_text import status_of
from daemonctl.cli.status_text import conditions_lines
from daemonctl.cli.table import age, count_of, plain, span, wrap
from daemonctl.runtime.report import InstanceDocument
from daemonctl.runtime.report_rows import TaskRow, VerdictRow

_UNKNOWN = "NO_DEFINITION"


def explain_lines(document: InstanceDocument, now: datetime) -> Iterator[str]:
    """The instance, then daemon by daemon what runs, what should, why, and what to do."""
    yield from _head(document, now)
    yield from conditions_lines(document.conditions)
    for verdict in document.instance.verdicts:
        yield ""
        yield from _verdict(verdict, now)
    yield from _tasks(
        "Tasks of these families that others started, left alone",
        "Nothing to do where they are meant; else find out who starts them.",
        document.foreign,
    )
    yield from _tasks(
        "Ours, of a daemon that is no longer in the config",
        "Put the daemon back into the config, or stop them: `daemonctl prune`.",
        document.orphans,
    )


def _head(document: InstanceDocument, now: datetime) -> Iterator[str]:
    row = document.instance
    yield f"Instance:    {plain(row.ec2_instance_id) or '-'}"
    yield f"In ECS:      {plain(row.id)}"
    yield from wrap("Cluster:     ", f"{document.cluster}, zone {row.zone or 'unknown'}")
    agent = document.agent_version or "version unknown"
    words = f"{status_of(row)}, agent {'' if row.agent_connected else 'not '}connected ({agent})"
    if document.disconnected_since is not None:
        words += f" for {age(document.disconnected_since, now)}"
    yield from wrap("Status:      ", words)
    attributes = count_of(document.attributes, "attribute")
    yield from wrap("Registered:  ", f"{age(document.registered_at, now)} ago, {attributes}")
    if document.gate:
        yield from wrap("Gate:        ", document.gate)
    if document.consul_agent:
        yield from wrap("In Consul:   ", document.consul_agent)
    for words in document.unregistered:
        yield from wrap("Not there:   ", f"{words} should be in Consul, and is not")
    for words in document.stale_services:
        yield from wrap("Stale there: ", words)
    left, whole = document.remaining, document.registered
    room = f"{left.cpu} of {whole.cpu} CPU units and {left.memory} of {whole.memory} MiB left"
    yield from wrap("Resources:   ", room)
    ports = ", ".join(
        f"{kind} {' '.join(str(port) for port in numbers)}"
        for kind, numbers in (("tcp", left.tcp), ("udp", left.udp))
        if numbers
    )
    yield from wrap("Ports taken: ", ports or "none")
    if document.next:
        yield from wrap("Next:        ", document.next)


def _verdict(verdict: VerdictRow, now: datetime) -> Iterator[str]:
    until = ""
    if verdict.until is not None and verdict.until > now:
        until = f" for {span((verdict.until - now).total_seconds())} more"
    yield f"{verdict.daemon}: {verdict.code}{until}"
    if verdict.words:
        yield from wrap("  why:     ", verdict.words)
    yield from wrap("  runs:    ", _runs(verdict, now))
    if verdict.task:
        yield f"  task:    {plain(verdict.task)}"
    yield from wrap("  should:  ", _should(verdict))
    failure = verdict.last_failure
    if failure is not None:
        streak = f"{count_of(failure.streak, 'failure')} in a row, {age(failure.at, now)} ago"
        yield from wrap("  failed:  ", f"{streak}; {failure.code}: {failure.words}")
        if failure.until > now:
            left = span((failure.until - now).total_seconds())
            yield f"  backoff: no start for another {left}"
    yield from wrap("  next:    ", verdict.next)


def _should(verdict: VerdictRow) -> str:
    if verdict.wanted:
        return f"run {verdict.wanted}"
    return "run, but of which revision is not known" if verdict.code == _UNKNOWN else "not run here"


def _runs(verdict: VerdictRow, now: datetime) -> str:
    if not verdict.task:
        return "nothing"
    since = f" for {age(verdict.since, now)}" if verdict.since is not None else ""
    return f"{verdict.revision} {verdict.task_status}{since}"


def _tasks(heading: str, step: str, tasks: Sequence[TaskRow]) -> Iterator[str]:
    if not tasks:
        return
    yield ""
    yield f"{heading}:"
    for each in tasks:
        by = f", started by {each.started_by}" if each.started_by else ""
        yield from wrap("  ", f"{each.task} {each.status} {each.revision}, group {each.group}{by}")
    yield from wrap("  next: ", step)
