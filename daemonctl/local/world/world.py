"""The World: one account and region of ECS, SQS and EC2, driven by calls and by time alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from daemonctl.local.world import autoscaling, connection, hosts, leaving
from daemonctl.local.world.agents import Agents
from daemonctl.local.world.behaviour import Behaviour
from daemonctl.local.world.buckets import Buckets
from daemonctl.local.world.containers import die
from daemonctl.local.world.core import Core
from daemonctl.local.world.ec2 import Ec2
from daemonctl.local.world.errors import WorldError, invalid
from daemonctl.local.world.faults import Faults
from daemonctl.local.world.health import set_by_hand
from daemonctl.local.world.operations import OPERATIONS, Handler
from daemonctl.local.world.registration import add_instances
from daemonctl.local.world.scheduler import ServiceScheduler
from daemonctl.local.world.sqs import Queues
from daemonctl.local.world.switches import Switches

if TYPE_CHECKING:
    from daemonctl.local.world.cluster import Cluster
    from daemonctl.local.world.instance import Host
    from daemonctl.local.world.task import Task

HANDLERS: dict[str, dict[str, Handler]] = {
    "ecs": OPERATIONS,
    "autoscaling": autoscaling.OPERATIONS,
}
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
CPU = 2048
MEMORY = 7680


class World:
    """A synchronous, deterministic simulation: the same dice and calls give the same trace.

    Time is epoch seconds, handed in, and never goes back. Answers are to be read, not written.

    Attributes:
        sqs, ec2: the other two services; events leave through ``sqs``.
        agents: container instances that an agent of its own drives.
        faults: what goes wrong on purpose.
        buckets: ECS's request quotas, with what was spent and throttled.
        clusters: the truth about each cluster by name, for an oracle to read.
        hosts: the truth about each EC2 instance by id.
    """

    def __init__(
        self,
        *,
        dice: Callable[[], float],
        switches: Switches = Switches(),  # noqa: B008  frozen
        account: str = "000000000000",
        region: str = "us-east-1",
    ) -> None:
        self.switches = switches
        self.account = account
        self.region = region
        self.faults = Faults(dice)
        self.buckets = Buckets(switches)
        self.sqs = Queues(dice=dice, faults=self.faults, account=account, region=region)
        self.ec2 = Ec2(self, account)
        self.core = Core(dice=dice, switches=switches, account=account, region=region)
        self.core.publish = self.sqs.publish
        self.core.stale = self.faults.lists_stale
        self.core.scheduler = ServiceScheduler(self.core)
        self.agents = Agents(self.core)
        self.now = 0.0

    @property
    def clusters(self) -> dict[str, Cluster]:
        """Clusters by name, with their ``instances``, ``tasks`` and ``services``."""
        return self.core.clusters

    @property
    def hosts(self) -> Mapping[str, Host]:
        """EC2 instances by id, in the order of their launch."""
        return self.core.hosts

    def call(
        self, service: str, operation: str, params: Mapping[str, object], now: float
    ) -> dict[str, object]:
        """Advance to ``now`` and answer one request, in botocore's shapes.

        Raises:
            WorldError: as AWS refuses; ThrottlingException when a bucket is empty.
        """
        self.advance(now)
        if service == "sqs":
            return self.sqs.call(operation, params, now)
        if service == "ec2":
            return self.ec2.call(operation, params, now)
        handler = HANDLERS.get(service, {}).get(operation)
        if handler is None:
            raise WorldError(
                "UnknownOperationException",
                f"{service}:{operation} is not supported yet by the local ECS.",
            )
        if service == "ecs":
            self.buckets.take(operation, now)
        return handler(self.core, params, now)

    def advance(self, now: float) -> None:
        """Run everything due at or before ``now``, in order of its due time.

        How often it is called makes no difference to what happens, down to the last id.
        """
        self.now = max(self.now, now)
        while (due := self.next_wake()) is not None and due <= now:
            self.core.agenda.advance(due)
            self.sqs.advance(due)
        for cluster in self.core.clusters.values():
            cluster.forget(now)

    def next_wake(self) -> float | None:
        """The time of the next inner happening, or None when nothing is planned."""
        happening, delivery = self.core.agenda.next_due(), self.sqs.next_wake()
        if happening is None or delivery is None:
            return delivery if happening is None else happening
        return min(happening, delivery)

    def subscribe(self, cluster: str, queue_name: str) -> str:
        """Let a cluster's events go to a queue, made if need be; returns the queue's URL."""
        return self.sqs.subscribe(cluster, queue_name, self.now)

    def behave(self, family: str, behaviour: Behaviour, *, instance: str | None = None) -> None:
        """How containers behave from now on, on one host or all.

        ``family`` is one, or ``family:revision``, or ``*`` for every family.
        """
        arn = None if instance is None else self.core.any_instance(instance).arn
        self.core.manners.set(family, behaviour, arn)

    def add_instances(
        self,
        cluster: str,
        count: int,
        now: float,
        *,
        zones: Sequence[str] = ZONES,
        instance_type: str = "m5.large",
        cpu: int = CPU,
        memory: int = MEMORY,
        attributes: Mapping[str, str] | None = None,
        capacity_provider: str | None = None,
    ) -> list[str]:
        """Boot machines that register in a cluster; cpu in units, memory in MiB; their ARNs.

        Raises:
            WorldError: the cluster does not exist.
        """
        self.advance(now)
        found = self.core.cluster_of({"cluster": cluster})
        added = add_instances(
            self.core, found, count, now, zones=zones, instance_type=instance_type, cpu=cpu,
            memory=memory, attributes=attributes, capacity_provider=capacity_provider,
        )  # fmt: skip
        return [instance.arn for instance in added]

    def serve_at(self, endpoint: str) -> None:
        """The world is served there: queue URLs and what agents are told begin with it."""
        self.sqs.base_url = self.core.base_url = endpoint

    def terminate(self, id: str, now: float) -> None:  # noqa: A002  the field's own word
        """EC2 terminate, by ``i-…`` id, container-instance ARN or its last part."""
        hosts.terminate(self.core, self._host(id, now), now)

    def stop(self, id: str, now: float) -> None:  # noqa: A002  the field's own word
        """EC2 stop."""
        hosts.stop(self.core, self._simulated(id, now), now)

    def start(self, id: str, now: float) -> None:  # noqa: A002  the field's own word
        """EC2 start of a stopped host."""
        hosts.start(self.core, self._simulated(id, now), now)

    def reboot(self, id: str, now: float) -> None:  # noqa: A002  the field's own word
        """EC2 reboot."""
        hosts.reboot(self.core, self._simulated(id, now), now)

    def disconnect(self, id: str, now: float) -> None:  # noqa: A002  the field's own word
        """The agent loses its connection; containers run on."""
        self.advance(now)
        instance = self.core.any_instance(id)
        if instance.agent is None:
            connection.disconnect(self.core, instance, now)
        else:
            self.agents.bar(instance, now)

    def reconnect(self, id: str, now: float) -> None:  # noqa: A002  the field's own word
        """The agent is back; one of its own may come back."""
        self.advance(now)
        instance = self.core.any_instance(id)
        if instance.agent is None:
            connection.reconnect(self.core, instance, now)
        else:
            self.agents.admit(instance)

    def flap(self, id: str, now: float, *, seconds: float = 1.0) -> None:  # noqa: A002  see above
        """The agent drops out and is back after so many seconds."""
        self.advance(now)
        connection.flap(self.core, self.core.any_instance(id), seconds, now)

    def scale_in(
        self,
        id: str,  # noqa: A002  the field's own word
        now: float,
        *,
        group: str = "local",
        hook: str | None = None,
        heartbeat: float = 3600.0,
    ) -> None:
        """An auto scaling group terminates an instance, with managed draining and a hook.

        It is drained where its capacity provider has managedDraining ENABLED; with ``hook`` the
        end waits for CompleteLifecycleAction, or for ``heartbeat`` seconds.
        """
        self.advance(now)
        leaving.scale_in(self.core, self.core.any_instance(id), group, hook, heartbeat, now)

    def interrupt(self, id: str, now: float, *, action: str = "terminate") -> None:  # noqa: A002  see above
        """A spot interruption: a warning now, terminate (or stop) two minutes later."""
        self.advance(now)
        instance = self.core.any_instance(id)
        if action != "terminate":
            self._simulated(id, now)
        leaving.interrupt(self.core, instance, action, now)

    def kill_task(self, arn: str, now: float, exit_code: int = 137) -> None:
        """A task's essential container dies on its host.

        Raises:
            WorldError: there is no such task, or nothing of it runs.
        """
        self.advance(now)
        task = self._simulated_task(arn)
        if not die(self.core, task, exit_code, now):
            raise invalid(f"No container of {task.arn} is running.")

    def set_health(
        self, arn: str, health: str, now: float, *, container: str | None = None
    ) -> None:
        """A task's health checks come out so from now on: HEALTHY, UNHEALTHY or UNKNOWN.

        Raises:
            WorldError: there is no such task or container, no health check, or nothing runs.
        """
        self.advance(now)
        set_by_hand(self.core, self._simulated_task(arn), health, container, now)

    def _host(self, name: str, now: float) -> Host:
        self.advance(now)
        return self.core.hosts.get(name) or self.core.any_instance(name).host

    def _simulated(self, name: str, now: float) -> Host:
        """A host that is the local ECS's own to stop and start.

        Raises:
            WorldError: UnsupportedOperation for a real machine.
        """
        host = self._host(name, now)
        if host.is_real:
            raise WorldError(
                "UnsupportedOperation",
                f"{host.id} is a real machine: the local ECS cannot stop, start or reboot it. "
                "Disconnect its agent, or terminate it.",
            )
        return host

    def _simulated_task(self, arn: str) -> Task:
        """A task whose containers the local ECS plays.

        Raises:
            WorldError: there is no such task, or its containers are real.
        """
        task = self.core.any_task(arn)
        if task.instance.agent is not None:
            raise invalid(f"The containers of {task.arn} are real: use their engine (docker kill).")
        return task
