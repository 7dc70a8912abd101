"""A control plane, a machine, and agents between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from daemonctl.local.agent import run, session
from daemonctl.local.agent.record import TaskRecord
from daemonctl.local.agent.store import Store
from tests.unit.local.agent.control_plane import ControlPlane
from tests.unit.local.agent.machine import Machine


class Rig:
    """One machine, one control plane, and the agent process that may run."""

    def __init__(self, plane: ControlPlane, state: Path) -> None:
        self.plane = plane
        self.machine = Machine()
        self.settings = run.Settings(
            docker_host="unix:///nowhere",
            endpoint=plane.endpoint,
            cluster="local",
            instance_id=None,
            instance_type="m5.large",
            zone="us-east-1a",
            private_ip="10.0.0.5",
            state=state,
            cleanup_seconds=3600,
            pull_behavior="default",
        )
        self.agent: asyncio.Task[None] | None = None

    def start(self, **changed: Any) -> None:
        self.settings = replace(self.settings, **changed)
        self.agent = asyncio.create_task(run.run(self.settings, self.machine.connect))

    async def stop(self) -> None:
        """As SIGTERM does."""
        if self.agent is not None:
            self.agent.cancel()
            await asyncio.wait([self.agent])
            self.agent = None

    async def order(self, task: dict[str, Any]) -> str:
        await self.plane.order(task)
        return str(task["arn"])

    async def runs(self, task: dict[str, Any]) -> str:
        """Order a task and wait until it runs; its container's name on the machine."""
        arn = await self.order(task)
        await self.plane.until_task(arn, "RUNNING")
        return self.record(arn).containers[0].docker_name

    def records(self) -> list[TaskRecord]:
        return Store(self.settings.state).load().tasks

    def record(self, arn: str) -> TaskRecord:
        return next(row for row in self.records() if row.raw["arn"] == arn)

    async def until(self, so: Callable[[], bool]) -> None:
        """Wait until something that nobody is told of is so."""
        async with asyncio.timeout(60):
            while not so():  # noqa: ASYNC110  what is waited for happens on the fake machine
                await asyncio.sleep(0.001)


@pytest.fixture
async def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.setattr(run, "ENGINE_SECONDS", 0.001)
    monkeypatch.setattr(session, "SILENCE_SECONDS", 30.0)
    plane = ControlPlane()
    await plane.start()
    made = Rig(plane, tmp_path / "state.json")
    try:
        yield made
    finally:
        await made.stop()
        await plane.stop()
