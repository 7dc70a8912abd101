"""What one seed draws: the cluster, its daemons, how long, and what goes wrong how often."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass

from msgspec import structs

from daemonctl.local.world import Switches
from daemonctl.model.ids import ClusterAlias, DaemonName, Owner
from daemonctl.model.spec import (
    ClusterSpec,
    ConsulSpec,
    DaemonSpec,
    Dependency,
    DependsOn,
    GateSpec,
    GhostsSpec,
    Restart,
    ScaleIn,
    Share,
)
from tests.simulation.unverified import switches

CLUSTER = "sim"
OWNER = Owner("sim")
QUEUE = "sim-events"
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
ROLES = ("web", "batch")

CONSTRAINTS = (
    "attribute:role == web",
    "attribute:ecs.availability-zone in [us-east-1a, us-east-1b]",
    "attribute:ecs.os-type == linux and attribute:ecs.instance-type =~ m5.*",
    "not(attribute:role == batch)",
    "runningTasksCount < 30",
    "agentConnected == true",
)
OVERRIDES = (
    {"environment": [{"name": "HOST", "value": "{{ec2InstanceId}}"}]},
    {"command": ["run", "-zone={{availabilityZone}}"]},
)

CONDITIONS = (DependsOn.START, DependsOn.HEALTHY, DependsOn.READY)

FAULTS: dict[str, tuple[float, float]] = {
    "throttle": (0.01, 0.15),
    "server_error": (0.01, 0.15),
    "latency": (0.02, 0.2),
    "event_lost": (0.05, 1.0),
    "event_doubled": (0.05, 0.5),
    "event_shuffled": (0.05, 0.6),
    "stale_list": (0.1, 0.8),
    "ambiguous_start": (0.05, 0.6),
}
"""Kinds of the world's own faults, with the range of their rates."""

READS_FAIL = ("throttle", "server_error", "latency")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One of the world's faults, on during the chaos."""

    kind: str
    rate: float
    size: float | None


@dataclass(frozen=True, kw_only=True)
class Family:
    """A task definition to register, as RegisterTaskDefinition has it."""

    name: str
    cpu: int
    memory: int
    port: int | None
    checked: bool

    @property
    def request(self) -> dict[str, object]:
        container: dict[str, object] = {
            "name": self.name,
            "image": self.name,
            "cpu": self.cpu,
            "memory": self.memory,
            "essential": True,
        }
        if self.port is not None:
            container["portMappings"] = [{"containerPort": self.port, "hostPort": self.port}]
        if self.checked:
            container["healthCheck"] = {"command": ["CMD", "true"]}
        return {
            "family": self.name,
            "networkMode": "bridge",
            "containerDefinitions": [container],
        }


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Everything that a seed decides before the first call; the rest falls out of its dice."""

    seed: int
    instances: int
    families: tuple[Family, ...]
    daemons: tuple[DaemonSpec, ...]
    switches: Switches
    faults: tuple[Fault, ...]
    polling: bool
    interval: float
    api_budget: float
    latency: tuple[float, float]
    timeout: float
    chaos_seconds: float
    happenings: int
    crashes: int
    second_leader: bool
    blackout: float
    gate: GateSpec | None = None
    services: int = 0
    daemon_service: bool = False  # an ECS service of strategy DAEMON beside them
    agent: str = ""  # the daemon whose tasks are Consul's agents: it is ready when they are alive
    consul_gone: tuple[float, float] = (0.0, 0.0)  # Consul's servers answer nobody: from, how long
    consul_back: bool = True  # when calm comes
    lost_stops: float = 0.0  # share of StopTask calls that are done and not answered
    labels: tuple[str, ...] = ()
    only: tuple[str, ...] = ()  # these happenings and no others, for tests
    stored: bool = False  # a store keeps the rollouts over the lives of the controller
    rolling: bool = False  # revisions come and go
    scale_in: ScaleIn | None = None
    departs: str = ""  # this daemon is taken out of the config on the way
    pruned: bool = False  # and in the end the operator lets its tasks go
    replicas: bool = False  # two controllers that take turns by a lease
    lost_after: float | None = None  # seconds: zombies are deregistered
    once: str = ""  # this daemon runs once, and others wait for that
    ghosts: GhostsSpec | None = None  # with an agent: nodes of dead hosts are removed

    def spec(self, queue_url: str, gone: Iterable[str] = ()) -> ClusterSpec:
        """The config of the cluster, without the daemons that left it."""
        return ClusterSpec(
            alias=ClusterAlias(CLUSTER),
            name=CLUSTER,
            owner=OWNER,
            region="us-east-1",
            daemons=tuple(one for one in self.daemons if one.name not in gone),
            queue_url="" if self.polling else queue_url,
            resync_seconds=self.interval,
            poll_seconds=self.interval,
            consul=ConsulSpec("http://consul:8500") if self.agent else None,
            gate=self.gate,
            scale_in=self.scale_in,
            deregister_after_seconds=self.lost_after,
            ghosts=self.ghosts,
        )

    @property
    def reads_fail(self) -> bool:
        """Whether a resync may fail and so be late."""
        return self.blackout > 0 or any(fault.kind in READS_FAIL for fault in self.faults)

    @property
    def stale_after(self) -> float:
        """The bound on a view's age, as docs/terms.md and the config's reference have it."""
        return max(2 * self.interval + 60.0, 300.0)

    @property
    def resync_seconds(self) -> float:
        """How long a resync may take within the API budget, with the answers' latency."""
        calls = 4.0 + 3 * len(self.families) + 4
        rate = 20 * min(self.api_budget, 0.999)
        return calls / rate + calls * self.latency[1] + 5.0

    @property
    def blind(self) -> float:
        """Seconds by which the controller may know of a change late, by the faults that are on."""
        if self.reads_fail:
            return self.stale_after + self.resync_seconds
        return 1.1 * self.interval + 2 * self.resync_seconds


