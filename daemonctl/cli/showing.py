"""What `status` and `instances` do: look once, or go on looking, and print what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from daemonctl.cli.asking import daemon_documents, instances_of, status_of
from daemonctl.cli.client import Client
from daemonctl.cli.documents import DaemonDocuments, InstancesPages
from daemonctl.cli.instances_text import instances_lines, why_not
from daemonctl.cli.server import Server
from daemonctl.cli.show import now, print_json, print_lines
from daemonctl.cli.status_text import daemon_lines, status_lines
from daemonctl.cli.watch_rows import daemon_rows, instance_rows, same_status, status_rows
from daemonctl.cli.watching import D, Watched, watch
from daemonctl.runtime.report import InstancesPage, Status


class Form(NamedTuple):
    """How it is printed."""

    output: str  # table, wide, json
    watch: bool = False
    headers: bool = True


def show_status(server: Server, cluster: str | None, form: Form) -> None:
    """`status`."""
    lines = partial(_status_lines, wide=form.output == "wide")
    look = partial(status_of, Client(server), cluster)
    _show(form, Watched("status", look, lines, status_rows, same_status))


def show_daemon(server: Server, cluster: str | None, form: Form, name: str) -> None:
    """`status DAEMON`."""
    client = Client(server)

    def look() -> DaemonDocuments:
        return DaemonDocuments(daemon_documents(client, cluster, name, warns=not form.watch))

    _show(form, Watched(f"status {name}", look, _daemon_lines, daemon_rows))


def show_instances(
    server: Server, cluster: str | None, form: Form, filters: Mapping[str, str]
) -> None:
    """`instances`."""
    look: Callable[[], InstancesPages] = partial(
        instances_of, Client(server), cluster, filters, warns=not form.watch
    )

    def lines(document: InstancesPages, _now: datetime) -> Iterator[str]:
        wide = form.output == "wide"
        pages = [_worst_first(page) for page in document.clusters] if form.watch else None
        return instances_lines(pages or document.clusters, headers=form.headers, wide=wide)

    _show(form, Watched("instances", look, lines, instance_rows))


def _show(form: Form, watched: Watched[D]) -> None:
    if form.watch:
        watch(watched, form.output)
        return
    document = watched.look()
    if form.output == "json":
        print_json(document)
    else:
        print_lines(watched.lines(document, now()))


def _worst_first(page: InstancesPage) -> InstancesPage:
    """A screen shows the top of a long list: there stands what has a reason not to be ready."""
    rows = sorted(page.instances, key=lambda row: not why_not(row.verdicts))
    return replace(page, instances=tuple(rows))


def _status_lines(document: Status, at: datetime, *, wide: bool) -> Iterator[str]:
    return status_lines(document, document.clusters, at, wide=wide)


def _daemon_lines(documents: DaemonDocuments, at: datetime) -> Iterator[str]:
    for number, document in enumerate(documents.clusters):
        yield from [""] if number else []
        yield from daemon_lines(document, at)
