"""Clusters of any size, made without ECS."""

from __future__ import annotations

from daemonctl.model.cluster import (
    AttributePool,
    Container,
    ContainerInstance,
    Resources,
    Task,
    TaskDefinition,
)
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
from daemonctl.model.observed import Host, Observed
from daemonctl.model.spec import DaemonSpec, Dependency

NOW = 1_800_000_000.0
OWNER = Owner("bench")
_PREFIX = "arn:aws:ecs:us-east-1:000000000000"
_PORTS = frozenset((22, 2375, 2376, 51678, 51679))


def definition(family: str) -> TaskDefinition:
    arn = TaskDefinitionArn(f"{_PREFIX}:task-definition/{family}:1")
    return TaskDefinition(arn, active=True, needs=Resources(cpu=64, memory=128))


def desired(daemons: int) -> Desired:
    """Daemons in a chain: each depends on the one before."""
    names = [DaemonName(f"daemon-{number}") for number in range(daemons)]
    specs = [
        DaemonSpec(
            name,
            task_definition=name,
            constraints=("attribute:ecs.os-type == linux",),
            depends_on=(Dependency(names[number - 1]),) if number else (),
        )
        for number, name in enumerate(names)
    ]
    return Desired(
        cluster=ClusterAlias("bench"),
        cluster_name="bench",
        owner=OWNER,
        daemons=tuple(DesiredDaemon(spec, definition(spec.name)) for spec in specs),
    )


def converged(instances: int, daemons: int) -> Observed:
    """Every daemon ready on every instance."""
    pool = AttributePool()
    hosts = [_host(number, daemons, pool) for number in range(instances)]
    return Observed(
        hosts={host.instance.arn: host for host in hosts},
        complete=True,
        as_of=NOW,
        first_full_at=NOW - 3600,
    )


def _host(number: int, daemons: int, pool: AttributePool) -> Host:
    arn = ContainerInstanceArn(f"{_PREFIX}:container-instance/bench/{number:032x}")
    attributes = {f"ecs.capability.{n}": "" for n in range(40)} | {
        "ecs.os-type": "linux",
        "ecs.cpu-architecture": "x86_64",
        "ecs.instance-type": "m5.large",
        "ecs.availability-zone": "us-east-1" + "abc"[number % 3],
    }
    instance = ContainerInstance(
        arn=arn,
        ec2_id=Ec2InstanceId(f"i-{number:017x}"),
        status="ACTIVE",
        connected=True,
        attributes=pool.intern(attributes),
        registered=Resources(2048, 7680, _PORTS),
        remaining=Resources(2048 - 64 * daemons, 7680 - 128 * daemons, _PORTS),
        version=7,
        registered_at=NOW - 7200,
        running_tasks=daemons,
    )
    return Host(instance, tuple(_task(arn, number, kind) for kind in range(daemons)))


def _task(instance: ContainerInstanceArn, number: int, kind: int) -> Task:
    name = DaemonName(f"daemon-{kind}")
    return Task(
        arn=TaskArn(f"{_PREFIX}:task/bench/{number:028x}{kind:04x}"),
        instance=instance,
        definition=definition(name).arn,
        group=group_of(name),
        started_by=started_by(OWNER),
        last_status="RUNNING",
        desired_status="RUNNING",
        first_seen=NOW - 3600,
        created_at=NOW - 3600,
        started_at=NOW - 3590,
        containers=(Container("main", "RUNNING"),),
        version=3,
    )