def drawn(seed: int) -> Scenario:
    """The scenario of a seed, before its mood."""
    dice = random.Random(f"scenario {seed}")
    families = tuple(_family(dice, number) for number in range(dice.randint(2, 4)))
    daemons = _around(random.Random(f"around {seed}"), _daemons(dice, families))
    polling = dice.random() < 0.25
    blackout = 0.0
    chaos = dice.uniform(60, 240)
    if dice.random() < 0.08:
        blackout = dice.uniform(330, 480)
        chaos = blackout + dice.uniform(60, 120)
    faults = _faults(dice)
    return Scenario(
        seed=seed,
        instances=dice.randint(1, 12),
        families=families,
        daemons=daemons,
        switches=switches(dice),
        faults=faults,
        polling=polling,
        interval=dice.choice((5.0, 10.0, 30.0)) if polling else dice.choice((30.0, 60.0, 120.0)),
        api_budget=dice.choice((0.05, 0.1, 0.5, 1.0)),
        latency=dice.choice(((0.01, 0.05), (0.02, 0.3), (0.1, 1.5))),
        timeout=dice.choice((5.0, 60.0)),
        chaos_seconds=chaos,
        happenings=dice.randint(0, 14),
        crashes=dice.choice((0, 0, 1, 2, 3)),
        second_leader=dice.random() < 0.2,
        blackout=blackout,
        gate=_gate(dice),
        services=dice.choice((0, 0, 1, 2)),
        labels=_labels(polling=polling, daemons=daemons),
    )


def _labels(*, polling: bool, daemons: tuple[DaemonSpec, ...]) -> tuple[str, ...]:
    """Kinds of scenarios that are counted as faults are: one that never comes tests nothing."""
    found = {
        "polling": polling,
        "queue": not polling,
        "constraints": any(daemon.constraints for daemon in daemons),
        "overrides": any(daemon.overrides for daemon in daemons),
        "depends_on": any(daemon.depends_on for daemon in daemons),
    }
    return tuple(name for name, holds in found.items() if holds)


def _family(dice: random.Random, number: int) -> Family:
    huge = dice.random() < 0.06
    return Family(
        name=f"d{number}",
        cpu=dice.choice((32, 64, 128, 400)),
        memory=16_000 if huge else dice.choice((32, 128, 512, 1024)),
        port=8000 + number if dice.random() < 0.3 else None,
        checked=dice.random() < 0.25,
    )


def _around(dice: random.Random, daemons: tuple[DaemonSpec, ...]) -> tuple[DaemonSpec, ...]:
    """What they do about others' tasks; its own dice, so that it changes nothing else."""
    return tuple(
        structs.replace(
            daemon,
            adopt=dice.random() < 0.3,
            make_room=("s*",) if dice.random() < 0.5 else (),
        )
        for daemon in daemons
    )


def _daemons(dice: random.Random, families: tuple[Family, ...]) -> tuple[DaemonSpec, ...]:
    daemons: list[DaemonSpec] = []
    for family in families:
        before = [daemon.name for daemon in daemons]
        needs = [name for name in before if dice.random() < 0.5]
        overrides = ""
        if dice.random() < 0.3:
            row = {"name": family.name} | dict(dice.choice(OVERRIDES))
            overrides = json.dumps({"containerOverrides": [row]})
        daemons.append(
            DaemonSpec(
                name=DaemonName(family.name),
                task_definition=family.name,
                constraints=(dice.choice(CONSTRAINTS),) if dice.random() < 0.4 else (),
                overrides=overrides,
                depends_on=tuple(
                    Dependency(name, dice.choice(CONDITIONS), dice.random() < 0.4) for name in needs
                ),
                min_ready_seconds=dice.choice((0.0, 0.0, 3.0, 10.0)),
                start_timeout_seconds=dice.choice((30.0, 60.0)),
                drain_timeout_seconds=dice.choice((10.0, 60.0)),
                restart=Restart(1.0, dice.choice((15.0, 40.0)), dice.choice((60.0, 600.0))),
                max_unavailable=dice.choice((Share(1), Share(2), Share(34, percent=True))),
            )
        )
    dice.shuffle(daemons)
    return tuple(daemons)


def _gate(dice: random.Random) -> GateSpec | None:
    most = dice.choice((Share(1), Share(50, percent=True), Share(100, percent=True)))
    gate = GateSpec(open_after_seconds=2.0, close_after_seconds=5.0, max_closed=most)
    return gate if dice.random() < 0.4 else None


def _faults(dice: random.Random) -> tuple[Fault, ...]:
    found: list[Fault] = []
    for kind, (low, high) in FAULTS.items():
        if dice.random() >= 0.35:
            continue
        size = dice.choice((2.0, 12.0)) if kind == "latency" else None
        found.append(Fault(kind=kind, rate=dice.uniform(low, high), size=size))
    return tuple(found)
