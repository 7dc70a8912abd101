"""Stand-ins for what adapters lean on: time that only sleeps move, scripted AWS, a sink's diary."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from daemonctl.adapters.ecs.buckets import Buckets
from daemonctl.adapters.ecs.cluster import EcsCluster
from daemonctl.ports import Wire


class StandingClock:
    """Time that passes only while somebody sleeps."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.time = now
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += max(0.0, seconds)
        await asyncio.sleep(0)


class Diary:
    """ports.Sink that remembers."""

    def __init__(self) -> None:
        self.counts: list[tuple[str, dict[str, str]]] = []
        self.logs: list[tuple[str, str, dict[str, object]]] = []

    def verdict(self, *args: object) -> None: ...

    def condition(self, *args: object, on: bool) -> None: ...

    def action(self, *args: object) -> None: ...

    def deed(self, *args: object) -> None: ...

    def leadership(self, *args: object) -> None: ...

    def command(self, *args: object) -> None: ...

    def violation(self, *args: object) -> None: ...

    def observe(self, name: str, value: float, **labels: str) -> None: ...

    def count(self, name: str, **labels: str) -> None:
        self.counts.append((name, labels))

    def log(self, level: str, event: str, **fields: object) -> None:
        self.logs.append((level, event, fields))


Reply = Callable[[dict[str, Any]], Wire] | Wire | Exception


class Script:
    """ports.Transport that answers from a script, one reply a call, and remembers the calls."""

    def __init__(self) -> None:
        self.replies: dict[str, list[Reply]] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def on(self, operation: str, *replies: Reply) -> None:
        self.replies.setdefault(operation, []).extend(replies)

    async def call(self, service: str, operation: str, params: Wire) -> Wire:
        await asyncio.sleep(0)
        self.calls.append((operation, dict(params)))
        waiting = self.replies[operation]
        reply = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(reply, Exception):
            raise reply
        return reply(dict(params)) if callable(reply) else reply

    def named(self, operation: str) -> list[dict[str, Any]]:
        return [params for name, params in self.calls if name == operation]


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def buckets(clock: StandingClock) -> Buckets:
    return Buckets(clock, budget=1.0, jitter=lambda: 0.0)


@pytest.fixture
def cluster(script: Script, buckets: Buckets, diary: Diary, clock: StandingClock) -> EcsCluster:
    return EcsCluster(script, buckets, "web", diary, clock)
