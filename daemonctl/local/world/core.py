"""What every part of the world shares: its things, its dice, its agenda, its way to tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from daemonctl.local.world.agenda import Agenda
from daemonctl.local.world.behaviour import Manners
from daemonctl.local.world.cluster import Cluster
from daemonctl.local.world.errors import WorldError, invalid
from daemonctl.local.world.fields import Answer, Params, text
from daemonctl.local.world.names import Names

if TYPE_CHECKING:
    from daemonctl.local.world.definition import Definition
    from daemonctl.local.world.instance import Host, Instance, Leaving
    from daemonctl.local.world.service import Service
    from daemonctl.local.world.switches import Switches
    from daemonctl.local.world.task import Task

Event = dict[str, object]


class Scheduler(Protocol):
    """Who looks after services when something that may concern them happens."""

    def task_ran(self, task: Task, now: float) -> None:
        """A task turned RUNNING, or a RUNNING one changed its health."""

    def task_left(self, task: Task, now: float) -> None:
        """A task's desiredStatus turned STOPPED; ``stop_code`` tells why."""

    def task_stopped(self, task: Task, now: float) -> None:
        """A task's lastStatus turned STOPPED: it is really gone."""

    def service_changed(self, service: Service, now: float) -> None:
        """A service was created, updated or is to go."""

    def instance_changed(self, instance: Instance, now: float) -> None:
        """An instance came, went, connected, drains, or has other attributes."""

    def wake(self, service: Service, now: float, after: float | None = None) -> None:
        """Look at a service after so many seconds, or earlier if that is already planned."""


class Core:
    """The shared state of one simulated account and region.

    Attributes:
        publish: ``publish(cluster name, event, now)`` hands an event to the queues.
        stale: ``stale(now)``: how many seconds old the truth is that a list shows now.
        base_url: where the world is served, as agents are told.
        families: every revision of every task definition, oldest first.
        hosts: EC2 instances by id.
        leaving: hosts that an auto scaling group is about to terminate, by id.
        hooks: termination hooks of auto scaling groups: by group and name, heartbeat seconds.
    """

    scheduler: Scheduler

    def __init__(
        self,
        *,
        dice: Callable[[], float],
        switches: Switches,
        account: str,
        region: str,
    ) -> None:
        self.dice = dice
        self.switches = switches
        self.account = account
        self.region = region
        self.names = Names(account, region, dice)
        self.agenda = Agenda()
        self.manners = Manners()
        self.clusters: dict[str, Cluster] = {}
        self.hosts: dict[str, Host] = {}
        self.families: dict[str, list[Definition]] = {}
        self.definitions: dict[str, Definition] = {}
        self.providers: dict[str, Answer] = {}
        self.leaving: dict[str, Leaving] = {}
        self.hooks: dict[str, dict[str, float]] = {}
        self.publish: Callable[[str, Event, float], None] = _nobody
        self.stale: Callable[[float], float] = _never
        self.base_url = "http://127.0.0.1:4577"
        self._count = 0

    def count(self) -> int:
        """The next of the numbers that put things in the order in which they came."""
        self._count += 1
        return self._count

    def draw(self, span: tuple[float, float]) -> float:
        """A span of seconds from a range, by one throw of the dice."""
        low, high = span
        return low + (high - low) * self.dice()

    def cluster_of(self, params: Params) -> Cluster:
        """The request's cluster, by name or ARN; an omitted one is "default".

        Raises:
            WorldError: ClusterNotFoundException.
        """
        cluster = self.find_cluster(text(params, "cluster") or "default")
        if cluster is None or cluster.status == "INACTIVE":
            raise WorldError("ClusterNotFoundException", "Cluster not found.")
        return cluster

    def find_cluster(self, name: str) -> Cluster | None:
        """A cluster by name or ARN; an ARN of another account or region finds nothing."""
        if not name.startswith("arn:"):
            return self.clusters.get(name)
        found = self.clusters.get(name.rpartition("/")[2])
        return found if found is not None and found.arn == name else None

    def find_instance(self, cluster: Cluster, name: str) -> Instance | None:
        """A container instance of a cluster, by ARN (long or short) or id."""
        return cluster.instances.get(self.names.full("container-instance", cluster.name, name))

    def find_task(self, cluster: Cluster, name: str) -> Task | None:
        """A task of a cluster, by ARN (long or short) or id."""
        return cluster.tasks.get(self.names.full("task", cluster.name, name))

    def any_instance(self, name: str) -> Instance:
        """A container instance anywhere, by ``i-…`` id, ARN or the ARN's last part.

        Raises:
            WorldError: there is none.
        """
        host = self.hosts.get(name)
        if host is not None and host.instance_arn is not None:
            name = host.instance_arn
        for cluster in self.clusters.values():
            found = self.find_instance(cluster, name)
            if found is not None:
                return found
        raise invalid(f"There is no instance {name!r}.")

    def any_task(self, name: str) -> Task:
        """A task anywhere, by ARN or the ARN's last part.

        Raises:
            WorldError: there is none.
        """
        for cluster in self.clusters.values():
            found = self.find_task(cluster, name)
            if found is not None:
                return found
        raise invalid(f"There is no task {name!r}.")


def _nobody(_cluster: str, _event: Event, _now: float) -> None:
    """No queue is there to hear it."""


def _never(_now: float) -> float:
    """Lists are as fresh as ECS can make them."""
    return 0.0
