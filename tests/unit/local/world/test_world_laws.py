"""What holds in every world, whatever is done to it: hypothesis does the doing."""

from __future__ import annotations

import math
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemonctl.local.world import Behaviour, Switches, World, WorldError
from daemonctl.local.world.ready_made import CLUSTER, seed
from daemonctl.local.world.task import RUNNING, STARTING, STOPPING

if TYPE_CHECKING:
    from daemonctl.local.world.room import Room

BEGIN = 1_760_000_000.0
FAMILIES = ("consul-agent", "registrator", "elasticsearch", "kibana", "fixed-port")
VERBS = (
    "start", "start", "start", "stop", "stop", "kill", "drain", "activate", "terminate",
    "ec2 stop", "ec2 start", "reboot", "disconnect", "reconnect", "flap", "deregister", "run",
    "service", "daemon service", "update service", "delete service", "add", "crash", "put",
)  # fmt: skip

STEPS = st.lists(
    st.tuples(st.sampled_from(VERBS), st.integers(0, 999), st.floats(0.0, 40.0)), max_size=40
)
SWITCHES = st.builds(
    Switches,
    quota_scale=st.just(math.inf),
    intermediate_statuses=st.booleans(),
    draining_accepts_start_task=st.booleans(),
    forced_deregistration_stops_tasks=st.booleans(),
    ec2_stop_leaves_tasks_stuck=st.booleans(),
    ec2_start_registers_anew=st.booleans(),
    agent_flap_seconds=st.sampled_from([None, (20.0, 60.0)]),
)


class Storm:
    """Does one named thing to a world, chosen by a number."""

    def __init__(self, dice: int, switches: Switches) -> None:
        self.world = World(dice=random.Random(dice).random, switches=switches)
        self.now = BEGIN
        self.events: list[dict[str, Any]] = []
        self.world.core.publish = lambda _cluster, event, _now: self.events.append(event)
        seed(self.world, 4, self.now)
        self.cluster = self.world.clusters[CLUSTER]
        port = {"containerPort": 80, "hostPort": 8080, "protocol": "tcp"}
        container = {"name": "a", "image": "a", "cpu": 700, "memory": 900, "portMappings": [port]}
        self.call("RegisterTaskDefinition", family="fixed-port", containerDefinitions=[container])

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        return self.world.call("ecs", operation, {"cluster": CLUSTER, **params}, self.now)

    def do(self, verb: str, number: int, seconds: float) -> None:
        self.now += seconds
        try:
            self._do(verb, number)
        except WorldError:  # a refusal is an answer too; the laws must hold all the same
            self.world.advance(self.now)

    def _do(self, verb: str, number: int) -> None:
        hosts = list(self.cluster.instances)
        tasks = list(self.cluster.tasks)
        host = hosts[number % len(hosts)] if hosts else "none"
        task = tasks[number % len(tasks)] if tasks else "none"
        family = FAMILIES[number % len(FAMILIES)]
        name = f"service-{number % 3}"
        world, now = self.world, self.now
        deeds = {
            "start": lambda: self.call(
                "StartTask", taskDefinition=family, containerInstances=[host, hosts[0]]
            ),
            "run": lambda: self.call("RunTask", taskDefinition=family, count=1 + number % 10),
            "stop": lambda: self.call("StopTask", task=task),
            "kill": lambda: world.kill_task(task, now),
            "drain": lambda: self._state(host, "DRAINING"),
            "activate": lambda: self._state(host, "ACTIVE"),
            "terminate": lambda: world.terminate(host, now),
            "ec2 stop": lambda: world.stop(host, now),
            "ec2 start": lambda: world.start(host, now),
            "reboot": lambda: world.reboot(host, now),
            "disconnect": lambda: world.disconnect(host, now),
            "reconnect": lambda: world.reconnect(host, now),
            "flap": lambda: world.flap(host, now, seconds=3.0),
            "deregister": lambda: self.call(
                "DeregisterContainerInstance", containerInstance=host, force=number % 2 == 0
            ),
            "service": lambda: self.call(
                "CreateService", serviceName=name, taskDefinition=family, desiredCount=number % 9
            ),
            "daemon service": lambda: self.call(
                "CreateService",
                serviceName=name,
                taskDefinition=family,
                schedulingStrategy="DAEMON",
            ),
            "update service": lambda: self.call(
                "UpdateService", service=name, taskDefinition=family
            ),
            "delete service": lambda: self.call("DeleteService", service=name, force=True),
            "add": lambda: world.add_instances(CLUSTER, 1, now),
            "crash": lambda: world.behave(family, Behaviour(exit_after=float(number % 20))),
            "put": lambda: self.call(
                "PutAttributes", attributes=[{"name": f"a{number}", "targetId": host}]
            ),
        }
        deeds[verb]()

    def _state(self, host: str, status: str) -> None:
        self.call("UpdateContainerInstancesState", containerInstances=[host], status=status)


