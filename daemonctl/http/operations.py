"""Every route of both listeners. The API is what this table says, and so is ``/openapi.json``."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from daemonctl.http.answer import JSON
from daemonctl.http.bodies import PRUNE, Nothing, PauseBody, UndoBody
from daemonctl.http.operation import Operation
from daemonctl.http.query import Whole, Word
from daemonctl.model.reason import Code
from daemonctl.runtime.journal import Happened
from daemonctl.runtime.liveness import Alive, Ready
from daemonctl.runtime.report import (
    Answers,
    DaemonDocument,
    EventsPage,
    InstanceDocument,
    InstancesPage,
    Plans,
    Status,
)
from daemonctl.runtime.report_grid import GridDocument

PAGE: Final = 100
LARGEST_PAGE: Final = 1000
STREAM: Final = "text/event-stream"
METRICS: Final = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_LAST_SEQ: Final = 2**53 - 1  # what every JSON reader can hold

CLUSTER: Final = Word("cluster", "Of one cluster only: its alias.")
LIMIT: Final = Whole("limit", "The most rows to answer with.", PAGE, 1, LARGEST_PAGE)
AFTER_INSTANCE: Final = Word(
    "after", "Only rows behind this one: `next` of the page before.", may_be_empty=True
)
VERDICT: Final = Word(
    "verdict", "Only instances where a daemon has this verdict.", tuple(map(str, Code))
)
ZONE: Final = Word("zone", "Only instances of this availability zone.")
AFTER_EVENT: Final = Whole("after", "Only rows with a greater `seq`.", 0, 0, _LAST_SEQ)
NEWEST: Final = Whole(
    "newest", "The last rows, this many: in place of `after` and `limit`.", None, 1, LARGEST_PAGE
)
KIND: Final = Word("kind", "Only rows of this kind.", tuple(map(str, Happened)))
DAEMON: Final = Word("daemon", "Only rows about this daemon.")
INSTANCE: Final = Word(
    "instance",
    "Only rows about this instance: a container instance's ARN, its last part, an EC2 id, or the"
    " start of one.",
)
RESUMED: Final = Word(
    "Last-Event-ID", "Of a stream: the id of the last event that arrived.", in_header=True
)

_READ: Final = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.MISDIRECTED_REQUEST,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_OF_CLUSTER: Final = (*_READ, HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.NOT_FOUND)
_CHANGE: Final = (
    *_OF_CLUSTER,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
)
_PROBE: Final = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)

READING: Final = (
    Operation(
        "getStatus",
        "GET",
        "/v1/status",
        "read",
        "Everything in numbers",
        "Of clusters that another replica leads it tells who that is; with `cluster` it answers"
        " 307 to that one.",
        answer=Status,
        query=(CLUSTER,),
        refuses=_OF_CLUSTER,
        conditional=True,
    ),
    Operation(
        "getDaemon",
        "GET",
        "/v1/clusters/{alias}/daemons/{daemon}",
        "read",
        "One daemon on one cluster",
        "Its counts, its rollout, and up to a hundred instances that lack it, with the reasons.",
        answer=DaemonDocument,
        refuses=_OF_CLUSTER,
        conditional=True,
    ),
    Operation(
        "listInstances",
        "GET",
        "/v1/clusters/{alias}/instances",
        "read",
        "The instances of one cluster, in pages",
        "In order of their ids. An instance that comes or goes between two pages moves no other:"
        " none of the others is told twice or left out.",
        answer=InstancesPage,
        query=(AFTER_INSTANCE, LIMIT, VERDICT, ZONE),
        refuses=_OF_CLUSTER,
        linked=True,
        conditional=True,
    ),
    Operation(
        "getInstance",
        "GET",
        "/v1/clusters/{alias}/instances/{id}",
        "read",
        "Everything about one instance",
        "An id that names more than one is answered 409, with `candidates`.",
        answer=InstanceDocument,
        refuses=(*_OF_CLUSTER, HTTPStatus.CONFLICT),
        conditional=True,
    ),
    Operation(
        "getGrid",
        "GET",
        "/v1/clusters/{alias}/grid",
        "read",
        "Every instance of one cluster at once, small",
        answer=GridDocument,
        refuses=_OF_CLUSTER,
        conditional=True,
    ),
    Operation(
        "getPlan",
        "GET",
        "/v1/plan",
        "read",
        "What would be done now, and why",
        answer=Plans,
        query=(CLUSTER,),
        refuses=_OF_CLUSTER,
        conditional=True,
    ),
    Operation(
        "listEvents",
        "GET",
        "/v1/events",
        "read",
        "The journal, in pages or as a stream",
        "`Accept: text/event-stream` streams: each event's `data` is an EventRow, its `id` the"
        " row's `seq`. An event of type `lost` (its `data` a Lost) says that rows are missing."
        " There is a comment at least every 15 seconds.",
        answer=EventsPage,
        media=(JSON, STREAM),
        query=(AFTER_EVENT, LIMIT, NEWEST, CLUSTER, DAEMON, INSTANCE, KIND),
        headers=(RESUMED,),
        refuses=(*_READ, HTTPStatus.NOT_FOUND),
        conditional=True,
    ),
    Operation(
        "getOpenApi",
        "GET",
        "/openapi.json",
        "about",
        "This document",
        "It holds nothing of any cluster, so it wants no token.",
        refuses=(
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.MISDIRECTED_REQUEST,
            HTTPStatus.INTERNAL_SERVER_ERROR,
        ),
        open=True,
        conditional=True,
    ),
)
"""What only reads, on the API listener."""


def _of_clusters(verb: str, summary: str, about: str = "", body: object = Nothing) -> Operation:
    return Operation(
        f"{verb}Clusters",
        "POST",
        f"/v1/{verb}",
        "change",
        summary,
        about,
        answer=Answers,
        query=(CLUSTER,),
        body=body,
        refuses=_CHANGE,
    )


def _of_daemon(verb: str, summary: str, about: str = "", body: object = Nothing) -> Operation:
    return Operation(
        f"{verb}Daemon",
        "POST",
        f"/v1/clusters/{{alias}}/daemons/{{daemon}}/{verb}",
        "change",
        summary,
        about,
        answer=Answers,
        body=body,
        refuses=_CHANGE,
    )


CHANGING: Final = (
    _of_clusters("freeze", "Stop every write at once"),
    _of_clusters("unfreeze", "Let writes go on"),
    _of_clusters("resync", "Look at everything again now"),
    _of_clusters(
        "prune",
        "Stop tasks of daemons that left the config",
        "Or, with `misplaced`, let go of a daemon's tasks where it should not run, though that is"
        " over half of them.",
        PRUNE,
    ),
    _of_daemon("pause", "Stop updates of a daemon; repair goes on", body=PauseBody),
    _of_daemon("resume", "Let its updates go on"),
    _of_daemon("undo", "Go back to an earlier revision", body=UndoBody),
    _of_daemon("restart", "Replace its tasks one after the other, in the same revision"),
)
"""What changes something, on the API listener: a token or a client certificate is a must."""

API: Final = (*READING, *CHANGING)

HEALTH: Final = (
    Operation(
        "getLive",
        "GET",
        "/livez",
        "health",
        "Whether the process turns",
        "Whatever AWS and Consul do: 503 means that a restart may help.",
        answer=Alive,
        refuses=_PROBE,
        open=True,
    ),
    Operation(
        "getReady",
        "GET",
        "/readyz",
        "health",
        "Whether every cluster that it leads was seen whole once",
        "A standby is ready, too.",
        answer=Ready,
        refuses=_PROBE,
        open=True,
    ),
    Operation(
        "getMetrics",
        "GET",
        "/metrics",
        "health",
        "Numbers for Prometheus",
        media=(METRICS, OPENMETRICS),
        refuses=(HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR),
        open=True,
    ),
)
"""The metrics listener. No token: probes have none."""
