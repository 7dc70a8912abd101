"""``http``: its keys, what no single one shows, and where the files of ``http.tls`` are named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from daemonctl.adapters.config.faults import Fault, Lines
from daemonctl.adapters.config.kinds import AdvertiseText, FileText, ListenText, Part
from daemonctl.adapters.config.tree import Tree
from daemonctl.model.spec import HttpSpec, TlsSpec

_TLS_KEYS = ("certFile", "keyFile", "clientCaFile")


class Tls(Part):
    """``http.tls``."""

    cert_file: FileText
    key_file: FileText
    client_ca_file: FileText | None = None


class Http(Part):
    """``http``."""

    listen: ListenText = "127.0.0.1:8080"
    metrics_listen: ListenText = "0.0.0.0:9102"
    auth_token_file: FileText | None = None
    advertise: AdvertiseText | None = None
    tls: Tls | None = None


def http_spec(part: Http) -> HttpSpec:
    """The block, as the listeners read it."""
    tls = part.tls
    return HttpSpec(
        listen=part.listen,
        metrics_listen=part.metrics_listen,
        auth_token_file=part.auth_token_file or "",
        advertise=part.advertise or "",
        tls=None if tls is None else TlsSpec(tls.cert_file, tls.key_file, tls.client_ca_file or ""),
    )


def check_http(tree: Mapping[str, Tree], lines: Lines) -> Iterator[Fault]:
    """All such faults of a config."""
    http = tree.get("http")
    if not isinstance(http, dict) or not isinstance(http.get("tls"), dict):
        return
    advertise = http.get("advertise")
    if isinstance(advertise, str) and advertise.startswith("http://"):
        words = "is http, and with http.tls this replica speaks https only: begin it with https://"
        yield lines.fault(("http", "advertise"), words)


def check_exposed(part: Http, lines: Lines) -> list[Fault]:
    """What a controller refuses to start with."""
    if not http_spec(part).exposed:
        return []
    words = (
        "can be reached from outside, and nobody would have to authenticate: set http.authTokenFile"
        " or http.tls.clientCaFile, or listen on 127.0.0.1"
    )
    return [lines.fault(("http", "listen"), words)]


def tls_lines(lines: Lines) -> dict[str, int]:
    """The line of each key of ``http.tls``: the files are looked at later, and named by these."""
    return {key: lines.of(("http", "tls", key)) for key in _TLS_KEYS}
