"""Every instance of a cluster in pages of a plain table, for whoever has no script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from daemonctl.http.page.markup import Markup, Piece, join, tag
from daemonctl.http.page.overview import instances_href
from daemonctl.runtime.report import InstanceRow, InstancesPage
from daemonctl.runtime.report_rows import VerdictRow

ROWS: Final = 100
"""Instances on a page."""

_COLUMNS: Final = ("Instance", "Zone", "Status", "Gate", "Daemons")


def listing(page: InstancesPage) -> Markup:
    """One page, with the way to the next."""
    head = tag("tr", *(tag("th", name, scope="col") for name in _COLUMNS))
    table = tag(
        "table",
        tag("caption", f"{page.total:,} instances of {page.cluster}"),
        tag("thead", head),
        tag("tbody", *(_row(row) for row in page.instances)),
        class_="instances",
    )
    return tag(
        "section",
        tag("h2", f"Instances of {page.cluster}", id="instances"),
        _way("Back to the overview", "/"),
        tag("div", table, class_="wide", tabindex="0", role="region", aria_label="The table"),
        _way("Next page", f"{instances_href(page.cluster)}&after={quote(page.next, safe='')}")
        if page.next
        else Markup(),
        class_="cluster",
        aria_labelledby="instances",
    )


def _way(words: str, href: str) -> Markup:
    return tag("p", tag("a", words, href=href))


def _row(row: InstanceRow) -> Markup:
    away = row.status == "ACTIVE" and not row.agent_connected
    return tag(
        "tr",
        tag("th", row.ec2_instance_id or row.id, scope="row"),
        tag("td", row.zone or "-"),
        tag("td", "DISCONNECTED" if away else row.status),
        tag("td", row.gate or "-"),
        tag("td", _verdicts(row.verdicts)),
    )


def _verdicts(verdicts: Sequence[VerdictRow]) -> Piece:
    """What is READY in a word; what is not with its words."""
    parts = [
        join(tag("b", f"{each.daemon} {each.code}", class_="code"), _why(each)) for each in verdicts
    ]
    return join(*(join(tag("br") if number else "", part) for number, part in enumerate(parts)))


def _why(verdict: VerdictRow) -> str:
    return f" {verdict.words}" if verdict.words and verdict.code != "READY" else ""
