"""Hosts, tasks and daemons in a line each: what the planner's tests are played with."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs

from daemonctl.model.cluster import (
    Attributes,
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
from daemonctl.model.memory import DaemonMemory, Memory
from daemonctl.model.observed import Host, Observed
from daemonctl.model.plan import INFINITE, Allowance, Plan, StartTask, StopTask
from daemonctl.model.reason import Notice, Verdict
from daemonctl.model.rollout import Rollout
from daemonctl.model.spec import DaemonSpec, Dependency, DependsOn
from daemonctl.planning.planner import plan
from daemonctl.planning.rules import Rule, compile_rules
from daemonctl.planning.scene import Scene

NOW = 1_750_000_000.0
OWNER = Owner("prod")
MARK = started_by(OWNER)
AGENT = DaemonName("consul-agent")
REGISTRATOR = DaemonName("registrator")
ATTRIBUTES = Attributes({"ecs.os-type": "linux", "ecs.availability-zone": "eu-west-1a"})
_ARN = "arn:aws:ecs:eu-west-1:000000000000"


def arn(number: int = 1) -> ContainerInstanceArn:
    return ContainerInstanceArn(f"{_ARN}:container-instance/web/{number:032x}")


def task_arn(number: int = 1) -> TaskArn:
    return TaskArn(f"{_ARN}:task/web/{number:032x}")


def definition_arn(family: str = AGENT, revision: int = 2) -> TaskDefinitionArn:
    return TaskDefinitionArn(f"{_ARN}:task-definition/{family}:{revision}")


def definition(family: str = AGENT, **changes: object) -> TaskDefinition:
    plain = TaskDefinition(definition_arn(family), active=True, needs=Resources(128, 256))
    return structs.replace(plain, **changes)


def attributes(**values: str) -> Attributes:
    """Attributes beside the usual ones; ``__`` stands for ``.`` and ``_`` for ``-``."""
    named = {key.replace("__", ".").replace("_", "-"): value for key, value in values.items()}
    return Attributes({**ATTRIBUTES.values, **named})


def instance(number: int = 1, **changes: object) -> ContainerInstance:
    plain = ContainerInstance(
        arn=arn(number),
        ec2_id=Ec2InstanceId(f"i-{number:017x}"),
        status="ACTIVE",
        connected=True,
        attributes=ATTRIBUTES,
        registered=Resources(2048, 7680),
        remaining=Resources(2048, 7680, frozenset((22, 2375))),
        version=3,
        registered_at=NOW - 9000,
    )
    return structs.replace(plain, **changes)


def task(
    number: int = 1,
    daemon: DaemonName = AGENT,
    *,
    host: int = 1,
    age: float = 3600.0,
    last: str = "RUNNING",
    **changes: object,
) -> Task:
    """A live task of ours, created ``age`` seconds before NOW and RUNNING 5 s later."""
    ran = last not in ("PENDING", "PROVISIONING", "ACTIVATING")
    plain = Task(
        arn=task_arn(number),
        instance=arn(host),
        definition=definition_arn(daemon),
        group=group_of(daemon),
        started_by=MARK,
        last_status=last,
        desired_status="RUNNING",
        first_seen=NOW - age,
        created_at=NOW - age,
        started_at=NOW - age + 5 if ran else None,
        containers=(Container("main", last),),
        version=3,
    )
    return structs.replace(plain, **changes)


def stopping(number: int = 1, daemon: DaemonName = AGENT, **changes: object) -> Task:
    return task(number, daemon, last="RUNNING", **{"desired_status": "STOPPED", **changes})


def crash(
    number: int = 1,
    daemon: DaemonName = AGENT,
    *,
    ago: float = 10.0,
    ran: float = 5.0,
    **changes: object,
) -> Task:
    """A task that ended by itself ``ago`` seconds before NOW, after it had run ``ran`` seconds."""
    plain = task(
        number,
        daemon,
        age=ago + ran + 5,
        last="STOPPED",
        desired_status="STOPPED",
        stopped_at=NOW - ago,
        stop_code="EssentialContainerExited",
        stopped_reason="Essential container in task exited",
        containers=(Container("main", "STOPPED", exit_code=1),),
    )
    return structs.replace(plain, **changes)


def spec(
    name: DaemonName = AGENT, *needs: DaemonName | Dependency, **changes: object
) -> DaemonSpec:
    depends = tuple(n if isinstance(n, Dependency) else Dependency(n) for n in needs)
    return structs.replace(DaemonSpec(name, str(name), depends_on=depends), **changes)


def daemon(
    one: DaemonSpec | None = None, definition_: TaskDefinition | None = None
) -> DesiredDaemon:
    one = one or spec()
    return DesiredDaemon(one, definition_ or definition(one.name))


def desired(*daemons: DesiredDaemon | DaemonSpec, **changes: object) -> Desired:
    """The daemons given, or one consul-agent."""
    all_ = tuple(d if isinstance(d, DesiredDaemon) else daemon(d) for d in daemons)
    plain = Desired(ClusterAlias("web"), "web-cluster", OWNER, all_ or (daemon(),))
    return structs.replace(plain, **changes)


BOTH = desired(spec(), spec(REGISTRATOR, AGENT))
"""registrator depends on consul-agent being READY."""

STARTED = desired(spec(), spec(REGISTRATOR, Dependency(AGENT, DependsOn.START)))


def host(number: int = 1, *tasks: Task, away: float | None = None, **changes: object) -> Host:
    """Host ``number`` with the tasks on it; ``away``: its agent left so many seconds ago."""
    if away is not None:
        changes["connected"] = False
    placed = tuple(structs.replace(one, instance=arn(number)) for one in tasks)
    return Host(instance(number, **changes), placed, None if away is None else NOW - away)


def observed(*hosts: Host, **changes: object) -> Observed:
    plain = Observed({h.instance.arn: h for h in hosts}, True, NOW - 30, NOW - 5000)
    return structs.replace(plain, **changes)


def planned(
    wanted: Desired,
    seen: Observed | Host,
    memory: Memory | None = None,
    *,
    allowance: Allowance = INFINITE,
    at: float = 0.0,
) -> Plan:
    """The plan ``at`` seconds after NOW."""
    view = seen if isinstance(seen, Observed) else observed(seen)
    return plan(wanted, view, memory or Memory(), allowance, NOW + at)


def steady(wanted: Desired, memory: Memory | None = None) -> Memory:
    """The memory of a process that has seen every daemon's wanted revision everywhere."""
    held = memory or Memory()
    for one in wanted.daemons:
        if one.wanted is not None:
            kept = held.daemons.get(one.spec.name, DaemonMemory())
            rollout = Rollout(one.wanted, one.wanted, one.wanted)
            held.daemons[one.spec.name] = structs.replace(kept, rollout=rollout)
    return held


