"""The words of docs/terms.md as code, written apart from planning's."""

from __future__ import annotations

from daemonctl.check.registered import nothing_of
from daemonctl.model.cluster import Health, Task, TaskDefinition
from daemonctl.model.desired import DesiredDaemon
from daemonctl.model.discovery import AgentState
from daemonctl.model.ids import DaemonName, TaskDefinitionArn, family_of, group_of
from daemonctl.model.memory import Expectation, Kind, SlotMemory
from daemonctl.model.observed import Host
from daemonctl.model.spec import DaemonSpec, DependsOn

_STOP_REASON = "daemonctl: "


def live(task: Task) -> bool:
    """ECS wants it to run and it has not ended."""
    return task.desired_status == "RUNNING" and task.last_status != "STOPPED"


def stopping(task: Task) -> bool:
    """ECS wants it gone and it is still on its host."""
    return task.desired_status == "STOPPED" and task.last_status != "STOPPED"


def own(task: Task, mark: str, daemon: DaemonName) -> bool:
    """Started by this installation (``mark``) as this daemon; everything else is foreign."""
    return task.started_by == mark and task.group == group_of(daemon)


def adopted(task: Task, spec: DaemonSpec, definition: TaskDefinition | None) -> bool:
    """Of the family of a daemon that adopts, and neither a service's nor any daemonctl's."""
    if task.group.split(":", 1)[0] == "service":
        return False
    if task.started_by.split("/", 1)[0] in ("daemonctl", "ecs-svc"):
        return False
    named = TaskDefinitionArn(spec.task_definition) if definition is None else definition.arn
    return family_of(task.definition) == family_of(named)


def reached(condition: DependsOn, task: Task, daemon: DesiredDaemon, now: float) -> bool:
    """Whether a live task of a daemon has come as far as a dependent asks."""
    if task.last_status != "RUNNING":
        return False
    if condition is DependsOn.START:
        return True
    checked = _checked(task, daemon)
    if not task.connected or (checked and task.health is not Health.HEALTHY):
        return False
    return condition is DependsOn.HEALTHY or ran_enough(task, daemon, now)


def _checked(task: Task, daemon: DesiredDaemon) -> bool:
    """Whether it has a health check: each revision has its own say."""
    for known in (daemon.definition, *daemon.known):
        if known is not None and known.arn == task.definition:
            return known.has_health_check
    return task.health is not Health.UNKNOWN


def ended_well(task: Task, daemon: DesiredDaemon) -> bool:
    """Whether it has ended by itself, its essential containers with 0; all, if it is not known."""
    if task.last_status != "STOPPED" or task.stop_code != "EssentialContainerExited":
        return False
    names = _essential(task, daemon)
    return {c.exit_code for c in task.containers if not names or c.name in names} == {0}


def _essential(task: Task, daemon: DesiredDaemon) -> tuple[str, ...]:
    for known in (daemon.definition, *daemon.known):
        if known is not None and known.arn == task.definition:
            return known.essential
    return ()


def broken(task: Task, daemon: DesiredDaemon, host: Host, now: float) -> bool:
    """Whether a live task is known not to be ready: sick, given up by Consul, or late to start."""
    if task.last_status != "RUNNING":
        return now >= age_key(task) + daemon.spec.start_timeout_seconds
    return task.health is Health.UNHEALTHY or dead(daemon, host)


def ran_enough(task: Task, daemon: DesiredDaemon, until: float) -> bool:
    """Whether it had been running for minReadySeconds at ``until``."""
    since = task.first_seen if task.started_at is None else task.started_at
    return until >= since + daemon.spec.min_ready_seconds


def alive(daemon: DesiredDaemon, host: Host) -> bool:
    """Whether Consul says what the daemon asks for: an agent that is alive, services."""
    spec, agent = daemon.spec, host.agent
    if spec.services_registered and (host.registered is None or nothing_of(host.registered)):
        return False
    return not spec.agent_alive or (agent is not None and agent.state is AgentState.ALIVE)


def dead(daemon: DesiredDaemon, host: Host) -> bool:
    """Whether Consul says that it is not so. What Consul cannot say is neither."""
    spec, agent = daemon.spec, host.agent
    if spec.services_registered and host.registered is not None and nothing_of(host.registered):
        return True
    gone = (AgentState.FAILED, AgentState.ABSENT)
    return spec.agent_alive and agent is not None and agent.state in gone


def in_flight(memory: SlotMemory, now: float, *, seen_live: bool) -> Expectation | None:
    """The slot's write whose effect is not seen yet, while it has not expired.

    ``seen_live``: a live own task is in sight, which a start wants and a stop does not.
    """
    expected = memory.expectation
    if expected is None or now >= expected.expires:
        return None
    if expected.kind in (Kind.OPEN, Kind.CLOSE, Kind.MARK):
        return expected
    return None if seen_live is (expected.kind is Kind.START) else expected


def our_code(task: Task) -> str:
    """The code that daemonctl gave for stopping this task, "" where daemonctl did not stop it."""
    if not task.stopped_reason.startswith(_STOP_REASON):
        return ""
    return task.stopped_reason.removeprefix(_STOP_REASON).split(":", 1)[0]


def age_key(task: Task) -> float:
    """When it was made, or the best that is known of it."""
    return task.first_seen if task.created_at is None else task.created_at
