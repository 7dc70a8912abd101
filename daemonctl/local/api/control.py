"""The control plane of the local ECS, ``/_local/``: what happens to hosts, tasks and calls.

JSON in and out; what is refused is told as RFC 9457 problems, in one line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

import msgspec
from aiohttp import web
from msgspec import structs

from daemonctl.local import acts
from daemonctl.local.api.dump import dump
from daemonctl.local.machines import Wanted
from daemonctl.local.world import WorldError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from daemonctl.local.api.live import Live
    from daemonctl.local.machines import Machines
    from daemonctl.local.world import World

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

B = TypeVar("B")
MOST_AT_ONCE = 5_000
MOST_EXIT_CODE = 255
LEAST_HEARTBEAT, MOST_HEARTBEAT = 30.0, 7200.0  # facts §4


class Add(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """Container instances to add to a cluster."""

    count: int = 1
    cluster: str = "local"
    capacity_provider: str | None = None


class AddMachine(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """A real machine: with a Docker engine for our agent, or for an agent that somebody runs."""

    cluster: str = "local"
    docker_host: str | None = None
    private_ip: str | None = None
    zone: str | None = None
    instance_type: str | None = None


class Kill(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """A task to kill: its ARN or id, and the exit code that its container leaves."""

    task: str
    exit_code: int = 137


class Behave(msgspec.Struct, forbid_unknown_fields=True):
    """How a family's containers behave from now on, on one instance or on all."""

    family: str
    behaviour: dict[str, object]
    instance: str | None = None


class SetHealth(msgspec.Struct, forbid_unknown_fields=True):
    """How the health checks of a task come out from now on; absent container: all that have one."""

    task: str
    health: str
    container: str | None = None


class ScaleIn(msgspec.Struct, forbid_unknown_fields=True):
    """An auto scaling group terminates an instance; seconds of a heartbeat of its hook, if any."""

    group: str = "local"
    hook: str | None = None
    heartbeat: float = 3600.0


class Interrupt(msgspec.Struct, forbid_unknown_fields=True):
    """A spot interruption of an instance."""

    action: Literal["terminate", "stop"] = "terminate"


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


def add_routes(app: web.Application, live: Live, machines: Machines | None = None) -> None:
    """Add the control plane to the application; without `machines` real ones cannot be added."""
    plane = _Plane(live, machines)
    routes: list[tuple[str, str, Handler]] = [
        ("GET", "about", plane.about),
        ("GET", "state", plane.state),
        ("POST", "instances", plane.add_instances),
        ("POST", "machines", plane.add_machine),
        (
            "POST",
            f"instances/{{id:.+}}/{{act:{'|'.join(acts.HOST_ACTS)}}}",
            plane.happen,
        ),
        ("POST", "instances/{id:.+}/scale-in", plane.scale_in),
        ("POST", "instances/{id:.+}/interrupt", plane.interrupt),
        ("POST", "tasks/kill", plane.kill),
        ("POST", "tasks/health", plane.health),
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
    def __init__(self, live: Live, machines: Machines | None) -> None:
        self._live = live
        self._machines = machines

    @property
    def _world(self) -> World:
        return self._live.world

    async def about(self, _request: web.Request) -> web.StreamResponse:
        world = self._world
        known = {"account": world.account, "region": world.region, "speed": self._live.speed}
        return _json(known | {"now": self._live.now()})

    async def state(self, _request: web.Request) -> web.StreamResponse:
        return _json(dump(self._live.look(), self._live.now()))

    async def add_instances(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request, Add)
        if not 1 <= asked.count <= MOST_AT_ONCE:
            raise ValueError(f"count is from 1 to {MOST_AT_ONCE}, not {asked.count}")
        arns = await self._live.act("add", **structs.asdict(asked))
        return _json({"containerInstanceArns": arns}, 201)

    async def add_machine(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request, AddMachine)
        if self._machines is None:
            raise ValueError("real machines cannot be added here")
        host = await self._machines.add(Wanted(**structs.asdict(asked)))
        found: dict[str, object] = {"ec2InstanceId": host.id}
        if host.docker_host is None:
            found["environment"] = self._machines.environment(host)
        return _json(found, 201)

    async def happen(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["id"]
        await self._live.act(request.match_info["act"], id=name)
        if self._machines is not None:
            await self._machines.obey(name)
        return _json({})

    async def scale_in(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request, ScaleIn)
        if not LEAST_HEARTBEAT <= asked.heartbeat <= MOST_HEARTBEAT:
            raise ValueError(f"a heartbeat is from 30 to 7200 seconds, not {asked.heartbeat}")
        await self._live.act("scale_in", id=request.match_info["id"], **structs.asdict(asked))
        return _json({})

    async def interrupt(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request, Interrupt)
        await self._live.act("interrupt", id=request.match_info["id"], action=asked.action)
        return _json({})

    async def kill(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request, Kill)
        code = asked.exit_code
        if not 0 <= code <= MOST_EXIT_CODE:
            raise ValueError(f"an exit code is from 0 to {MOST_EXIT_CODE}, not {code}")
        await self._live.act("kill", task=asked.task, exit_code=code)
        return _json({})

    async def health(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request, SetHealth)
        await self._live.act("health", **structs.asdict(asked))
        return _json({})

    async def behave(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request, Behave)
        await self._live.act("behave", **structs.asdict(asked))
        return _json({})

    async def faults(self, _request: web.Request) -> web.StreamResponse:
        faults = self._world.faults
        return _json({"active": faults.active(self._live.now()), "hits": faults.hits})

    async def set_fault(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request, SetFault)
        if asked.seconds is not None and not asked.seconds > 0:
            raise ValueError(f"seconds is a number above 0, not {asked.seconds}")
        await self._live.act("set_fault", kind=request.match_info["kind"], **structs.asdict(asked))
        return await self.faults(request)

    async def clear_faults(self, request: web.Request) -> web.StreamResponse:
        await self._live.act("clear_faults", kind=request.match_info.get("kind"))
        return await self.faults(request)
