"""What happens to a cluster besides the controller: hosts, containers, people, services."""

from __future__ import annotations

import random
from collections.abc import Callable

from daemonctl.local.world import Behaviour, WorldError
from daemonctl.local.world.instance import Instance
from daemonctl.local.world.task import Task
from tests.simulation.life import Call, Life
from tests.simulation.scenario import CLUSTER, ROLES, ZONES
from tests.simulation.stage import Stage

Happening = Callable[["Hands"], str | None]
"""Makes something happen; what it was, None where there was nothing to do it to."""

_SIZES = ((2048, 7680), (1024, 2048), (4096, 15_000))


class Hands:
    """Everybody who is not daemonctl.

    Attributes:
        broken: (family, instance) whose containers fail for good.
        ghost: a leader that nobody sees, whose writes arrive late.
        spells: (family, instance) whose containers fail until the quiet.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.dice = random.Random(f"hands {stage.scenario.seed}")
        self.ghost = Life("ghost", 0.0)
        self.broken: dict[tuple[str, str], Behaviour] = {}
        self.spells: dict[tuple[str, str], None] = {}

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
            service = {"cluster": CLUSTER, "serviceName": f"s{number}", "taskDefinition": "app"}
            stage.act("ecs", "CreateService", service | {"desiredCount": self.dice.randint(0, 8)})

    def happen(self) -> None:
        """One thing, by the dice."""
        only = self.stage.scenario.only
        happening = self.dice.choice(
            [one for one in (*HAPPENINGS, task_doubled) if one.__name__ in only]
            if only
            else HAPPENINGS
        )
        try:
            words = happening(self)
        except WorldError as no:
            words = f"{happening.__name__} refused: {no.code}"
        if words is not None:
            self.stage.hits[happening.__name__] += 1
            self.stage.note("world", words)
        self.stage.advance(self.stage.now)

    def end_spells(self) -> None:
        """What failed for a while works again."""
        world = self.stage.world
        for family, instance in self.spells:
            if (family, instance) not in self.broken and instance in self._all():
                world.behave(family, world.core.manners.of(family, "*"), instance=instance)

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


def host_added(hands: Hands) -> str | None:
    if len(hands.stage.world.hosts) >= 16:
        return None
    return f"{hands.add().arn[-6:]} registers"


def host_terminated(hands: Hands) -> str | None:
    found = hands.instance()
    if found is None:
        return None
    hands.stage.world.terminate(found.arn, hands.stage.now)
    return f"{found.arn[-6:]} is terminated"


def host_stopped(hands: Hands) -> str | None:
    found = hands.instance()
    if found is None:
        return None
    hands.stage.world.stop(found.arn, hands.stage.now)
    return f"{found.arn[-6:]} is stopped"


def host_started(hands: Hands) -> str | None:
    found = [host for host in hands.stage.world.hosts.values() if host.state == "stopped"]
    if not found:
        return None
    host = hands.dice.choice(found)
    hands.stage.world.start(host.id, hands.stage.now)
    return f"{host.instance_arn} is started"


def host_rebooted(hands: Hands) -> str | None:
    found = hands.instance(connected=True)
    if found is None:
        return None
    hands.stage.world.reboot(found.arn, hands.stage.now)
    return f"{found.arn[-6:]} reboots"


def agent_disconnected(hands: Hands) -> str | None:
    found = hands.instance(connected=True)
    if found is None:
        return None
    hands.stage.world.disconnect(found.arn, hands.stage.now)
    return f"{found.arn[-6:]}'s agent is gone"


def agent_reconnected(hands: Hands) -> str | None:
    found = hands.instance(connected=False)
    if found is None:
        return None
    hands.stage.world.reconnect(found.arn, hands.stage.now)
    return f"{found.arn[-6:]}'s agent is back"


def agent_flapped(hands: Hands) -> str | None:
    found = hands.instance(connected=True)
    if found is None:
        return None
    hands.stage.world.flap(found.arn, hands.stage.now, seconds=hands.dice.uniform(0.5, 5))
    return f"{found.arn[-6:]}'s agent flaps"


def host_drained(hands: Hands) -> str | None:
    return _state(hands, "ACTIVE", "DRAINING")


def host_undrained(hands: Hands) -> str | None:
    return _state(hands, "DRAINING", "ACTIVE")


def _state(hands: Hands, old: str, new: str) -> str | None:
    found = hands.instance(status=old)
    if found is None:
        return None
    params = {"cluster": CLUSTER, "containerInstances": [found.arn], "status": new}
    hands.stage.act("ecs", "UpdateContainerInstancesState", params)
    return f"{found.arn[-6:]} is set {new}"


def attribute_changed(hands: Hands) -> str | None:
    """On one instance or on a few together; no event tells of it."""
    found = [one for one in (hands.instance() for _ in range(hands.dice.randint(1, 4))) if one]
    role = hands.dice.choice(ROLES)
    rows = [{"name": "role", "value": role, "targetId": one.arn} for one in found]
    if not rows:
        return None
    hands.stage.truth.flipped_at.update(dict.fromkeys([one.arn for one in found], hands.stage.now))
    hands.stage.act("ecs", "PutAttributes", {"cluster": CLUSTER, "attributes": rows})
    return f"{', '.join(one.arn[-6:] for one in found)} is {role} now"


def container_killed(hands: Hands) -> str | None:
    task = hands.own_task()
    if task is None:
        return None
    hands.stage.world.kill_task(task.arn, hands.stage.now, hands.dice.choice((0, 1, 137)))
    return f"a container of {task.arn[-6:]} dies"


def task_stopped_by_hand(hands: Hands) -> str | None:
    task = hands.own_task()
    if task is None:
        return None
    hands.stage.act("ecs", "StopTask", {"cluster": CLUSTER, "task": task.arn})
    return f"{task.arn[-6:]} is stopped by hand"


def foreign_task(hands: Hands) -> str | None:
    found = hands.instance(connected=True)
    if found is None:
        return None
    params: dict[str, object] = {
        "cluster": CLUSTER,
        "containerInstances": [found.arn],
        "taskDefinition": (family := hands.family()),
    }
    whose = hands.dice.choice(("nobody", "somebody", "another installation"))
    if whose == "somebody":
        params["startedBy"] = "somebody"
    elif whose == "another installation":
        params |= {"startedBy": "daemonctl/other", "group": f"daemonctl-{family}"}
    hands.stage.act("ecs", "StartTask", params)
    return f"{whose} starts {family} on {found.arn[-6:]}"


def task_doubled(hands: Hands) -> str | None:
    """What a leader that was long thought dead does: a start where a task of ours is live."""
    task, stage = hands.own_task(), hands.stage
    if task is None:
        return None
    params = {
        "cluster": CLUSTER,
        "containerInstances": [task.instance.arn],
        "taskDefinition": task.definition.arn,
        "group": task.group,
        "startedBy": task.started_by,
        "overrides": task.overrides,
    }
    answer = stage.act("ecs", "StartTask", params)
    for row in answer["tasks"] if answer else ():
        call = Call(0, hands.ghost, "StartTask", (), stage.now, params, done=True)
        stage.oracle.foreseen(row["taskArn"], call, stage.now)
    return f"{task.arn[-6:]} is doubled by a leader of the past"


def service_scaled(hands: Hands) -> str | None:
    names = list(hands.stage.truth.cluster.services)
    if not names:
        return None
    name, count = hands.dice.choice(names), hands.dice.randint(0, 12)
    params = {"cluster": CLUSTER, "service": name, "desiredCount": count}
    hands.stage.act("ecs", "UpdateService", params)
    return f"service {name} wants {count}"


def crash_loop(hands: Hands) -> str | None:
    """For good: it must be retried, ever less often, and harm nothing else."""
    after = hands.dice.uniform(0.2, 8.0)
    return _misbehave(hands, Behaviour(exit_after=after, exit_code=hands.dice.choice((0, 1))))


def pull_failure(hands: Hands) -> str | None:
    return _misbehave(hands, Behaviour(pull_failure="no such image"))


def never_starts(hands: Hands) -> str | None:
    return _misbehave(hands, Behaviour(never_start=True))


def unhealthy(hands: Hands) -> str | None:
    return _misbehave(hands, Behaviour(healthy_after=2.0, unhealthy_after=15.0))


def slow_to_stop(hands: Hands) -> str | None:
    return _misbehave(hands, Behaviour(stop_seconds=(10.0, 60.0), start_seconds=(5.0, 20.0)))


def _misbehave(hands: Hands, behaviour: Behaviour) -> str | None:
    found = hands.instance()
    if found is None:
        return None
    family, for_good = hands.family(), hands.dice.random() < 0.4
    if for_good:
        hands.broken[family, found.arn] = behaviour
    elif (family, found.arn) not in hands.broken:
        hands.spells[family, found.arn] = None
    else:
        return None
    hands.stage.world.behave(family, behaviour, instance=found.arn)
    return f"{family} on {found.arn[-6:]} is {behaviour}"


HAPPENINGS: tuple[Happening, ...] = (
    host_added, host_added, host_terminated, host_stopped, host_started, host_rebooted,
    agent_disconnected, agent_reconnected, agent_flapped, host_drained, host_undrained,
    attribute_changed, container_killed, container_killed, task_stopped_by_hand, foreign_task,
    service_scaled, crash_loop, pull_failure, never_starts, unhealthy, slow_to_stop,
)  # fmt: skip
