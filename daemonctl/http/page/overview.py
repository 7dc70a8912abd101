"""The page as the server writes it: complete without a script, and the first thing that is seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlsplit

from daemonctl.http.page.markup import Markup, Piece, join, tag
from daemonctl.runtime.report import ClusterStatus, DaemonStatus, Status
from daemonctl.runtime.report_rows import ConditionRow, EventRow, FailingRow

_CLUSTERS_WITH_WORST: Final = 8
"""Clusters of which the worst instances are named: the first load has its bound."""

_LONGEST: Final = 200  # characters of a journal row's words: the rest is in the API

_COLUMNS: Final = (
    "Name",
    "Desired",
    "Current",
    "Ready",
    "Up-to-date",
    "Available",
    "Misscheduled",
    "Rollout",
    "Since",
)


def overview(status: Status, events: Sequence[EventRow]) -> Markup:
    """The verdicts, worst first, other replicas' last; every cluster; the journal's last rows."""
    order = ("UNSAFE", "UNKNOWN", "MOVING", "UNGUARDED", "SAFE", "AWAY")
    worst_first = sorted(
        status.clusters, key=lambda each: (each.standby, order.index(each.discovery.state))
    )
    several = len(status.clusters) > 1
    verdicts = tag(
        "section",
        tag("h2", "Is discovery safe?", class_="unseen", id="verdict-title"),
        *(verdict(cluster, several=several) for cluster in worst_first),
        class_="verdicts",
        aria_labelledby="verdict-title",
    )
    sections = [
        _cluster(cluster, worst=number < _CLUSTERS_WITH_WORST)
        for number, cluster in enumerate(status.clusters)
    ]
    return join(verdicts, *_process(status), *sections, _journal(events), _foot(status))


def verdict(cluster: ClusterStatus, *, several: bool) -> Markup:
    """The sentence, with its shape and its colour."""
    row = cluster.discovery
    link = tag("a", cluster.alias, href=f"#cluster-{quote(cluster.alias, safe='')}")
    named = join(link, f": {row.words}") if several else row.words
    count = f"{row.safe:,}/{row.instances:,}" if row.instances else ""
    return tag(
        "div",
        tag("span", class_="mark", aria_hidden="true"),
        tag("p", named, class_="sentence"),
        tag("p", count, class_="count", aria_hidden="true") if count else "",
        class_="verdict",
        data_state=row.state,
    )


def time_of(moment: datetime | None) -> Markup:
    """A time for people and for machines."""
    if moment is None:
        return Markup("-")
    return tag("time", f"{moment:%Y-%m-%d %H:%M:%S} UTC", datetime=f"{moment:%Y-%m-%dT%H:%M:%SZ}")


def instances_href(alias: str) -> str:
    """Every instance of a cluster, in pages that need no script."""
    return f"/?cluster={quote(alias, safe='')}"


def note(title: str, words: Piece, step: str = "", *, notice: str = "") -> Markup:
    """Something to know, with what to do."""
    return tag(
        "li",
        tag("b", title, class_="code"),
        " ",
        tag("span", words),
        tag("span", f"Next: {step}", class_="next") if step else "",
        data_notice=notice or None,
    )


def _process(status: Status) -> list[Markup]:
    notes = []
    if not status.config.ok:
        words = f"cannot be loaded, the last good one is in force: {status.config.words}"
        notes.append(note("CONFIG", words))
    if status.dry_run:
        notes.append(note("DRY RUN", "this process decides and writes nothing"))
    return [tag("ul", *notes, class_="notes")] if notes else []


def _cluster(cluster: ClusterStatus, *, worst: bool) -> Markup:
    title = f"cluster-{cluster.alias}"
    head = tag(
        "h2", cluster.alias, " ", tag("small", f"{cluster.region} · {cluster.state}"), id=title
    )
    parts: list[Markup] = [head]
    if cluster.standby:
        parts.append(_elsewhere(cluster))
    else:
        parts += [
            _facts(cluster),
            _notes(cluster),
            _daemons(cluster),
            _worst(cluster.discovery.worst) if worst else Markup(),
            tag(
                "p",
                tag(
                    "a",
                    f"All {cluster.instances.total:,} instances",
                    href=instances_href(cluster.alias),
                ),
                class_="all",
            ),
        ]
    return tag("section", *parts, class_="cluster", aria_labelledby=title)


def _elsewhere(cluster: ClusterStatus) -> Markup:
    """A standby knows nothing but who leads."""
    address = cluster.leader.address if cluster.leader is not None else ""
    link: Piece = ""
    if urlsplit(address).scheme in ("http", "https"):
        link = tag("a", f"The leader's page: {address}", href=f"{address}/")
    return tag("p", f"This replica stands by: {cluster.words}. ", link, class_="standby")


def _facts(cluster: ClusterStatus) -> Markup:
    counts = cluster.instances
    shares = ((counts.active, "active"), *counts.apart())
    words = ", ".join(f"{number:,} {word}" for number, word in shares if number)
    leader = f" Led by the replica on {cluster.leader.host}." if cluster.leader else ""
    return tag(
        "p",
        f"{counts.total:,} instances{': ' if words else ''}{words}. View of ",
        time_of(cluster.last_resync),
        f".{leader}",
        class_="facts",
    )


def _notes(cluster: ClusterStatus) -> Markup:
    notes = []
    if cluster.words:
        notes.append(note(cluster.state.upper(), cluster.words))
    if cluster.consul is not None and cluster.consul.words:
        notes.append(note("CONSUL", cluster.consul.words))
    if cluster.coverage is not None and cluster.coverage.words:
        notes.append(note("REGISTRATIONS", cluster.coverage.words))
    for name, count in cluster.orphans.items():
        words = f"{count:,} tasks of {name}, a daemon that the config does not have"
        step = "" if name in cluster.removing else "put it back, or `daemonctl prune`"
        notes.append(note("ORPHANS", words, step))
    of_daemons = [row for each in cluster.daemons for row in each.conditions]
    notes.extend(_condition(row) for row in (*cluster.conditions, *of_daemons))
    return tag("ul", *notes, class_="notes") if notes else Markup()


def _condition(row: ConditionRow) -> Markup:
    of = f"{row.daemon}: " if row.daemon else ""
    return note(row.notice, f"{of}{row.words}", row.next, notice=row.notice)


def _daemons(cluster: ClusterStatus) -> Markup:
    head = tag("tr", *(tag("th", name, scope="col") for name in _COLUMNS))
    return tag(
        "div",
        tag(
            "table",
            tag("caption", f"Daemons of {cluster.alias}", class_="unseen"),
            tag("thead", head),
            tag("tbody", *(_daemon(each) for each in cluster.daemons)),
            class_="daemons",
        ),
        class_="wide",
        tabindex="0",
        role="region",
        aria_label=f"Daemons of {cluster.alias}",
    )


def _daemon(daemon: DaemonStatus) -> Markup:
    phase = "paused" if daemon.paused else daemon.rollout.lower()
    return tag(
        "tr",
        tag("th", daemon.name, scope="row"),
        *(tag("td", f"{number:,}", class_="n") for number in daemon.numbers()),
        tag("td", phase or "-"),
        tag("td", time_of(daemon.since)),
    )


def _worst(rows: Sequence[FailingRow]) -> Markup:
    if not rows:
        return Markup()
    return join(
        tag("h3", "Not safe, the first of them"),
        tag("ul", *(_failing(row) for row in rows), class_="worst"),
    )


def _failing(row: FailingRow) -> Markup:
    held = row.verdict
    return tag(
        "li",
        tag("b", row.ec2_instance_id or row.id),
        f" {row.zone} ",
        tag("b", f"{held.daemon} {held.code}", class_="code"),
        f" {held.words} ",
        tag("span", f"Next: {held.next}", class_="next"),
    )


def _journal(events: Sequence[EventRow]) -> Markup:
    rows = [
        tag(
            "li",
            time_of(row.at),
            " ",
            tag("b", row.code, class_="code"),
            f" {row.daemon} {row.ec2_instance_id or row.instance} {_short(row.words)}",
        )
        for row in reversed(events)
    ]
    shown = tag("ol", *rows, class_="journal") if rows else tag("p", "Nothing happened yet.")
    return tag("section", tag("h2", "Journal", id="journal"), shown, aria_labelledby="journal")


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def _foot(status: Status) -> Markup:
    return tag("footer", f"daemonctl {status.version}, up since ", time_of(status.started), ".")
