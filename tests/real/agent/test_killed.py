"""On a real engine: an agent that is killed again and again amid its work doubles nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.real.agent.conftest import Site, runtime_id
from tests.scenarios.processes import Process, clean_env, program
from tests.unit.local.agent.given import needs

KILLS = 5
TASKS = 4


class Killed:
    """The agent as a process, which SIGKILL ends."""

    def __init__(self, site: Site, log: Path) -> None:
        settings = site.settings
        self._command = program(
            *("local", "agent", "--docker-host", settings.docker_host),
            *("--endpoint", settings.endpoint, "--state", str(settings.state)),
        )
        self._log = log
        self._process = self._start()

    def _start(self) -> Process:
        return Process(self._command, self._log, clean_env())

    def kill(self) -> None:
        """SIGKILL, and a new one."""
        self._process.close()
        self._process = self._start()

    def close(self) -> None:
        self._process.close()


async def test_an_agent_killed_amid_its_work_doubles_nothing(site: Site, tmp_path: Path) -> None:
    await site.stop()
    second = {"dependsOn": [needs("first", "START")]}
    tasks = [
        site.task(site.python(name="first"), site.python(name="second", **second))
        for _ in range(TASKS)
    ]
    agent = Killed(site, tmp_path / "agent.log")
    try:
        for task in tasks:
            await site.plane.order(task)
        for number in range(KILLS):  # amid the payloads, pulls, creations and starts
            await site.plane.until(lambda number=number: len(site.plane.registrations) > number)
            await asyncio.to_thread(agent.kill)
        reports = [await site.plane.until_task(task["arn"], "RUNNING") for task in tasks]
        there = (await site.cli("ps", "-aq", "--no-trunc")).split()
        known = [runtime_id(report, name) for report in reports for name in ("first", "second")]
        assert sorted(there) == sorted(known)
        assert len(set(known)) == 2 * TASKS
        await site.plane.order(tasks[0] | {"desiredStatus": "STOPPED"})
        await asyncio.to_thread(agent.kill)
        await site.ends(tasks[0])
    finally:
        agent.close()
