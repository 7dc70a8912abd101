"""The things of ECS as strategies: definitions, container instances, tasks in every phase."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from msgspec import structs

from daemonctl.model.cluster import (
    Attributes,
    Container,
    ContainerInstance,
    Health,
    Resources,
    Task,
    TaskDefinition,
)
from daemonctl.model.ids import (
    ContainerInstanceArn,
    DaemonName,
    Ec2InstanceId,
    Owner,
    TaskArn,
    TaskDefinitionArn,
    group_of,
    started_by,
)

NOW = 1_750_000_000.0
"""The moment of every scene; times in it lie around this one."""

OWNER = Owner("prod")
MARK = started_by(OWNER)
_ARN = "arn:aws:ecs:eu-west-1:000000000000"
_ZONES = ("eu-west-1a", "eu-west-1b", "eu-west-1c")
_STOPS = (
    ("EssentialContainerExited", "Essential container in task exited", 1),
    ("EssentialContainerExited", "Essential container in task exited", 0),
    ("TaskFailedToStart", "CannotPullContainerError: not found", None),
    ("UserInitiated", "Task stopped by user", 137),
    ("UserInitiated", "daemonctl: MISPLACED: runs where it should not", 0),
    ("UserInitiated", "daemonctl: DUPLICATE: 2 tasks", 0),
    ("UserInitiated", "daemonctl: OUTDATED: another revision is wanted", 0),
    ("UserInitiated", "daemonctl: UNREADY: another revision is wanted", 0),
    ("UserInitiated", "daemonctl: UNHEALTHY: container main is UNHEALTHY", 0),
)


def definition_arn(family: str, revision: int = 1) -> TaskDefinitionArn:
    return TaskDefinitionArn(f"{_ARN}:task-definition/{family}:{revision}")


def instance_arn(number: int) -> ContainerInstanceArn:
    return ContainerInstanceArn(f"{_ARN}:container-instance/web/{number:032x}")


def task_arn(number: int) -> TaskArn:
    return TaskArn(f"{_ARN}:task/web/{number:032x}")


T = TypeVar("T")


def mostly(usual: T, *others: T) -> SearchStrategy[T]:
    """The usual value nine times in ten: a fault is an exception, or nothing ever works."""
    seldom = st.sampled_from(others)
    # Hypothesis likes the ends of a range: the exception stands in the middle.
    return st.integers(0, 19).flatmap(lambda n: seldom if n in (7, 13) else st.just(usual))


def perhaps(strategy: SearchStrategy[T]) -> SearchStrategy[T | None]:
    """A value once in four."""
    return st.integers(0, 7).flatmap(lambda n: strategy if n in (3, 5) else st.none())


def moments(before: float = 1000.0, after: float = 0.0) -> SearchStrategy[float]:
    """Times around now, whole seconds."""
    return st.integers(-int(before), int(after)).map(lambda seconds: NOW + seconds)


@st.composite
def definitions(draw: DrawFn, family: str) -> TaskDefinition:
    """Revision 2 of a family; revision 1 is what runs where a task is outdated."""
    return TaskDefinition(
        arn=definition_arn(family, 2),
        active=True,
        needs=Resources(
            cpu=draw(st.sampled_from((0, 128, 1024))),
            memory=draw(st.sampled_from((64, 256, 4096))),
            tcp=draw(mostly(frozenset(), frozenset({8500}))),
        ),
        requires=draw(st.sampled_from(((), ("ecs.capability.privileged",)))),
        os_family=draw(st.sampled_from(("", "LINUX"))),
        has_health_check=draw(st.booleans()),
    )


@st.composite
def instances(draw: DrawFn, number: int) -> ContainerInstance:
    """A container instance, ACTIVE and connected most of the time."""
    attributes = {
        "ecs.os-type": "linux",
        "ecs.availability-zone": draw(st.sampled_from(_ZONES)),
        "ecs.instance-type": "m5.large",
    }
    if draw(mostly(True, False)):
        attributes["ecs.capability.privileged"] = ""
    tier = draw(st.sampled_from(("", "web", "db")))
    if tier:
        attributes["tier"] = tier
    if draw(mostly(False, True)):
        attributes["daemonctl.ready"] = "true"
    free = draw(mostly(2048, 100))
    return ContainerInstance(
        arn=instance_arn(number),
        ec2_id=Ec2InstanceId(draw(mostly(f"i-{number:017x}", f"mi-{number:017x}", ""))),
        status=draw(mostly("ACTIVE", "DRAINING", "REGISTERING")),
        connected=draw(mostly(True, False)),
        attributes=Attributes(attributes),
        registered=Resources(2048, 7680),
        remaining=Resources(free, free * 3, frozenset({22, 2375})),
        version=draw(st.integers(0, 9)),
        registered_at=draw(st.one_of(st.none(), moments(100_000, -2000))),
        running_tasks=draw(st.integers(0, 30)),
        managed=draw(mostly(False, True)),
    )


def with_mark(instance: ContainerInstance, name: DaemonName, revision: int) -> ContainerInstance:
    """An instance on which a daemon has run, if it is one of those that run once."""
    values = {**instance.attributes.values, f"daemonctl.once.{name}": f"{name}:{revision}"}
    return structs.replace(instance, attributes=Attributes(values))


@st.composite
def tasks(
    draw: DrawFn, number: int, instance: ContainerInstanceArn, daemon: DaemonName, phase: str = ""
) -> Task:
    """A task of the daemon in one phase of its life; ``phase`` is drawn where not given."""
    phase = phase or draw(st.sampled_from(("RUNNING", "RUNNING", "PENDING", "STOPPING", "STOPPED")))
    created = draw(moments(3000, -5))
    started = created + draw(st.sampled_from((0.0, 4.0)))
    ending = phase in ("STOPPING", "STOPPED")
    code, reason, exit_code = draw(st.sampled_from(_STOPS)) if ending else ("", "", None)
    health = draw(st.sampled_from((Health.HEALTHY, Health.HEALTHY, *Health)))
    last = {"STOPPING": draw(st.sampled_from(("RUNNING", "DEACTIVATING")))}.get(phase, phase)
    return Task(
        arn=task_arn(number),
        instance=instance,
        definition=definition_arn(daemon, draw(mostly(2, 1))),
        group=group_of(daemon),
        started_by=MARK,
        last_status=last,
        desired_status="STOPPED" if ending else "RUNNING",
        first_seen=started,
        created_at=draw(st.sampled_from((created, created, None))),
        started_at=None if phase == "PENDING" else draw(st.sampled_from((started, started, None))),
        stopped_at=draw(st.sampled_from((NOW - 1.0, None))) if phase == "STOPPED" else None,
        stop_code=code,
        stopped_reason=reason,
        containers=(Container(daemon, last, exit_code, health=health),),
        health=health,
        connected=draw(mostly(True, False)),
        version=draw(st.integers(0, 9)),
    )