def verdict(made: Plan, name: DaemonName = AGENT, number: int = 1) -> Verdict:
    found = made.verdicts[arn(number), name]
    assert found is not None
    return found


def starts(made: Plan) -> list[tuple[DaemonName, ContainerInstanceArn]]:
    return [
        (action.daemon, place)
        for action in made.actions
        if isinstance(action, StartTask)
        for place in action.instances
    ]


def notices(made: Plan) -> list[tuple[Notice, str]]:
    return [(condition.notice, condition.daemon) for condition in made.conditions]


def stops(made: Plan) -> list[TaskArn]:
    return [action.task for action in made.actions if isinstance(action, StopTask)]


def rule(one: DesiredDaemon | DaemonSpec | None = None) -> Rule:
    return compile_rules(desired(*(() if one is None else (one,)))).daemons[0]


def scene(wanted: Desired, seen: Host, *, at: float = 0.0) -> Scene:
    return Scene(compile_rules(wanted), seen, NOW + at)


def applied(memory: Memory, made: Plan) -> Memory:
    """A new memory with a plan's changes in it, as the runtime takes them in."""
    slots: Mapping[object, object] = made.slots
    kept = {slot: held for slot, held in memory.slots.items() if slot not in slots}
    fresh = {slot: held for slot, held in made.slots.items() if held is not None}
    return Memory({**kept, **fresh}, {**memory.daemons, **made.daemons}, memory.cluster)
