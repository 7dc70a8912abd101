"""Real machines behind a world: those whose agents run here, and those that somebody else joins.

A machine is made known to EC2 first. Then either an agent of ours is started for its Docker
engine, or its instance metadata are served, which is what a foreign agent asks for first.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from aiohttp import web

from daemonctl.local import docker_host
from daemonctl.local.api.metadata import make_metadata

if TYPE_CHECKING:
    from collections.abc import Iterable

    from daemonctl.local.api.live import Live
    from daemonctl.local.crew import Crew
    from daemonctl.local.world.instance import Host

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A machine that somebody wants; what is None is found out or chosen.

    Attributes:
        cluster: What its agent joins.
        docker_host: The engine that our agent works on; None: somebody else runs an agent.
        private_ip: Its address.
        zone, instance_type: As EC2 shows them.
    """

    cluster: str = "local"
    docker_host: str | None = None
    private_ip: str | None = None
    zone: str | None = None
    instance_type: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no machine has.

        Raises:
            ValueError: The address is none.
        """
        if self.private_ip is not None:
            try:
                IPv4Address(self.private_ip)
            except ValueError:
                raise ValueError(f"{self.private_ip} is no IPv4 address") from None


class Machines:
    """The real machines of one world.

    Args:
        live: The world.
        crew: The agents that run here.
    """

    def __init__(self, live: Live, crew: Crew) -> None:
        self._live = live
        self._crew = crew
        self._endpoint = ""
        self._metadata: dict[str, web.AppRunner] = {}

    async def begin(self, endpoint: str, wanted: Iterable[Wanted] = ()) -> None:
        """Take up all machines that there are, and those of `wanted` that there are not yet."""
        self._endpoint = endpoint
        await self._crew.begin(endpoint)
        for host in list(self._live.world.hosts.values()):
            if host.metadata_port is not None and host.state == "running":
                await self._serve_metadata(host)
        for one in wanted:
            if self._of_engine(one.docker_host) is None:
                await self._take_up(one)

    async def add(self, wanted: Wanted) -> Host:
        """Make a machine known to EC2 and let it join.

        Raises:
            ValueError: Its engine does not answer, or is a machine already; or time is not real.
            WorldError: There is no such cluster.
        """
        if self._live.speed != 1.0:
            raise ValueError("real machines need real time: `local up` runs with --speed")
        if wanted.docker_host is not None:
            there = self._of_engine(wanted.docker_host)
            if there is not None:
                raise ValueError(f"{wanted.docker_host} is {there.id} already")
            try:
                await asyncio.to_thread(docker_host.check, wanted.docker_host)
            except docker_host.EngineError as no:
                raise ValueError(str(no)) from no
        return await self._take_up(wanted)

    async def obey(self, name: str) -> None:
        """Start or end the agent of a machine of ours, as is now wanted of it."""
        world = self._live.world
        host = world.hosts.get(name) or world.core.any_instance(name).host
        await self._crew.obey(host)

    async def close(self) -> None:
        """End all agents that run here, and all metadata servers."""
        await self._crew.close()
        for runner in self._metadata.values():
            await runner.cleanup()

    def environment(self, host: Host) -> dict[str, str]:
        """Tell what points Amazon's agent here, beside what it needs anyway."""
        return {
            "ECS_CLUSTER": host.joins,
            "ECS_BACKEND_HOST": self._endpoint,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://{LOOPBACK}:{host.metadata_port}",
            "AWS_DEFAULT_REGION": self._live.world.region,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
        }

    async def _take_up(self, wanted: Wanted) -> Host:
        name = await self._live.act(
            "agent_launched",
            cluster=wanted.cluster,
            docker_host=wanted.docker_host,
            private_ip=wanted.private_ip,
            zone=wanted.zone,
            instance_type=wanted.instance_type,
        )
        host = self._live.world.hosts[str(name)]
        if host.docker_host is None:
            await self._serve_metadata(host)
        else:
            await self._crew.start(host)
        return host

    async def _serve_metadata(self, host: Host) -> None:
        """On the port that it had, if that is free."""
        runner = web.AppRunner(make_metadata(self._live.world, host), access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, LOOPBACK, host.metadata_port or 0).start()
        except OSError:
            await web.TCPSite(runner, LOOPBACK, 0).start()
        self._metadata[host.id] = runner
        port = runner.addresses[0][1]
        if port != host.metadata_port:
            await self._live.act("agent_metadata", host=host.id, port=port)

    def _of_engine(self, url: str | None) -> Host | None:
        for host in self._live.world.hosts.values():
            if url is not None and host.docker_host == url and host.state == "running":
                return host
        return None
