"""The words of the published description that no type has beside it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

ABOUT: Final = """\
Members are camelCase, times RFC 3339 in UTC, durations seconds, memory MiB, CPU ECS's units.
Members may be added to answers: leave alone what you do not know. Every error is
`application/problem+json` (RFC 9457). HEAD answers as GET does, without the body. Answers are
compressed (gzip) where `Accept-Encoding` takes that."""

TAGS: Final[Mapping[str, str]] = {
    "read": "What is, and why.",
    "change": "What an operator asks for. Each is a row of the journal, with who asked.",
    "health": "For probes and Prometheus, on the metrics listener.",
    "about": "About the API itself.",
}

SECURITY: Final[Mapping[str, Mapping[str, str]]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of `http.authTokenFile`. Without one this API listens on loopback"
        " only; there reading wants nothing, and nothing can be changed.",
    },
    "clientCertificate": {
        "type": "mutualTLS",
        "description": "A certificate signed by one of `http.tls.clientCaFile`.",
    },
}

PATH_PARTS: Final[Mapping[str, str]] = {
    "alias": "The cluster's alias in the config.",
    "daemon": "The daemon's name in the config.",
    "id": "A container instance's ARN, its last part, an EC2 instance id, or the start of one.",
}

NOT_MODIFIED: Final = "It is still what `If-None-Match` names."

REFUSALS: Final[Mapping[HTTPStatus, tuple[str, tuple[str, ...]]]] = {
    HTTPStatus.TEMPORARY_REDIRECT: (
        "Another replica leads this cluster: ask it. `Location` may name another host.",
        ("Location",),
    ),
    HTTPStatus.BAD_REQUEST: ("A parameter, a header or the body cannot be used.", ()),
    HTTPStatus.UNAUTHORIZED: (
        "The token is missing, or it is another one.",
        ("WWW-Authenticate",),
    ),
    HTTPStatus.FORBIDDEN: (
        "Without a token or a client certificate, and from another origin, nothing is changed.",
        (),
    ),
    HTTPStatus.NOT_FOUND: (
        "There is no such cluster, daemon, instance or zone; the words name what there is.",
        (),
    ),
    HTTPStatus.REQUEST_TIMEOUT: ("The body did not come in time.", ()),
    HTTPStatus.CONFLICT: (
        "It cannot be done as things are, or the id names more than one instance.",
        (),
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("The body is larger than 16 KiB.", ()),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("The body is compressed.", ()),
    HTTPStatus.MISDIRECTED_REQUEST: (
        "Without a token this listener answers to loopback's names only.",
        (),
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("daemonctl failed at this; its log has the trace.", ()),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "Not now: no leader is known, a loop hangs, too many streams, or no token can be read.",
        ("Retry-After",),
    ),
}
"""What each refusal means, and which headers may come with it."""

HEADERS: Final[Mapping[str, object]] = {
    "ETag": {"description": "Changes whenever the body does.", "schema": {"type": "string"}},
    "Link": {
        "description": 'The next page, as `<…>; rel="next"`; not there on the last one.',
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "The same path at the leader.",
        "schema": {"type": "string", "format": "uri"},
    },
    "Retry-After": {
        "description": "Seconds until it is worth another try.",
        "schema": {"type": "integer"},
    },
    "WWW-Authenticate": {"description": "How to identify oneself.", "schema": {"type": "string"}},
}
