"""Opens both listeners, or says in one line why not. TLS is the API listener's alone."""

from __future__ import annotations

import errno
import os
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import ip_address

from aiohttp import web
from aiohttp.typedefs import Middleware
from msgspec import Struct
from prometheus_client import CollectorRegistry

from daemonctl.http.api import api_app
from daemonctl.http.auth import (
    TokenFile,
    TokenFileError,
    own_pages_only,
    proven,
    this_host_only,
)
from daemonctl.http.certificates import Certificates
from daemonctl.http.connection import Runner
from daemonctl.http.health import health_app
from daemonctl.http.operate import Operate
from daemonctl.http.refusals import Refusals, Sink, Why
from daemonctl.http.tls_files import Rotating, TlsFiles
from daemonctl.model.spec import HttpSpec
from daemonctl.runtime.commands import Operator
from daemonctl.runtime.liveness import Liveness
from daemonctl.runtime.report import Report

_BAD_CONFIG = 2
_NO_LISTENER = 1
_PORTS = range(65536)
_SHUTDOWN_SECONDS = 1.0  # nothing here is worth waiting for longer


class ListenError(Exception):
    """A listener is not opened. The message is one line; ``exit_code`` is the process's."""

    def __init__(self, words: str, exit_code: int) -> None:
        super().__init__(words)
        self.exit_code = exit_code


class Served(Struct, frozen=True):
    """Where the listeners are, with the ports that ``:0`` became."""

    api: tuple[str, int]
    metrics: tuple[str, int]
    tls: TlsFiles | None = None


def refuse_unsafe(spec: HttpSpec) -> None:
    """Checks addresses and token without opening anything.

    Raises:
        ListenError: An API listener off loopback where nobody can prove who they are, a token file
            that cannot be used, an address that is none, or one address for both (exit code 2).
    """
    host, port = _address("listen", spec.listen)
    if spec.exposed:
        words = (
            f"http.listen {host}:{port} can be reached from outside, and nobody would have to"
            " authenticate: set http.authTokenFile or http.tls.clientCaFile, or listen on 127.0.0.1"
        )
        raise ListenError(words, _BAD_CONFIG)
    _token(spec)
    _address("metricsListen", spec.metrics_listen)
    if spec.listen == spec.metrics_listen and not spec.listen.endswith(":0"):
        words = f"http.listen and http.metricsListen are both {spec.listen}: give each its own port"
        raise ListenError(words, _BAD_CONFIG)


def url_of(spec: HttpSpec, api: tuple[str, int]) -> str:
    """Where other replicas send the clients of this API: as told, else where it listens.

    Of a listener on every address it is the one by which this host reaches others.
    """
    if spec.advertise:
        return spec.advertise
    host, port = api
    if ip_address(host).is_unspecified:
        host = _outward(host)
    scheme = "http" if spec.tls is None else "https"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _outward(host: str) -> str:
    """No packet is sent: connecting a UDP socket only asks for the route (documentation's nets)."""
    family, far = (socket.AF_INET6, "2001:db8::1") if ":" in host else (socket.AF_INET, "192.0.2.1")
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((far, 9))
        except OSError:  # no route: then nobody else can reach it, either
            return "::1" if ":" in host else "127.0.0.1"
        return str(probe.getsockname()[0])


@asynccontextmanager
async def serve(
    spec: HttpSpec,
    report: Report,
    liveness: Liveness,
    operator: Operator,
    registry: CollectorRegistry,
    *,
    sink: Sink,
) -> AsyncIterator[Served]:
    """Listens for as long as the context lasts.

    Raises:
        ListenError: As ``refuse_unsafe``; or a port is taken or not ours to open (exit code 1).
        TlsFilesError: The files of ``http.tls`` cannot be used; nothing is open then.
    """
    refuse_unsafe(spec)
    api_at = _address("listen", spec.listen)
    metrics_at = _address("metricsListen", spec.metrics_listen)
    refusals = Refusals(sink, time.monotonic)
    files = _tls(spec, sink, refusals)
    guard = own_pages_only(_guard(spec, api_at[0], files), spec.advertise)
    async with AsyncExitStack() as stack:
        health = health_app(report, liveness, registry)
        metrics = await _open(stack, health, "metricsListen", metrics_at)
        operate = Operate(operator, authenticates=spec.authenticates)
        context = None if files is None else Rotating.of(files)
        api = await _open(
            stack, api_app(report, guard, operate, refusals), "listen", api_at, context
        )
        yield Served(api=api, metrics=metrics, tls=files)


def _tls(spec: HttpSpec, sink: Sink, refusals: Refusals) -> TlsFiles | None:
    """Raises TlsFilesError."""
    if spec.tls is None:
        return None

    def refused(words: str) -> None:
        refusals.tell(Why.CERTIFICATE, f"a client's certificate: {words}")

    return TlsFiles(spec.tls, log=sink.log, refused=refused)


def _guard(spec: HttpSpec, host: str, files: TlsFiles | None) -> Middleware:
    if not spec.authenticates:
        return this_host_only(host)
    certified = files is not None and spec.tls is not None and spec.tls.client_ca_file
    return proven(_token(spec), Certificates(files) if files is not None and certified else None)


def _token(spec: HttpSpec) -> TokenFile | None:
    try:
        return TokenFile(spec.auth_token_file) if spec.auth_token_file else None
    except TokenFileError as error:
        raise ListenError(f"http.authTokenFile {error}", _BAD_CONFIG) from error


def _address(key: str, text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not colon or not bare or not port.isdecimal() or int(port) not in _PORTS:
        words = f'http.{key} "{text}" is no address: write host:port, as 127.0.0.1:8080'
        raise ListenError(words, _BAD_CONFIG)
    return bare, int(port)


async def _open(
    stack: AsyncExitStack,
    app: web.Application,
    key: str,
    at: tuple[str, int],
    context: ssl.SSLContext | None = None,
) -> tuple[str, int]:
    runner = Runner(app, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, *at, ssl_context=context).start()
    except OSError as error:
        raise ListenError(_why(key, *at, error), _NO_LISTENER) from error
    address = runner.addresses[0]
    return str(address[0]), int(address[1])


def _why(key: str, host: str, port: int, error: OSError) -> str:
    at = f"http.{key} {host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return (
            f"{at}: the port is taken by another process (another daemonctl?): stop it, or set"
            f" another port in http.{key}"
        )
    why = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
    return f"{at}: cannot listen: {why}"
