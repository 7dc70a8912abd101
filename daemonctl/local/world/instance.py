"""Hosts as EC2 knows them and container instances as ECS knows them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daemonctl.local.world.names import iso
from daemonctl.local.world.room import Room

if TYPE_CHECKING:
    from daemonctl.local.world.agent_link import AgentLink
    from daemonctl.local.world.task import Task


@dataclass(slots=True, eq=False)
class Host:
    """An EC2 instance: the machine itself, whatever ECS believes of it.

    Attributes:
        id: the ``i-…`` id.
        state: pending, running, stopping, stopped, shutting-down or terminated.
        free: what is really free on it; ECS's own account is ``Instance.remaining``.
        queue: tasks whose order the agent has, not yet begun: first in, first out.
        running: tasks whose containers really exist on it now, by task ARN.
        instance_arn: the container instance it is registered as, the newest one.
        generation: rises when it stops or boots, so that what was planned before is void.
        terminated_at: epoch seconds; DescribeInstances shows it for about an hour more.
        is_real: an agent of its own speaks for it: nothing that runs on it is simulated.
        docker_host: the engine whose agent `local up` runs; None: somebody else runs the agent.
        joins: the cluster that its agent is to join.
        interruption: the spot interruption that was announced: its action and when, epoch seconds.
        metadata_port: where on loopback its instance metadata is to be had, once it was asked for.
    """

    id: str
    zone: str
    instance_type: str
    image_id: str
    private_ip: str
    vpc_id: str
    subnet_id: str
    launched_at: float
    free: Room
    state: str = "running"
    queue: deque[Task] = field(default_factory=deque)
    running: dict[str, Task] = field(default_factory=dict)
    instance_arn: str | None = None
    generation: int = 0
    terminated_at: float | None = None
    state_reason: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    is_real: bool = False
    docker_host: str | None = None
    joins: str = ""
    metadata_port: int | None = None
    interruption: tuple[str, float] | None = None


@dataclass(slots=True, eq=False)
class Instance:
    """A container instance: ECS's account of a host in one cluster.

    Attributes:
        arn: its ARN; ``id`` is the ARN's last part.
        status: ACTIVE, DRAINING or INACTIVE.
        connected: ``agentConnected``.
        version: rises with every change that produces an event.
        attributes: name to value, in order; None is an attribute without a value.
        custom: names of those attributes that count against the limit of ten.
        tasks: tasks placed here whose lastStatus is not STOPPED yet, by ARN.
        running: ``runningTasksCount``, which omits tasks already told to stop.
        pending: ``pendingTasksCount``, likewise.
        unreported: what happened on the host while the agent was away, in order.
        number: rising in the order of registration; pages resume from it.
        agent: the line to the agent that drives it; None: its agent is simulated.
    """

    arn: str
    id: str
    cluster: str
    cluster_arn: str
    host: Host
    registered: Room
    remaining: Room
    registered_at: float
    number: int
    status: str = "ACTIVE"
    connected: bool = True
    version: int = 0
    attributes: dict[str, str | None] = field(default_factory=dict)
    custom: dict[str, None] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    running: int = 0
    pending: int = 0
    unreported: list[tuple[Task, str, float]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    version_info: dict[str, str] = field(default_factory=dict)
    capacity_provider: str | None = None
    deregistered_at: float | None = None
    connection_changed_at: float = 0.0
    last_order_due: float = 0.0
    agent: AgentLink | None = None
    attribute_rows: list[dict[str, object]] | None = None
    registered_rows: list[dict[str, object]] | None = None

    def values(self, subject: str) -> tuple[str, ...] | None:
        """What the cluster query language asks of an instance; None: there is no such thing."""
        if subject.startswith("attribute:"):
            return self._attribute(subject.removeprefix("attribute:"))
        if subject == "task:group":
            groups = {task.group: None for task in self.tasks.values() if task.counts}
            return tuple(groups) or None
        plain = {
            "ec2InstanceId": self.host.id,
            "agentConnected": "true" if self.connected else "false",
            "agentVersion": self.version_info.get("agentVersion"),
            "runningTasksCount": str(self.running),
        }
        if subject == "registeredAt":
            return (iso(self.registered_at),)
        found = plain.get(subject)
        return None if found is None else (found,)

    def _attribute(self, name: str) -> tuple[str, ...] | None:
        if name not in self.attributes:
            return None
        return (self.attributes[name] or "",)


@dataclass(slots=True, eq=False)
class Leaving:
    """A host that an auto scaling group wants to terminate.

    Attributes:
        token: LifecycleActionToken; None: no hook, or it is done with.
        hook_until, drain_until: when the hook or the drain no longer holds it, epoch seconds.
        heartbeat: seconds that one RecordLifecycleActionHeartbeat gives; total at most 48 h or
            100 heartbeats, whichever is less.
    """

    host: Host
    instance: Instance
    group: str
    hook: str
    token: str | None
    heartbeat: float
    hook_until: float
    hook_last: float
    drain_until: float | None
