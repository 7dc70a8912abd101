"""What `rollout` does: waits and tells, lists the history, asks for a change."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from daemonctl.cli.asking import daemon_documents
from daemonctl.cli.client import Client
from daemonctl.cli.documents import DaemonDocuments
from daemonctl.cli.failure import FailError
from daemonctl.cli.ordering import tell
from daemonctl.cli.rollout_text import broken_words, history_lines, paused_words
from daemonctl.cli.server import Server
from daemonctl.cli.show import now, print_json, print_lines
from daemonctl.cli.table import plain, wrap
from daemonctl.runtime.report import Answers, DaemonDocument
from daemonctl.runtime.report_rows import COMPLETE, FAILED

_EVERY = 1.0  # seconds between two looks


def steer(
    server: Server,
    cluster: str | None,
    output: str,
    *,
    on: str,
    verb: str,
    body: Mapping[str, object] | None = None,
) -> None:
    """Asks for a change of a daemon's rollout on the one cluster that has it, or that is named."""
    client = Client(server)
    documents = daemon_documents(client, cluster, on)
    if len(documents) > 1:
        of = ", ".join(each.cluster for each in documents)
        raise FailError(f'"{on}" is on each of {of}; choose with --cluster')
    path = ("clusters", documents[0].cluster, "daemons", on, verb)
    tell(client.post(Answers, *path, body=body), output)


def show_history(server: Server, cluster: str | None, output: str, daemon: str) -> None:
    """`rollout history`."""
    documents = daemon_documents(Client(server), cluster, daemon)
    if output == "json":
        print_json(DaemonDocuments(documents))
        return
    for number, document in enumerate(documents):
        print_lines([""] if number else [])
        print_lines(wrap("", f"{daemon} on {document.cluster}"))
        if document.rollout is None or not document.rollout.history:
            print_lines(["No rollouts yet."])
        else:
            print_lines(history_lines(document.rollout, now()))


def show_rollout(
    server: Server,
    cluster: str | None,
    output: str,
    daemon: str,
    *,
    watch: bool,
    timeout: float | None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """`rollout status`. FailError where it failed, or is not over in time."""
    client = Client(server)
    told: dict[str, str] = {}
    ends = None if timeout is None else clock() + timeout
    warns = True  # at the first look: those who wait need it once
    while True:
        documents = daemon_documents(client, cluster, daemon, warns=warns)
        warns = False
        if output != "json":
            _tell_new(documents, told)
        over = all(_over(each) for each in documents)
        late = ends is not None and clock() >= ends
        if over or late or not watch:
            break
        sleep(_EVERY)
    if output == "json":
        print_json(DaemonDocuments(documents))
    _fail_where_failed(documents)
    if late and not over:
        left = [f"{each.cluster} ({_line(each)})" for each in documents if not _over(each)]
        words = f"{daemon} is not rolled out after {timeout:g} s on {'; '.join(left)}"
        raise FailError(plain(f"{words}; `daemonctl status {daemon}` tells what it waits for"))


def _over(document: DaemonDocument) -> bool:
    if document.fault:
        return True
    return document.rollout is not None and document.rollout.result in (COMPLETE, FAILED)


def _tell_new(documents: tuple[DaemonDocument, ...], told: dict[str, str]) -> None:
    """One line a cluster, when it says something else than before."""
    for each in documents:
        words = _line(each)
        if told.get(each.cluster) != words:
            told[each.cluster] = words
            print_lines(wrap(f"{each.daemon.name} on {each.cluster}: ", words))


def _line(document: DaemonDocument) -> str:
    held = document.rollout
    if document.fault:
        return "what the config asks for cannot be looked up"
    if held is None:
        return "the cluster has not been seen whole yet"
    if held.result == COMPLETE:
        return f"rolled out; {held.words}"
    pause = f" ({paused_words(held)})" if held.paused is not None else ""
    waits = f"; waits: {held.waits}" if held.waits else ""
    return f"{held.words}{pause}{waits}"


def _fail_where_failed(documents: tuple[DaemonDocument, ...]) -> None:
    for each in documents:
        if each.fault:
            raise FailError(plain(f"{each.daemon.name} on {each.cluster}: {each.fault}"))
        held = each.rollout
        if held is None or held.result != FAILED:
            continue
        for row in held.failed:
            print_lines(wrap("  failed on ", broken_words(row)))
        name = each.daemon.name
        words = f"{name} on {each.cluster}: {held.words}"
        raise FailError(plain(f"{words}; `daemonctl events --daemon {name}` tells more"))