def taken(total: Room, left: Room) -> tuple[int, int, tuple[int, ...]]:
    ports = tuple(sorted(port for port in left.tcp if port not in total.tcp))
    return total.cpu - left.cpu, total.memory - left.memory, ports


def check_books(storm: Storm) -> None:
    """Reserved is the sum of what the counted tasks need, on every instance; never negative."""
    for instance in storm.cluster.instances.values():
        counted = [task for task in instance.tasks.values() if task.counts]
        assert taken(instance.registered, instance.remaining) == (
            sum(task.needs.cpu for task in counted),
            sum(task.needs.memory for task in counted),
            tuple(sorted(port for task in counted for port in task.needs.tcp)),
        )
        assert instance.remaining.cpu >= 0
        assert instance.remaining.memory >= 0
        states = Counter(task.last_status == "PENDING" for task in counted)
        assert (instance.pending, instance.running) == (states[True], states[False])


def check_hosts(storm: Storm) -> None:
    """The host's own room is never overdrawn, and only live hosts run anything."""
    for host in storm.world.hosts.values():
        assert host.free.cpu >= 0
        assert host.free.memory >= 0
        used = sum(task.needs.cpu for task in host.running.values())
        assert host.free.cpu + used == 2048
        assert all(t.on_host in {STARTING, RUNNING, STOPPING} for t in host.running.values())
        if host.state != "running":
            assert not host.running
            assert not host.queue


def check_lists(storm: Storm) -> None:
    """Indexes say what the tasks say."""
    cluster = storm.cluster
    assert cluster.running == sum(row.running for row in cluster.instances.values())
    assert cluster.pending == sum(row.pending for row in cluster.instances.values())
    for desired in ("RUNNING", "STOPPED"):
        shelf = cluster.shelves.get((desired, "all", ""), ())
        want = {arn for arn, task in cluster.tasks.items() if task.desired_status == desired}
        assert {task.arn for task in shelf} == want
    for (desired, kind, value), shelf in cluster.shelves.items():
        assert len(shelf) == len(list(shelf)) > 0, (desired, kind, value)
    alive = [row for row in cluster.instances.values() if row.status != "INACTIVE"]
    assert cluster.registered == len(alive) == len(cluster.listed)


def check_services(storm: Storm) -> None:
    for service in storm.cluster.services.values():
        for task in service.tasks:
            assert task.desired_status == "RUNNING"
            assert task.service == service.name


def check_versions(storm: Storm) -> None:
    """ "version rises with each event-producing change": by one with each event of a thing."""
    seen: Counter[str] = Counter()
    for event in storm.events:
        arn = event["resources"][0]
        if "version" in event["detail"]:
            seen[arn] += 1
            assert event["detail"]["version"] == seen[arn]


LAWS = (check_books, check_hosts, check_lists, check_services, check_versions)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS, st.integers(0, 2**16), SWITCHES)
def test_the_books_balance_whatever_happens(
    steps: list[tuple[str, int, float]], dice: int, switches: Switches
) -> None:
    storm = Storm(dice, switches)
    for step in steps:
        storm.do(*step)
        for law in LAWS:
            law(storm)
    storm.world.advance(storm.now + 400.0)
    for law in LAWS:
        law(storm)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS, st.integers(0, 2**16), SWITCHES)
def test_the_same_dice_give_the_same_trace(
    steps: list[tuple[str, int, float]], dice: int, switches: Switches
) -> None:
    first, second = Storm(dice, switches), Storm(dice, switches)
    for storm in (first, second):
        for step in steps:
            storm.do(*step)
        storm.world.advance(storm.now + 400.0)
    assert first.events == second.events


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS, st.integers(0, 2**16))
def test_an_hour_later_nothing_but_the_living_is_left(
    steps: list[tuple[str, int, float]], dice: int
) -> None:
    storm = Storm(dice, Switches(quota_scale=math.inf))
    for step in steps:
        storm.do(*step)
    for family in FAMILIES:  # from here on nothing crashes and no service starts anything
        storm.world.behave(family, Behaviour())
    for name in list(storm.cluster.services):
        storm.do("delete service", int(name[-1]), 0.0)
    storm.world.advance(storm.now + 8_000.0)
    for task in storm.cluster.tasks.values():
        frozen = not task.instance.connected
        assert task.last_status != "STOPPED"
        assert task.desired_status == "RUNNING" or frozen
    assert all(row.status != "INACTIVE" for row in storm.cluster.instances.values())
