"""Clusters as they may be met: for the property tests of check and of planning.

``scenes()`` gives a whole ``Scene`` (desired, observed, memory, now); the smaller strategies build
its parts. Everything is plausible ECS: ids are of ECS's shape, a task's states fit together, and
faults (duplicates, foreign tasks, orphans, disconnected agents) are there but not everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from msgspec import Struct, structs

from daemonctl.model.cluster import Task
from daemonctl.model.desired import Desired, DesiredDaemon
from daemonctl.model.discovery import Agent, AgentState
from daemonctl.model.ids import GATE, ClusterAlias, DaemonName, once_slot
from daemonctl.model.memory import (
    DaemonMemory,
    Memory,
    SlowStart,
)
from daemonctl.model.observed import Host, Observed
from daemonctl.model.spec import (
    DaemonSpec,
    Dependency,
    DependsOn,
    GateSpec,
    Limits,
    OnlyWith,
    Share,
)
from tests.property.ecs_strategies import (
    MARK,
    NOW,
    OWNER,
    definition_arn,
    definitions,
    instance_arn,
    instances,
    moments,
    mostly,
    perhaps,
    task_arn,
    tasks,
    with_mark,
)
from tests.property.memory_strategies import (
    expectations,
    failures,
    gate_memories,
    slot_memories,
)

__all__ = [
    "GONE",
    "MARK",
    "NAMES",
    "NOW",
    "OWNER",
    "Scene",
    "daemons",
    "definition_arn",
    "definitions",
    "desireds",
    "expectations",
    "failures",
    "hosts",
    "instance_arn",
    "instances",
    "memories",
    "moments",
    "mostly",
    "observeds",
    "perhaps",
    "scenes",
    "slot_memories",
    "task_arn",
    "tasks",
]

NAMES = tuple(map(DaemonName, ("consul-agent", "registrator", "fluentd", "node-exporter")))
GONE = DaemonName("retired")
"""A daemon that no config of a scene has: its tasks are orphans, on their way out or not."""

_CONSTRAINTS = (
    "attribute:ecs.os-type == linux",
    "attribute:tier == web",
    "attribute:tier != db",
    "attribute:ecs.availability-zone in [eu-west-1a, eu-west-1b]",
    "runningTasksCount <= 20",
)


class Scene(Struct, frozen=True):
    """What ``plan`` and ``check`` are asked about."""

    desired: Desired
    observed: Observed
    memory: Memory
    now: float


@st.composite
def daemons(
    draw: DrawFn, name: DaemonName, before: Sequence[DaemonName], once: Sequence[DaemonName] = ()
) -> DesiredDaemon:
    """A daemon that may depend on those before it, so that there is never a cycle.

    ``once`` are those that run once: their end alone can be waited for.
    """
    needs = draw(st.lists(st.sampled_from(before), unique=True, max_size=2)) if before else []
    condition = st.sampled_from((DependsOn.START, DependsOn.HEALTHY, DependsOn.READY))
    spec = DaemonSpec(
        name=name,
        task_definition=name,
        constraints=tuple(draw(st.lists(st.sampled_from(_CONSTRAINTS), max_size=1))),
        depends_on=tuple(
            Dependency(other, DependsOn.SUCCESS)
            if other in once
            else Dependency(other, draw(condition), draw(st.booleans()))
            for other in needs
        ),
        min_ready_seconds=draw(st.sampled_from((0.0, 10.0))),
        agent_alive=name == NAMES[0] and name not in once and draw(mostly(False, True)),
        adopt=name not in once and draw(mostly(False, True)),
        only_with=None
        if name in once
        else draw(mostly(None, OnlyWith(("registrator", "flu*"), 0.0), _LINGERS)),
        once=name in once,
        max_unavailable=draw(
            st.sampled_from((Share(10, percent=True), Share(50, percent=True), Share(1), Share(2)))
        ),
    )
    if draw(mostly(True, False)):
        found = draw(definitions(str(name)))
        old = structs.replace(found, arn=definition_arn(str(name), 1))
        return DesiredDaemon(spec, found, known=draw(st.sampled_from(((old,), (old,), ()))))
    return DesiredDaemon(spec, None, f"task definition {name} does not exist")


@st.composite
def desireds(draw: DrawFn, least: int = 1) -> Desired:
    """One to four daemons."""
    names = NAMES[: draw(st.integers(least, len(NAMES)))]
    share = draw(st.sampled_from((Share(30, percent=True), Share(100, percent=True), Share(1))))
    once = draw(mostly((), names[:1], names[1:2], names[2:3], (*names[:1], *names[2:3])))
    before = tuple(Dependency(name) for name in draw(st.sampled_from(((), names[:1], NAMES))))
    return Desired(
        cluster=ClusterAlias("web"),
        cluster_name="web",
        owner=OWNER,
        daemons=tuple(draw(daemons(name, names[:i], once)) for i, name in enumerate(names)),
        removed=(DaemonSpec(GONE, GONE, depends_on=before),) if draw(mostly(False, True)) else (),
        limits=Limits(max_cluster_share=share),
        gate=draw(st.sampled_from((None, GateSpec(max_closed=share)))),
    )


_CROWDS: tuple[tuple[str, ...], ...] = (
    (),
    ("RUNNING",),
    ("RUNNING",),
    ("RUNNING",),
    ("",),
    ("STOPPED", "STOPPED"),
    ("STOPPED", "RUNNING"),
    ("STOPPING",),
    ("STOPPING", "PENDING"),
    ("RUNNING", "RUNNING"),
    ("PENDING", "RUNNING", "RUNNING"),
)
"""What a slot may hold, by phases; "" is any."""

_LINGERS = OnlyWith(("consul-agent",), 60.0)
_LISTED = frozenset(("registrator", "flu*", "consul-agent"))
_SERVICES = frozenset(f"service:{name}" for name in NAMES[:2])

_STRANGERS = (
    {"started_by": "", "group": "family:{}"},  # aws ecs start-task by hand
    {"started_by": "ecs-svc/1234567890123456789", "group": "service:{}"},
    {"started_by": "daemonctl/staging", "group": "daemonctl-{}"},  # another installation
    {"started_by": MARK, "group": "family:{}"},  # only one of our two marks
)


@st.composite
def hosts(draw: DrawFn, number: int, names: Sequence[DaemonName]) -> Host:
    """An instance with what the daemons have on it, foreign tasks and orphans now and then."""
    instance = draw(instances(number))
    serial = iter(range(number * 1000, number * 1000 + 1000))
    found: list[Task] = []
    for name in names:
        crowd = draw(st.sampled_from(_CROWDS))
        found += [draw(tasks(next(serial), instance.arn, name, phase)) for phase in crowd]
    if draw(mostly(False, True)):
        marks = draw(st.sampled_from(_STRANGERS))
        stranger = draw(tasks(next(serial), instance.arn, draw(st.sampled_from(names))))
        family = stranger.group.removeprefix("daemonctl-")
        found.append(
            structs.replace(
                stranger,
                started_by=marks["started_by"],
                group=marks["group"].format(family),
            )
        )
    if draw(mostly(False, True)):
        found.append(draw(tasks(next(serial), instance.arn, GONE, "RUNNING")))
    away = None if instance.connected else draw(moments(900))
    if not draw(st.integers(0, 2)):
        instance = with_mark(instance, draw(st.sampled_from(names)), draw(mostly(2, 1)))
    agent = draw(mostly(None, *(Agent(state, state.value) for state in AgentState)))
    host = Host(instance, tuple(found), away, agent=agent)
    return draw(_leaving(host)) if instance.status == "DRAINING" else host


@st.composite
def _leaving(draw: DrawFn, host: Host) -> Host:
    """A host that drains, listed or not yet; now and then EC2 said when it takes it."""
    since = draw(moments(900))
    return structs.replace(
        host,
        draining_since=since,
        listed_at=draw(mostly(since + 10.0, None)),
        leaves_at=draw(mostly(None, since + 120.0)),
    )


@st.composite
def memories(draw: DrawFn, desired: Desired, observed: Observed) -> Memory:
    """What a process that has run for a while may remember; often nothing."""
    slots = [(arn, d.spec.name) for arn in observed.hosts for d in desired.daemons]
    once = [d.spec.name for d in desired.daemons if d.spec.once]
    gates = [(arn, slot) for arn in observed.hosts for slot in (GATE, *map(once_slot, once))]
    kept = draw(st.lists(st.sampled_from(slots), unique=True, max_size=4)) if slots else []
    memory = Memory(slots={slot: draw(slot_memories()) for slot in kept})
    for slot in [slot for slot in kept if slot[1] in once]:
        done = draw(mostly("", f"{slot[1]}:2", f"{slot[1]}:1"))
        memory.slots[slot] = structs.replace(memory.slots[slot], done=done)
    for slot in draw(st.lists(st.sampled_from(gates), unique=True, max_size=2)) if gates else ():
        memory.slots[slot] = draw(gate_memories())
    for daemon in desired.daemons:
        if not draw(mostly(True, False)):
            slow = SlowStart(limit=draw(st.sampled_from((None, 1, 4))))
            memory.daemons[daemon.spec.name] = DaemonMemory(
                slow,
                draw(failures()),
                misplaced_until=draw(perhaps(moments(60, 60))),
            )
    if not draw(mostly(True, False)):
        memory.cluster = draw(failures())
    return memory


@st.composite
def observeds(
    draw: DrawFn, desired: Desired, least: int = 0, most: int = 6, *, calm: bool = False
) -> Observed:
    """Up to six hosts; complete, fresh and past the first look most of the time, or if calm."""
    names = [daemon.spec.name for daemon in desired.daemons]
    found = [draw(hosts(n, names)) for n in range(1, draw(st.integers(least, most)) + 1)]
    known = Observed(
        hosts={host.instance.arn: host for host in found},
        complete=True,
        as_of=NOW - 30.0,
        first_full_at=NOW - 5000.0,
        services=_LISTED,
    )
    if calm:
        return known
    return structs.replace(
        known,
        complete=draw(mostly(True, False)),
        as_of=NOW - draw(mostly(30.0, 1260.0, 1261.0)),
        first_full_at=draw(mostly(NOW - 5000.0, NOW - 660.0, NOW - 659.0, None)),
        services=draw(mostly(_LISTED, frozenset())),
        daemon_services=draw(mostly(frozenset(), _SERVICES)),
    )


@st.composite
def scenes(draw: DrawFn, least_hosts: int = 0, most_hosts: int = 6, *, calm: bool = False) -> Scene:
    """Everything that a plan or a check is asked about.

    ``calm``: the view is good and nothing is remembered, so that what is found can be acted on.
    """
    desired = draw(desireds())
    observed = draw(observeds(desired, least_hosts, most_hosts, calm=calm))
    memory = draw(memories(desired, observed))
    if calm:
        kept = {name: DaemonMemory(rollout=held.rollout) for name, held in memory.daemons.items()}
        memory = Memory(daemons=kept)
    return Scene(desired, observed, memory, NOW)
