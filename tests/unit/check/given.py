"""A small cluster for the tests of check, and the ways to change one thing about it.

Daemon ``agent``, and ``registrator`` that depends on it; hosts are numbers, tasks letters.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, structs

from daemonctl.check import Checked, check
from daemonctl.check.scene import Scene
from daemonctl.model.cluster import Attributes, ContainerInstance, Resources, Task, TaskDefinition
from daemonctl.model.desired import Desired, DesiredDaemon
from daemonctl.model.ids import (
    ClusterAlias,
    ContainerInstanceArn,
    DaemonName,
    Ec2InstanceId,
    Owner,
    TaskArn,
    TaskDefinitionArn,
    group_of,
    started_by,
)
from daemonctl.model.memory import Expectation, Failure, Hold, Kind, Memory, SlotMemory
from daemonctl.model.observed import Host, Observed
from daemonctl.model.plan import Action, StartTask, StopKind, StopTask
from daemonctl.model.spec import DaemonSpec, Dependency, DependsOn, Share

NOW = 10_000.0
OWNER = Owner("prod")
AGENT, REGISTRATOR = DaemonName("agent"), DaemonName("registrator")


def arn(number: int) -> ContainerInstanceArn:
    return ContainerInstanceArn(f"arn:aws:ecs:eu-west-1:1:container-instance/web/h{number}")


def task_arn(letter: str) -> TaskArn:
    return TaskArn(f"arn:aws:ecs:eu-west-1:1:task/web/{letter}")


def definition(name: str, revision: int = 2) -> TaskDefinitionArn:
    return TaskDefinitionArn(f"arn:aws:ecs:eu-west-1:1:task-definition/{name}:{revision}")


def instance(number: int, **other: Any) -> ContainerInstance:
    plain = ContainerInstance(
        arn=arn(number),
        ec2_id=Ec2InstanceId(f"i-{number}"),
        status="ACTIVE",
        connected=True,
        attributes=Attributes({}),
        registered=Resources(),
        remaining=Resources(),
    )
    return structs.replace(plain, **other)


def task(letter: str, number: int = 1, daemon: DaemonName = AGENT, **other: Any) -> Task:
    """A task that has been READY for long."""
    plain = Task(
        arn=task_arn(letter),
        instance=arn(number),
        definition=definition(daemon),
        group=group_of(daemon),
        started_by=started_by(OWNER),
        last_status="RUNNING",
        desired_status="RUNNING",
        first_seen=1000.0,
        created_at=1000.0,
        started_at=1001.0,
    )
    return structs.replace(plain, **other)


def stopping(letter: str, number: int = 1, **other: Any) -> Task:
    return task(letter, number, **{"desired_status": "STOPPED", **other})


def stopped(letter: str, number: int = 1, **other: Any) -> Task:
    return stopping(letter, number, **{"last_status": "STOPPED", "stopped_at": 5000.0, **other})


def host(number: int, *tasks: Task, **other: Any) -> Host:
    return Host(instance(number, **other), tasks)


def daemon(
    name: DaemonName, *needs: Dependency, checked: bool = False, **other: Any
) -> DesiredDaemon:
    found = TaskDefinition(definition(name), True, Resources(), has_health_check=checked)
    spec = DaemonSpec(name, name, depends_on=needs, max_unavailable=Share(1))
    return DesiredDaemon(structs.replace(spec, **other), found)


def desired(*daemons: DesiredDaemon, **other: Any) -> Desired:
    both = (daemon(AGENT, min_ready_seconds=10.0), daemon(REGISTRATOR, Dependency(AGENT)))
    plain = Desired(ClusterAlias("web"), "web", OWNER, daemons or both)
    return structs.replace(plain, **other)


def observed(*hosts: Host, **other: Any) -> Observed:
    plain = Observed(
        {known.instance.arn: known for known in hosts},
        complete=True,
        as_of=NOW - 30.0,
        first_full_at=NOW - 5000.0,
    )
    return structs.replace(plain, **other)


def start(daemon_name: DaemonName, *numbers: int, **other: Any) -> StartTask:
    instances = tuple(map(arn, numbers))
    plain = StartTask(daemon_name, OWNER, definition(daemon_name), instances, "")
    return structs.replace(plain, **other)


def repair(letter: str, number: int = 1, daemon_name: DaemonName = AGENT) -> StopTask:
    where = arn(number)
    return StopTask(daemon_name, where, task_arn(letter), StopKind.REPAIR, "DUPLICATE", "two")


def voluntary(letter: str, number: int = 1, code: str = "UPDATE", **other: Any) -> StopTask:
    plain = StopTask(AGENT, arn(number), task_arn(letter), StopKind.VOLUNTARY, code, "why")
    return structs.replace(plain, **other)


def remember(number: int = 1, daemon_name: DaemonName = AGENT, **slot: Any) -> Memory:
    return Memory(slots={(arn(number), daemon_name): SlotMemory(**slot)})


def sent(kind: Kind, expires: float = NOW + 5.0) -> Expectation:
    return Expectation(kind, NOW - 5.0, expires)


def failure(until: float = NOW + 5.0) -> Failure:
    return Failure(2, NOW - 5.0, until, "AccessDenied", "no")


def paused(until: float = NOW + 5.0) -> Hold:
    return Hold(until, "AGENT", "away")


class Case(Struct, frozen=True):
    """A plan and what is known when it is checked."""

    actions: tuple[Action, ...]
    observed: Observed
    desired: Desired
    memory: Memory

    def scene(self) -> Scene:
        return Scene(self.desired, self.observed, self.memory, NOW)

    def check(self) -> Checked:
        return check(self.actions, self.desired, self.observed, self.memory, NOW)


def case(
    *actions: Action, seen: Observed, wanted: Desired | None = None, memory: Memory | None = None
) -> Case:
    return Case(actions, seen, wanted or desired(), memory or Memory())


def needs(condition: DependsOn, *, checked: bool = False) -> Desired:
    """The cluster with another condition, or with a health check of the dependency."""
    return desired(
        daemon(AGENT, checked=checked, min_ready_seconds=10.0),
        daemon(REGISTRATOR, Dependency(AGENT, condition)),
    )
