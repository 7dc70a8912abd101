"""The words that the oracle of check is made of; none of check's own code."""

from __future__ import annotations

from daemonctl.model.cluster import Task
from daemonctl.model.desired import DesiredDaemon
from daemonctl.model.ids import ContainerInstanceArn, DaemonName
from daemonctl.model.plan import Action, StopTask
from tests.property.rollout_oracle import asked_for_health
from tests.property.strategies import MARK, Scene


def places_of(action: Action) -> tuple[ContainerInstanceArn, ...]:
    return (action.instance,) if isinstance(action, StopTask) else action.instances


def is_live(task: Task) -> bool:
    return (task.desired_status, task.last_status != "STOPPED") == ("RUNNING", True)


def ours_at(scene: Scene, place: ContainerInstanceArn, name: DaemonName) -> list[Task]:
    everything = [t for host in scene.observed.hosts.values() for t in host.tasks]
    mine = [t for t in everything if t.started_by == MARK and t.group == "daemonctl-" + name]
    known = known_to(scene, name)
    if known is not None and known.spec.adopt:
        mine += [t for t in everything if unheld(t) and f"/{name}:" in t.definition]
    return [t for t in mine if t.instance == place]


def unheld(task: Task) -> bool:
    by_controller = task.started_by.startswith("daemonctl/")
    return not (by_controller or task.started_by[:8] == "ecs-svc/" or task.group[:8] == "service:")


def known_to(scene: Scene, name: DaemonName) -> DesiredDaemon | None:
    return next((d for d in scene.desired.daemons if d.spec.name == name), None)


def reached(scene: Scene, name: DaemonName, condition: str, task: Task) -> bool:
    known = known_to(scene, name)
    assert known is not None
    steps = [
        task.last_status == "RUNNING",
        task.connected and (not asked_for_health(known, task) or task.health == "HEALTHY"),
        scene.now - (task.started_at or task.first_seen) >= known.spec.min_ready_seconds,
    ]
    return all(steps[: {"START": 1, "HEALTHY": 2, "READY": 3}[condition]])


def birth(task: Task) -> float:
    return task.first_seen if task.created_at is None else task.created_at


def consul_says(scene: Scene, place: ContainerInstanceArn, name: DaemonName) -> str:
    """What Consul says of the daemon's agent there: ALIVE where nobody asks, "" if unknown."""
    known, agent = known_to(scene, name), scene.observed.hosts[place].agent
    if known is None or not known.spec.agent_alive:
        return "ALIVE"
    return "" if agent is None or agent.state == "AMBIGUOUS" else str(agent.state)


def gives_up_ready(scene: Scene, stop: StopTask, stay: list[Task]) -> bool:
    """Whether what is stopped is ready for all that is known, and nothing that stays there is."""
    known, host = known_to(scene, stop.daemon), scene.observed.hosts[stop.instance]
    if known is None or known.spec.once or not host.instance.connected:
        return False
    if consul_says(scene, stop.instance, stop.daemon) != "ALIVE":
        return False
    ready = [
        t.arn
        for t in ours_at(scene, stop.instance, stop.daemon)
        if is_live(t) and reached(scene, stop.daemon, "READY", t)
    ]
    return stop.task in ready and not [t for t in stay if t.arn in ready]
