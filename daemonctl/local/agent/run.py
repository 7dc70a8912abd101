"""The agent as a process: find the engine, register, work, and begin again when it was lost."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import secrets
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from daemonctl.local.agent.address import find_address
from daemonctl.local.agent.backoff import Backoff
from daemonctl.local.agent.engine import Engine, EngineInfo, EngineLostError
from daemonctl.local.agent.errands import Errands
from daemonctl.local.agent.identity import (
    ARCHITECTURES,
    Host,
    instance_id_of,
    memory_mib,
    registration,
)
from daemonctl.local.agent.plane import AwayError, NoError, Plane
from daemonctl.local.agent.roster import Roster
from daemonctl.local.agent.session import Registered, Session
from daemonctl.local.agent.store import State, StateError, Store
from daemonctl.local.agent.submit import Submitter
from daemonctl.local.agent.telemetry import Telemetry
from daemonctl.local.agent.worker import Tools, Worker

ENDINGS = (signal.SIGINT, signal.SIGTERM)
GONE = "InactiveInstanceException"

ENGINE_SECONDS = 1.0
"""An engine that is away is asked once so often whether it is back."""

_LOG = logging.getLogger(__name__)


class AgentError(Exception):
    """The agent cannot go on; the text is for the operator."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How an agent is started; what is None is found out."""

    docker_host: str
    endpoint: str
    cluster: str
    instance_id: str | None
    instance_type: str
    zone: str
    private_ip: str | None
    state: Path
    cleanup_seconds: float
    pull_behavior: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """An engine that answers, and what it said of itself."""

    engine: Engine
    info: EngineInfo


class News:
    """Says to all who asked that something may be there to be told."""

    def __init__(self) -> None:
        self._events: list[asyncio.Event] = []

    def subscribe(self) -> asyncio.Event:
        event = asyncio.Event()
        self._events.append(event)
        return event

    def tell(self) -> None:
        for event in self._events:
            event.set()


async def run(settings: Settings, connect: Callable[[str], Engine] = Engine) -> None:
    """Run an agent until SIGINT or SIGTERM; its containers stay.

    Args:
        settings: How it is started.
        connect: Makes the client of an engine from its URL.

    Raises:
        AgentError: The control plane refuses this instance, or the state file cannot be used.
    """
    main = asyncio.current_task()
    loop = asyncio.get_running_loop()
    for number in ENDINGS:
        loop.add_signal_handler(number, main.cancel if main is not None else loop.stop)
    try:
        await _serve(settings, connect)
    except* (StateError, NoError) as no:
        raise AgentError(str(_first(no))) from no
    except* asyncio.CancelledError:
        _LOG.info("ends; containers stay")
    finally:
        for number in ENDINGS:
            loop.remove_signal_handler(number)


async def _serve(settings: Settings, connect: Callable[[str], Engine]) -> None:
    store = Store(settings.state)
    state = store.load()
    async with aiohttp.ClientSession() as http:
        plane = Plane(settings.endpoint, http)
        while True:
            engine = connect(settings.docker_host)
            try:
                info = await _engine_is_up(engine)
                await _work(settings, store, state, _Seen(engine, info), plane)
            except* EngineLostError as lost:
                _LOG.warning("disconnected: %s", _first(lost))
            finally:
                await engine.close()
            await asyncio.sleep(ENGINE_SECONDS)


async def _engine_is_up(engine: Engine) -> EngineInfo:
    told = False
    while True:
        try:
            return await engine.info()
        except EngineLostError as no:
            if not told:
                _LOG.warning("waiting for the engine: %s", no)
            told = True
        await asyncio.sleep(ENGINE_SECONDS)


async def _work(settings: Settings, store: Store, state: State, seen: _Seen, plane: Plane) -> None:
    """Work while the engine is there.

    Raises:
        EngineLostError: In a group.
        NoError, StateError: Likewise.
    """
    host = _host(settings, state, seen.info)
    news = News()
    errands = Errands(seen.engine, settings.cluster, settings.pull_behavior, time.time)
    tools = Tools(time.time, news.tell, settings.cleanup_seconds)
    worker = Worker(Roster(state, store, host, _hex), errands, tools)
    await worker.recover()
    async with asyncio.TaskGroup() as group:
        group.create_task(worker.run(seen.info.time))
        group.create_task(_stay(settings, worker, plane, host, news))


async def _stay(settings: Settings, worker: Worker, plane: Plane, host: Host, news: News) -> None:
    """Be registered and connected for ever, anew where the control plane has forgotten."""
    for_health, for_reports = news.subscribe(), news.subscribe()
    while True:
        arn = await _register(settings, worker, plane, host)
        who = Registered(settings.cluster, arn, host.docker_version)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(Session(worker, plane, who).run())
                group.create_task(Telemetry(worker, plane, who, for_health).run())
                group.create_task(Submitter(worker, plane, who, for_reports).run())
        except* NoError as no:
            refusal = _first(no)
            if isinstance(refusal, NoError) and refusal.code == GONE:
                raise
            _LOG.warning("registering anew: %s", refusal)
            await asyncio.sleep(Backoff().wait())


async def _register(settings: Settings, worker: Worker, plane: Plane, host: Host) -> str:
    """Register, as what it was before if the control plane still knows it.

    Raises:
        NoError: It is refused whatever it says.
    """
    backoff = Backoff()
    arn = worker.roster.container_instance_arn
    while True:
        try:
            params = registration(host, settings.cluster, arn)
            answer = await plane.call("RegisterContainerInstance", params)
        except AwayError as no:
            _LOG.info("not registered yet: %s", no)
            await asyncio.sleep(backoff.wait())
        except NoError as no:
            if arn is None:
                raise
            _LOG.warning("%s is not known any more (%s): registering as a new one", arn, no)
            arn = None
        else:
            found = answer.get("containerInstance")
            row = found if isinstance(found, dict) else {}
            worker.roster.registered_as(str(row.get("containerInstanceArn")))
            return str(row.get("containerInstanceArn"))


def _host(settings: Settings, state: State, info: EngineInfo) -> Host:
    """What the host is: as told, as before, or as the engine says."""
    for had, has, words in (
        (state.cluster, settings.cluster, "an agent in cluster"),
        (state.instance_id, settings.instance_id or state.instance_id, "instance"),
    ):
        if had and had != has:
            raise StateError(
                f"{settings.state} is of {words} {had}, not {has}: name another with --state"
            )
    state.cluster = settings.cluster
    state.instance_id = (
        settings.instance_id or state.instance_id or instance_id_of(info.engine_id or info.name)
    )
    return Host(
        instance_id=state.instance_id,
        instance_type=settings.instance_type,
        zone=settings.zone,
        private_ip=settings.private_ip or find_address(settings.docker_host),
        cpus=info.cpus,
        memory=memory_mib(info.memory_bytes),
        os_type=info.os_type,
        architecture=ARCHITECTURES.get(info.architecture, info.architecture),
        docker_version=info.version,
    )


def default_state(docker_host: str, cluster: str) -> Path:
    """Where an agent keeps its state if nobody says: a file for each engine and cluster."""
    home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    mark = hashlib.sha256(f"{docker_host} {cluster}".encode()).hexdigest()[:16]
    return Path(home) / "daemonctl" / f"agent-{mark}.json"


def _hex(digits: int) -> str:
    return secrets.token_hex((digits + 1) // 2)[:digits]


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first of the errors in a group, however deep."""
    for inner in group.exceptions:
        return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner
    return group
