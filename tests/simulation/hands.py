"""Everybody and everything that touches a cluster besides daemonctl."""

from __future__ import annotations

import asyncio
import random

from daemonctl.local.world import Behaviour
from daemonctl.local.world.instance import Instance
from daemonctl.local.world.task import Task
from daemonctl.runtime.commands import Answer
from tests.simulation.life import Life
from tests.simulation.scenario import CLUSTER, ROLES, ZONES
from tests.simulation.stage import Stage

_SIZES = ((2048, 7680), (1024, 2048), (4096, 15_000))


class Hands:
    """Everybody who is not daemonctl.

    Attributes:
        broken: (family, instance) whose containers fail for good.
        ghost: a leader that nobody sees, whose writes arrive late.
        spells: (family, instance) whose containers fail until the quiet.
        clumsy: instances on which what runs once fails until the quiet.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.dice = random.Random(f"hands {stage.scenario.seed}")
        self.ghost = Life("ghost", 0.0)
        self.broken: dict[tuple[str, str], Behaviour] = {}
        self.spells: dict[tuple[str, str], None] = {}
        self.clumsy: dict[str, None] = {}
        self.orders: dict[asyncio.Task[Answer], None] = {}  # an operator's, under way

    def set_up(self) -> None:
        """The cluster, its definitions, instances and services, before anything begins."""
        stage, scenario = self.stage, self.stage.scenario
        stage.world.advance(stage.now)
        stage.act("ecs", "CreateCluster", {"clusterName": CLUSTER})
        stage.subscribe()
        for family in scenario.families:
            stage.act("ecs", "RegisterTaskDefinition", family.request)
        container = {"name": "app", "image": "app", "cpu": 256, "memory": 512, "essential": True}
        app = {"family": "app", "containerDefinitions": [container]}
        stage.act("ecs", "RegisterTaskDefinition", app)
        for _ in range(scenario.instances):
            self.add()
        for number in range(scenario.services):
            service = {
                "cluster": CLUSTER,
                "serviceName": f"s{number}",
                "taskDefinition": "app",
                "deploymentConfiguration": {
                    "minimumHealthyPercent": (50, 100)[number % 2],
                    "maximumPercent": 200,
                },
            }
            stage.act("ecs", "CreateService", service | {"desiredCount": self.dice.randint(0, 8)})
        if scenario.daemon_service:
            service = {"cluster": CLUSTER, "serviceName": "everywhere", "taskDefinition": "app"}
            stage.act("ecs", "CreateService", service | {"schedulingStrategy": "DAEMON"})

    def depart(self, name: str) -> None:
        """A daemon is taken out of the config."""
        stage, truth = self.stage, self.stage.truth
        truth.whose.gone[name] = stage.now
        daemon = truth.daemons.pop(name)
        stage.hits[f"removed_{daemon.on_remove.lower()}"] += 1
        stage.note("world", f"{name} leaves the config: {daemon.on_remove}")
        self.reload()

    def reload(self) -> None:
        """The config is loaded anew: a family is its latest revision from now on."""
        stage = self.stage
        for life in stage.alive:
            if life.service is not None:
                spec = stage.scenario.spec(stage.queue_url, stage.truth.whose.gone)
                life.service.replace(spec)

    def end_spells(self) -> None:
        """What failed for a while works again."""
        world = self.stage.world
        for family, instance in self.spells:
            if (family, instance) not in self.broken and instance in self._all():
                world.behave(family, world.core.manners.of(family, 0, "*"), instance=instance)

    def add(self) -> Instance:
        """One machine boots and registers."""
        stage = self.stage
        cpu, memory = self.dice.choice(_SIZES)
        (arn,) = stage.world.add_instances(
            CLUSTER,
            1,
            stage.now,
            zones=(self.dice.choice(ZONES),),
            instance_type=self.dice.choice(("m5.large", "c5.large")),
            cpu=cpu,
            memory=memory,
            attributes={"role": self.dice.choice(ROLES)},
        )
        return stage.truth.cluster.instances[arn]

    def instance(self, *, connected: bool | None = None, status: str = "ACTIVE") -> Instance | None:
        """Any instance like that."""
        found = [
            one
            for one in self._all().values()
            if one.status == status and connected in {None, one.connected}
        ]
        return self.dice.choice(found) if found else None

    def own_task(self) -> Task | None:
        """Any live task of ours."""
        found = [task for _, task in self.stage.truth.own() if task.counts]
        return self.dice.choice(found) if found else None

    def family(self) -> str:
        """Any family of a daemon."""
        return self.dice.choice(self.stage.scenario.families).name

    def _all(self) -> dict[str, Instance]:
        return self.stage.truth.cluster.instances
