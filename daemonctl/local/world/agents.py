"""The world's side of real agents: their connections, orders, acknowledgements and health.

A face speaks the agents' protocol; here is what it may ask of the world and tell it. What tells
is deterministic like all that happens, so it can be written down and done again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from daemonctl.local.world import connection, outbox
from daemonctl.local.world.errors import invalid
from daemonctl.local.world.health import STATUSES, catch_up, hear_from_agent
from daemonctl.local.world.registration import new_host
from daemonctl.local.world.room import Room

if TYPE_CHECKING:
    from daemonctl.local.world.agent_link import AgentLink
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.fields import Answer
    from daemonctl.local.world.instance import Host, Instance

Health = Mapping[str, Mapping[str, str]]
"""By task ARN and container name: HEALTHY, UNHEALTHY or UNKNOWN."""

VERSIONS = ("agentVersion", "agentHash", "dockerVersion")


class Agents:
    """Agents of their own in one world; they go by their container instance's ARN."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def launch(
        self,
        cluster: str,
        now: float,
        *,
        zone: str | None = None,
        instance_type: str | None = None,
        private_ip: str | None = None,
        docker_host: str | None = None,
    ) -> Host:
        """A machine that an agent of its own will register; EC2 knows it already.

        Without a zone it is in the next of the region's first three.

        Raises:
            WorldError: there is no such cluster.
        """
        self._core.cluster_of({"cluster": cluster})
        letter = "abc"[len(self._core.hosts) % 3]
        zone = zone or f"{self._core.region}{letter}"
        host = new_host(self._core, zone, instance_type or "m5.large", Room(0, 0), now)
        host.is_real, host.docker_host, host.joins = True, docker_host, cluster
        host.private_ip = private_ip or ("" if docker_host else host.private_ip)
        return host

    def serve_metadata(self, host_id: str, port: int) -> None:
        """A machine's instance metadata are to be had at this port of loopback."""
        self._core.hosts[host_id].metadata_port = port

    def instances(self) -> list[Instance]:
        """All container instances with an agent of their own that ECS still counts."""
        return [
            instance
            for cluster in self._core.clusters.values()
            for instance in cluster.instances.values()
            if instance.agent is not None and instance.status != "INACTIVE"
        ]

    def find(self, arn: str) -> Instance | None:
        """The container instance of an ARN (in either format), if an agent of its own drives it."""
        name = arn.rpartition("/")[2]
        for cluster in self._core.clusters.values():
            found = self._core.find_instance(cluster, name)
            if found is not None and found.agent is not None:
                return found
        return None

    def is_welcome(self, instance: Instance) -> bool:
        """Its agent may be connected now."""
        link = instance.agent
        return (
            link is not None
            and not link.barred
            and instance.status != "INACTIVE"
            and instance.host.state == "running"
        )

    def connected(
        self, arn: str, now: float, *, sequence: int = 0, versions: Mapping[str, str] | None = None
    ) -> None:
        """Its websocket is open; ``sequence`` is the newest message that the agent knows."""
        instance, link = self._driven(arn)
        link.sequence = max(link.sequence, sequence)
        given = versions or {}
        instance.version_info.update({name: given[name] for name in VERSIONS if given.get(name)})
        if self.is_welcome(instance):
            connection.reconnect(self._core, instance, now)
            for task in instance.tasks.values():
                catch_up(self._core, task, now)

    def disconnected(self, arn: str, now: float) -> None:
        """Its websocket is gone: the state of its tasks stands still."""
        instance, _ = self._driven(arn)
        connection.disconnect(self._core, instance, now)

    def acknowledged(self, arn: str, message: str, now: float) -> None:
        """It has the order of a message."""
        instance, link = self._driven(arn)
        outbox.acknowledge(self._core, instance, link, message, now)

    def manifest(self, arn: str, now: float) -> Answer:
        """A TaskManifestMessage for it, newer than all before."""
        instance, link = self._driven(arn)
        return outbox.manifest_wire(self._core, instance, link, now)

    def orders(self, instance: Instance) -> list[Answer]:
        """The PayloadMessages that it has not acknowledged, in order."""
        link = instance.agent
        return [outbox.payload_wire(instance, row) for row in (link.outbox if link else ())]

    def unwanted(self, instance: Instance, candidates: Sequence[str]) -> list[str]:
        """Which of its tasks it is to stop, of those it asks about."""
        return outbox.unwanted(instance, list(candidates))

    def news(self, instance: Instance, health: Health) -> dict[str, dict[str, str]]:
        """What of a health report ECS does not know yet."""
        found: dict[str, dict[str, str]] = {}
        for arn, rows in health.items():
            task = instance.tasks.get(arn)
            for container in task.containers if task else ():
                name = container.definition.name
                status = rows.get(name)
                checked = container.definition.health_check is not None
                if checked and status in STATUSES and status != container.real_health:
                    found.setdefault(arn, {})[name] = status
        return found

    def health(self, arn: str, health: Health, now: float) -> None:
        """Its containers' health checks come out so."""
        instance, _ = self._driven(arn)
        for task_arn, rows in self.news(instance, health).items():
            hear_from_agent(self._core, instance.tasks[task_arn], rows, now)

    def bar(self, instance: Instance, now: float) -> None:
        """Cut its connection and let it have none until `admit`."""
        if instance.agent is not None:
            instance.agent.barred = True
            connection.disconnect(self._core, instance, now)

    def admit(self, instance: Instance) -> None:
        """Let it connect again, when it comes."""
        if instance.agent is not None:
            instance.agent.barred = False

    def _driven(self, arn: str) -> tuple[Instance, AgentLink]:
        instance = self.find(arn)
        if instance is None or instance.agent is None:
            raise invalid(f"{arn} has no agent of its own.")
        return instance, instance.agent
