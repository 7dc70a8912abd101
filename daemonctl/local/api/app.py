"""The HTTP application: the AWS API on ``/``, the control plane under ``/_local/``."""

from __future__ import annotations

import ipaddress
import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from daemonctl.local.api import control, routing, wire
from daemonctl.local.api.agents import AgentSockets
from daemonctl.local.api.live import Dropped
from daemonctl.local.world.errors import WorldError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from daemonctl.local.api.live import Live
    from daemonctl.local.api.session import Spans
    from daemonctl.local.api.wire import Reply
    from daemonctl.local.machines import Machines

_LOG = logging.getLogger(__name__)
LARGEST_BODY = 4 * 1024 * 1024
WELCOME = """\
This is a local ECS: Amazon ECS, SQS, EC2 and STS, simulated, on this machine only.
Point an AWS SDK or the AWS CLI here:

    eval "$(daemonctl local env)"
    aws ecs list-container-instances --cluster local

What happens to its hosts is said with `daemonctl local`; its state is at /_local/state.
"""


def make_app(
    live: Live, spans: Spans | None = None, machines: Machines | None = None
) -> web.Application:
    """Make the application over a running world.

    Args:
        live: The world.
        spans: Those of agents' connections.
        machines: The world's real machines; None: none can be added.
    """
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_only_from_here])
    face = _Face(live)
    app.router.add_get("/", face.get)
    app.router.add_post("/", face.post)
    # SDKs of SQS post to the queue's own URL
    app.router.add_post("/{account:\\d{12}}/{queue}", face.post)
    control.add_routes(app, live, machines)
    AgentSockets(live, spans).add_routes(app)
    return app


class _Face:
    def __init__(self, live: Live) -> None:
        self._live = live

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Say what this is, or do the action of a query in the URL."""
        if "Action" not in request.query:
            return web.Response(text=WELCOME)
        return await self.post(request)

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Do one call of the AWS API."""
        body = await request.read()
        try:
            return _response(await self._answer(request, body))
        except Dropped:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)  # goes nowhere: the connection is gone

    async def _answer(self, request: web.Request, body: bytes) -> Reply:
        service = None
        try:
            asked = routing.asked(request.headers, request.query_string, body)
            service = asked.service
            params = wire.params_of(asked, body)
            return wire.reply(asked, await self._live.call(service, asked.model.name, params))
        except WorldError as no:
            refusal = no
        except (TypeError, ValueError, LookupError, AttributeError, AssertionError) as bug:
            _LOG.exception("%s %s", request.method, request.headers.get("X-Amz-Target", ""))
            words = f"a fault of the local ECS itself: {type(bug).__name__}: {bug}"
            refusal = WorldError("InternalFailure", words, 500)
        style = routing.query_style(request.headers, request.query_string, body)
        return wire.error_reply(refusal, query_style=style and (service or style), service=service)


def _response(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body, headers=reply.headers)


@web.middleware
async def _only_from_here(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse what a page in a browser may send: this server does what anybody asks of it."""
    host = urlsplit(f"//{request.host}").hostname or ""
    if not is_loopback(host) or "Origin" in request.headers:
        return control.problem(403, "only programs on this machine may call the local ECS")
    return await handler(request)


def is_loopback(host: str) -> bool:
    """Say whether a host name or address can only mean this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
