"""What `events` does: the journal's pages, or its stream."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from daemonctl.cli.client import Client
from daemonctl.cli.documents import Gone
from daemonctl.cli.events_follow import follow
from daemonctl.cli.events_text import EventLines, events_lines
from daemonctl.cli.failing import warn
from daemonctl.cli.server import Server
from daemonctl.cli.show import now, print_json, print_json_line, print_lines
from daemonctl.cli.table import wrap
from daemonctl.runtime.report import EventsPage
from daemonctl.runtime.report_rows import EventRow

_PAGE = 1000
_EVER = datetime.fromtimestamp(0, UTC)

Filters = Mapping[str, str]


def show_events(server: Server, filters: Filters, since: float | None, output: str) -> None:
    """`events`, of the last ``since`` seconds or of all that are held."""
    page = _whole(Client(server), filters)
    first = _first(since)
    page = replace(page, events=tuple(row for row in page.events if row.at >= first))
    if output == "json":
        print_json(page)
        return
    options = [f"--{name} {value}" for name, value in filters.items()]
    options += [] if since is None else [f"--since {since:.0f}s"]
    print_lines(events_lines(page.events, " ".join(options)))


def follow_events(server: Server, filters: Filters, since: float | None, output: str) -> None:
    """`events -f`. Ctrl-C is how it ends, and no failure."""
    lines, first = EventLines(), _first(since)
    begun = False
    try:
        for row in follow(Client(server), filters, warn):
            if isinstance(row, EventRow) and row.at < first:
                continue
            if output == "json":
                print_json_line(row)
            elif isinstance(row, Gone):
                print_lines(wrap("-- ", row.words))
            else:
                print_lines([] if begun else [lines.header()])
                begun = True
                print_lines(lines.of(row))
    except KeyboardInterrupt:
        return


def _first(since: float | None) -> datetime:
    return _EVER if since is None else now() - timedelta(seconds=since)


def _whole(client: Client, filters: Filters) -> EventsPage:
    """All pages. What falls out of the ring between two of them is said to be lost."""
    query: dict[str, str | int] = {"limit": _PAGE, **filters}
    whole = page = client.get(EventsPage, "events", **query)
    while len(page.events) == _PAGE:
        page = client.get(EventsPage, "events", after=page.next, **query)
        events = whole.events + page.events
        whole = replace(page, events=events, lost=whole.lost or page.lost)
    return whole
