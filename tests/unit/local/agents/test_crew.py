"""The agents that `local up` runs: started, ended, left dead, started again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from daemonctl.local.crew import Crew, agent_command
from daemonctl.local.machines import Machines, Wanted
from daemonctl.local.world.instance import Host
from daemonctl.local.world.room import Room
from tests.unit.local.agents.conftest import Plane
from tests.unit.local.agents.fake_agent import PATIENCE

# says what it is and ends with its stdin or on SIGTERM, as `local agent` does
PROGRAM = """\
import signal, sys
print("runs", *sys.argv[1:], flush=True)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
sys.stdin.read()
print("stdin is closed", flush=True)
"""
STUBBORN = """\
import signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("runs", *sys.argv[1:], flush=True)
sys.stdin.read()
"""
ENGINE = "unix:///engine.sock"


class Said:
    """What the crew says, to be waited for."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._news = asyncio.Event()

    def __call__(self, line: str) -> None:
        self.lines.append(line)
        self._news.set()

    async def until(self, words: str, times: int = 1) -> None:
        async with asyncio.timeout(PATIENCE):
            while sum(words in line for line in self.lines) < times:
                self._news.clear()
                await self._news.wait()


class Yard:
    """Machines with a crew of small programs."""

    def __init__(self, plane: Plane, state: str | None = None, program: str = PROGRAM) -> None:
        self.said = Said()
        self.states: list[Path] = []
        self.plane = plane

        def command(host: Host, endpoint: str, path: Path) -> list[str]:
            self.states.append(path)
            return [sys.executable, "-c", program, host.id, endpoint]

        self.crew = Crew(plane.up.live, state, command, self.said)
        self.machines = Machines(plane.up.live, self.crew)

    @property
    def host(self) -> Host:
        return next(iter(self.plane.world.hosts.values()))

    def pid(self) -> int:
        return self.crew._running[self.host.id].pid

    async def begin(self, *engines: str) -> None:
        wanted = [Wanted(docker_host=engine) for engine in engines]
        await self.machines.begin(self.plane.endpoint, wanted)


async def gone(yard: Yard) -> None:
    done, _ = await asyncio.wait(list(yard.crew._watches.values()), timeout=PATIENCE)
    assert done


async def test_each_engine_has_an_agent_that_ends_with_us(plane: Plane) -> None:
    yard = Yard(plane)
    await yard.begin(ENGINE, "tcp://10.0.0.1:2375")
    await yard.said.until("runs", 2)
    first, second = plane.world.hosts.values()
    assert (first.docker_host, second.docker_host) == (ENGINE, "tcp://10.0.0.1:2375")
    assert f"{first.id}: runs {first.id} {plane.endpoint}" in yard.said.lines
    folder = yard.states[0].parent
    assert folder.is_dir()
    await yard.machines.close()
    assert not yard.crew._running
    assert not folder.exists()
    assert [line for line in yard.said.lines if "ended by itself" in line] == []


async def test_one_that_dies_stays_dead_until_it_is_wanted_again(plane: Plane) -> None:
    yard = Yard(plane)
    await yard.begin(ENGINE)
    await yard.said.until("runs")
    os.kill(yard.pid(), signal.SIGKILL)
    await yard.said.until("the agent ended by itself (-9)")
    assert "local instance reconnect" in yard.said.lines[-1]
    await yard.machines.obey(yard.host.id)
    await yard.said.until("runs", 2)
    await yard.machines.close()


async def test_disconnect_ends_it_and_reconnect_brings_it_back(plane: Plane) -> None:
    yard = Yard(plane)
    await yard.begin(ENGINE)
    await yard.said.until("runs")
    async with plane.agent(yard.host.id) as agent:
        await agent.register()
        plane.world.disconnect(yard.host.id, plane.up.live.now())
        await yard.machines.obey(agent.arn or "")
        assert not yard.crew._running
        plane.world.reconnect(yard.host.id, plane.up.live.now())
        await yard.machines.obey(agent.arn or "")
        await yard.said.until("runs", 2)
        await plane.up.live.call("ec2", "TerminateInstances", {"InstanceIds": [yard.host.id]})
        await gone(yard)
        await yard.machines.obey(yard.host.id)
        assert not yard.crew._running
    await yard.machines.close()


async def test_one_that_does_not_end_is_killed(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemonctl.local.crew.PATIENCE_SECONDS", 0.1)
    yard = Yard(plane, program=STUBBORN)
    await yard.begin(ENGINE)
    await yard.said.until("runs")
    await yard.machines.close()
    assert not yard.crew._running


async def test_a_restart_takes_up_the_machines_that_there_are(plane: Plane, tmp_path: Path) -> None:
    state = str(tmp_path / "ecs.db")
    yard = Yard(plane, state)
    await yard.begin(ENGINE)
    await yard.said.until("runs")
    await yard.machines.close()
    again = Yard(plane, state)
    await again.begin(ENGINE)
    await again.said.until("runs")
    assert len(plane.world.hosts) == 1
    assert yard.states == again.states == [Path(f"{state}.{yard.host.id}")]
    await again.machines.close()


async def test_an_engine_is_one_machine_and_has_to_be_there(plane: Plane) -> None:
    yard = Yard(plane)
    await yard.begin(ENGINE)
    with pytest.raises(ValueError, match=f"{ENGINE} is {yard.host.id} already"):
        await yard.machines.add(Wanted(docker_host=ENGINE))
    with pytest.raises(ValueError, match="no Docker engine answers at unix:///nowhere"):
        await yard.machines.add(Wanted(docker_host="unix:///nowhere"))
    assert len(plane.world.hosts) == 1
    await yard.machines.close()


def test_how_an_agent_is_started(tmp_path: Path) -> None:
    host = Host(
        id="i-1", zone="us-east-1b", instance_type="m5.large", image_id="ami-1", private_ip="",
        vpc_id="v", subnet_id="s", launched_at=0.0, free=Room(0, 0), is_real=True,
        docker_host=ENGINE, joins="web",
    )  # fmt: skip
    words = agent_command(host, "http://127.0.0.1:4577", tmp_path / "a")
    assert words[3:6] == ["local", "agent", "--until-stdin-closes"]
    assert words[6:] == [
        "--docker-host", ENGINE, "--endpoint", "http://127.0.0.1:4577", "--cluster", "web",
        "--instance-id", "i-1", "--zone", "us-east-1b", "--instance-type", "m5.large",
        "--state", str(tmp_path / "a"),
    ]  # fmt: skip
    host.private_ip = "10.0.0.7"
    assert agent_command(host, "", tmp_path)[-2:] == ["--private-ip", "10.0.0.7"]
