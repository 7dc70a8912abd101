"""The agents that `local up` runs itself: one process for each Docker engine.

An agent that dies stays dead: to ECS it is a disconnected agent, and whoever tries things out may
want just that. `reconnect` starts it again. What runs on its engine is never touched from here.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemonctl.local.api.live import Live
    from daemonctl.local.world.instance import Host

PATIENCE_SECONDS = 10.0  # for an agent that is told to end


def agent_command(host: Host, endpoint: str, state: Path) -> list[str]:
    """Tell how the agent of a host is started."""
    command = [
        sys.executable, "-m", "daemonctl.cli.main", "local", "agent", "--until-stdin-closes",
        "--docker-host", host.docker_host or "", "--endpoint", endpoint,
        "--cluster", host.joins, "--instance-id", host.id, "--zone", host.zone,
        "--instance-type", host.instance_type, "--state", str(state),
    ]  # fmt: skip
    return [*command, "--private-ip", host.private_ip] if host.private_ip else command


class Crew:
    """Agents as processes of ours.

    Args:
        live: The world.
        state: The control plane's own state file: each agent's stands beside it; None: they
            keep theirs in a folder that goes with this process.
        command: How an agent is started, of its host, the endpoint and its state file.
        say: Is told what an operator should know, line by line.
    """

    def __init__(
        self,
        live: Live,
        state: str | None = None,
        command: Callable[[Host, str, Path], list[str]] = agent_command,
        say: Callable[[str], None] = print,
    ) -> None:
        self._live = live
        self._state = state
        self._command = command
        self._say = say
        self._folder: Path | None = None
        self._endpoint = ""
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._told: frozenset[str] = frozenset()
        self._watches: dict[str, asyncio.Task[None]] = {}
        self._follower: asyncio.Task[None] | None = None

    async def begin(self, endpoint: str) -> None:
        """Start the agents of all hosts that have one of ours, and end them with their hosts."""
        self._endpoint = endpoint
        for host in list(self._live.world.hosts.values()):
            if self._should_run(host):
                await self.start(host)
        self._follower = asyncio.create_task(self._follow())

    async def start(self, host: Host) -> None:
        """Start the agent of a host, unless it runs."""
        if host.docker_host is None or host.id in self._running:
            return
        process = await asyncio.create_subprocess_exec(
            *self._command(host, self._endpoint, self._state_of(host)),
            stdin=asyncio.subprocess.PIPE,  # closes with us, however we end
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is ours to pass on
        )
        self._running[host.id] = process
        self._watches[host.id] = asyncio.create_task(self._watch(host, process))

    async def end(self, host_id: str) -> None:
        """End the agent of a host and wait for it; its containers run on."""
        process, watch = self._running.get(host_id), self._watches.get(host_id)
        if process is None or watch is None:
            return
        self._told |= {host_id}
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await asyncio.wait([watch], timeout=PATIENCE_SECONDS)
        if not watch.done():
            process.kill()
            await asyncio.wait([watch])

    async def close(self) -> None:
        """End all of them."""
        if self._follower is not None:
            self._follower.cancel()
            await asyncio.wait([self._follower])
        await asyncio.gather(*(self.end(host_id) for host_id in list(self._running)))
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    async def obey(self, host: Host) -> None:
        """Let the agent of a host run or not, as the host and the wish for it stand now."""
        if self._should_run(host):
            await self.start(host)
        else:
            await self.end(host.id)

    def _should_run(self, host: Host) -> bool:
        if host.docker_host is None or host.state != "running":
            return False
        instance = self._live.world.agents.find(host.instance_arn or "")
        return instance is None or self._live.world.agents.is_welcome(instance)

    async def _follow(self) -> None:
        """End agents whose hosts are gone, whoever terminated them."""
        while True:
            seen = self._live.changes
            for host_id in list(self._running):
                host = self._live.world.hosts.get(host_id)
                if host is None or host.state != "running":
                    await self.end(host_id)
            await self._live.changed_since(seen, PATIENCE_SECONDS)
            if self._live.is_closed:
                return

    async def _watch(self, host: Host, process: asyncio.subprocess.Process) -> None:
        """Pass on what an agent says, each line with its host, and say when it ends by itself."""
        if process.stdout is not None:
            async for line in process.stdout:
                self._say(f"{host.id}: {line.decode(errors='replace').rstrip()}")
        code = await process.wait()
        del self._running[host.id]
        was_told, self._told = host.id in self._told, self._told - {host.id}
        if not was_told:
            self._say(
                f"{host.id}: the agent ended by itself ({code}); what runs on {host.docker_host} "
                f"runs on. Start it again: daemonctl local instance reconnect {host.id}"
            )

    def _state_of(self, host: Host) -> Path:
        if self._state is not None:
            return Path(f"{self._state}.{host.id}")
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="daemonctl-local-"))
        return self._folder / host.id
