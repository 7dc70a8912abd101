"""What happens to a cluster besides the controller: to hosts, containers, services, by people."""

from __future__ import annotations

from collections.abc import Callable

from daemonctl.local.world import Behaviour, WorldError
from tests.simulation.hands import Hands
from tests.simulation.life import Call
from tests.simulation.operators import ROLLING, once_renewed
from tests.simulation.scenario import CLUSTER, ROLES

Happening = Callable[[Hands], str | None]
"""Makes something happen; what it was, None where there was nothing to do it to."""

_MOST_HOSTS = 16


def happen(hands: Hands) -> None:
    """One thing, by the dice."""
    only = hands.stage.scenario.only
    more = (once_renewed,) if hands.stage.scenario.once else ()
    usual = (*HAPPENINGS, *more)
    named = {one.__name__: one for one in (*usual, task_doubled, host_lost, *ROLLING)}
    happening = hands.dice.choice([named[name] for name in only] if only else usual)
    try:
        words = happening(hands)
    except WorldError as no:
        words = f"{happening.__name__} refused: {no.code}"
    if words is not None:
        hands.stage.hits[happening.__name__] += 1
        hands.stage.note("world", words)
    hands.stage.advance(hands.stage.now)


def host_added(hands: Hands) -> str | None:
    if len(hands.stage.world.hosts) >= _MOST_HOSTS:
        return None
    return f"{hands.add().arn[-6:]} registers"


def host_terminated(hands: Hands) -> str | None:
    found = hands.instance()
    if found is None:
        return None
    hands.stage.world.terminate(found.arn, hands.stage.now)
    return f"{found.arn[-6:]} is terminated"


def host_lost(hands: Hands) -> str | None:
    """Its agent goes first: ECS never hears that the machine is gone."""
    found = hands.instance(connected=True)
    if found is None:
        return None
    hands.stage.world.disconnect(found.arn, hands.stage.now)
    hands.stage.world.terminate(found.arn, hands.stage.now)
    return f"{found.arn[-6:]} is lost"


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
    answer = hands.stage.act("ecs", "StartTask", params)
    for row in answer["tasks"] if answer else ():
        if hands.stage.truth.whose.daemon(hands.stage.truth.cluster.tasks[row["taskArn"]]):
            call = Call(0, hands.ghost, "StartTask", (), hands.stage.now, params, done=True)
            hands.stage.oracle.foreseen(row["taskArn"], call, hands.stage.now)
            hands.stage.hits["task_adopted"] += 1
    return f"{whose} starts {family} on {found.arn[-6:]}"


def task_doubled(hands: Hands) -> str | None:
    """What a leader that was long thought dead does: a start where a task of ours is live.

    It starts the newest revision, as one whose rollout has come further.
    """
    task, stage = hands.own_task(), hands.stage
    if task is None:
        return None
    params = {
        "cluster": CLUSTER,
        "containerInstances": [task.instance.arn],
        "taskDefinition": stage.world.core.families[task.definition.family][-1].arn,
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
    services = hands.stage.truth.cluster.services
    names = [name for name, service in services.items() if service.strategy == "REPLICA"]
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
