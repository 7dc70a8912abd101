"""The control plane of the local ECS, ``/_local/``: what happens to hosts, tasks and calls.

JSON in and out; what is refused is told as RFC 9457 problems, in one line.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar

import msgspec
from aiohttp import web

from daemonctl.local.api.dump import dump
from daemonctl.local.world import Behaviour, WorldError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from daemonctl.local.api.live import Live
    from daemonctl.local.world import World

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

B = TypeVar("B")
MOST_AT_ONCE = 5_000
MOST_EXIT_CODE = 255


class Add(msgspec.Struct, forbid_unknown_fields=True):
    """Container instances to add to a cluster."""

    count: int = 1
    cluster: str = "local"


class Kill(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """A task to kill: its ARN or id, and the exit code that its container leaves."""

    task: str
    exit_code: int = 137


class Behave(msgspec.Struct, forbid_unknown_fields=True):
    """How a family's containers behave from now on, on one instance or on all."""

    family: str
    behaviour: dict[str, object]
    instance: str | None = None

    def checked(self) -> Behaviour:
        """Make the behaviour of it; msgspec would pass over unknown fields of a dataclass."""
        known = [field.name for field in fields(Behaviour)]
        for name in self.behaviour:
            if name not in known:
                raise ValueError(f"no behaviour {name!r}: one of {', '.join(known)}")
        return msgspec.convert(self.behaviour, Behaviour)


class SetFault(msgspec.Struct, forbid_unknown_fields=True):
    """A fault: its rate, how many seconds it lasts (absent: until cleared), and its size."""

    rate: float = 1.0
    seconds: float | None = None
    size: float | None = None


def problem(status: int, detail: str) -> web.Response:
    """Tell what is refused, as RFC 9457 has it."""
    body = {"type": "about:blank", "status": status, "detail": detail}
    return web.Response(
        status=status, body=msgspec.json.encode(body), content_type="application/problem+json"
    )


def add_routes(app: web.Application, live: Live) -> None:
    """Add the control plane to the application."""
    plane = _Plane(live)
    routes: list[tuple[str, str, Handler]] = [
        ("GET", "about", plane.about),
        ("GET", "state", plane.state),
        ("POST", "instances", plane.add_instances),
        (
            "POST",
            "instances/{id:.+}/{act:terminate|stop|start|disconnect|reconnect}",
            plane.happen,
        ),
        ("POST", "tasks/kill", plane.kill),
        ("POST", "behave", plane.behave),
        ("GET", "faults", plane.faults),
        ("PUT", "faults/{kind}", plane.set_fault),
        ("DELETE", "faults", plane.clear_faults),
        ("DELETE", "faults/{kind}", plane.clear_faults),
        ("*", "{rest:.*}", _nothing_there),
    ]
    for method, path, handler in routes:
        app.router.add_route(method, "/_local/" + path, _telling(handler))


def _telling(handler: Handler) -> Handler:
    """Turn refusals into problems."""

    async def told(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except WorldError as no:
            return problem(no.status, f"{no.code}: {no.message}")
        except msgspec.MsgspecError as no:
            return problem(400, f"the body is not what is wanted: {no}")
        except (ValueError, KeyError) as no:
            return problem(400, str(no).strip("'\""))

    return told


async def _nothing_there(request: web.Request) -> web.StreamResponse:
    return problem(404, f"there is no {request.method} {request.path}")


async def _body(request: web.Request, kind: type[B]) -> B:
    return msgspec.json.decode(await request.read() or b"{}", type=kind)


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(
        status=status, body=msgspec.json.encode(value), content_type="application/json"
    )


class _Plane:
    def __init__(self, live: Live) -> None:
        self._live = live

    @property
    def _world(self) -> World:
        return self._live.world

    async def about(self, _request: web.Request) -> web.StreamResponse:
        world = self._world
        known = {"account": world.account, "region": world.region, "speed": self._live.speed}
        return _json(known | {"now": self._live.now()})

    async def state(self, _request: web.Request) -> web.StreamResponse:
        now = self._live.now()
        return _json(await self._live.change(lambda: dump(self._world, now)))

    async def add_instances(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request, Add)
        if not 1 <= asked.count <= MOST_AT_ONCE:
            raise ValueError(f"count is from 1 to {MOST_AT_ONCE}, not {asked.count}")
        arns = await self._live.change(
            lambda: self._world.add_instances(asked.cluster, asked.count, self._live.now())
        )
        return _json({"containerInstanceArns": arns}, 201)

    async def happen(self, request: web.Request) -> web.StreamResponse:
        world, name = self._world, request.match_info["id"]
        act = {
            "terminate": world.terminate,
            "stop": world.stop,
            "start": world.start,
            "disconnect": world.disconnect,
            "reconnect": world.reconnect,
        }[request.match_info["act"]]
        await self._live.change(lambda: act(name, self._live.now()))
        return _json({})

    async def kill(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request, Kill)
        code = asked.exit_code
        if not 0 <= code <= MOST_EXIT_CODE:
            raise ValueError(f"an exit code is from 0 to {MOST_EXIT_CODE}, not {code}")
        await self._live.change(
            lambda: self._world.kill_task(asked.task, self._live.now(), exit_code=code)
        )
        return _json({})

    async def behave(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request, Behave)
        behaviour = asked.checked()
        await self._live.change(
            lambda: self._world.behave(asked.family, behaviour, instance=asked.instance)
        )
        return _json({})

    async def faults(self, _request: web.Request) -> web.StreamResponse:
        faults = self._world.faults
        return _json({"active": faults.active(self._live.now()), "hits": faults.hits})

    async def set_fault(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request, SetFault)
        if asked.seconds is not None and not asked.seconds > 0:
            raise ValueError(f"seconds is a number above 0, not {asked.seconds}")
        now = self._live.now()
        until = None if asked.seconds is None else now + asked.seconds
        kind = request.match_info["kind"]
        self._world.faults.set(kind, rate=asked.rate, until=until, size=asked.size)
        return await self.faults(request)

    async def clear_faults(self, request: web.Request) -> web.StreamResponse:
        self._world.faults.clear(request.match_info.get("kind"))
        return await self.faults(request)
