"""A cluster in every kind of trouble, as the runtime would show it; shared by several suites."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware
from msgspec.structs import replace

from daemonctl.http.api import api_app
from daemonctl.http.auth import own_pages_only
from daemonctl.http.operate import Operate
from daemonctl.http.refusals import Refusals
from daemonctl.model.cluster import (
    Attributes,
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
)
from daemonctl.model.memory import Failure, Memory, SlotMemory
from daemonctl.model.observed import Host, Observed
from daemonctl.model.plan import Plan, StartTask, StopKind, StopTask
from daemonctl.model.reason import Code, Condition, Notice, Verdict
from daemonctl.model.spec import ClusterSpec, DaemonSpec, Dependency
from daemonctl.model.status import Counts
from daemonctl.runtime.commands import Answer, Answered, Command
from daemonctl.runtime.journal import Entry, Happened, Journal
from daemonctl.runtime.kept import NotLeadingError
from daemonctl.runtime.report import NotFoundError
from daemonctl.runtime.report_source import ClusterFacts
from daemonctl.runtime.reports import LiveReport

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
_ARN = "arn:aws:ecs:ap-northeast-1:111122223333"
AGENT, REGISTRATOR = DaemonName("consul-agent"), DaemonName("registrator")
OWNER = Owner("prod")
SPECS = (
    DaemonSpec(AGENT, "consul-agent"),
    DaemonSpec(REGISTRATOR, "registrator", depends_on=(Dependency(AGENT),)),
)
SPEC = ClusterSpec(ClusterAlias("web"), "web", OWNER, "ap-northeast-1", SPECS)


def definition(name: str, revision: int, cpu: int) -> TaskDefinition:
    arn = TaskDefinitionArn(f"{_ARN}:task-definition/{name}:{revision}")
    return TaskDefinition(arn, active=True, needs=Resources(cpu, 128))


DEFINITIONS = {
    AGENT: definition("consul-agent", 4, 128),
    REGISTRATOR: definition("registrator", 2, 64),
}
DESIRED = Desired(
    ClusterAlias("web"),
    "web",
    OWNER,
    tuple(DesiredDaemon(spec, DEFINITIONS[spec.name]) for spec in SPECS),
)


def instance_arn(letter: str) -> ContainerInstanceArn:
    return ContainerInstanceArn(f"{_ARN}:container-instance/web/{letter * 32}")


def instance(letter: str, **more: Any) -> ContainerInstance:
    made = ContainerInstance(
        arn=instance_arn(letter),
        ec2_id=Ec2InstanceId(f"i-{letter * 17}"),
        status="ACTIVE",
        connected=True,
        attributes=Attributes({"ecs.availability-zone": "ap-northeast-1a", "ecs.os-type": "linux"}),
        registered=Resources(2048, 7680, frozenset({22, 51678})),
        remaining=Resources(1856, 7424, frozenset({22, 51678})),
        registered_at=NOW - 200_000,
        agent_version="1.89.0",
    )
    return replace(made, **more)


def task(letter: str, daemon: DaemonName, at: str, **more: Any) -> Task:
    made = Task(
        arn=TaskArn(f"{_ARN}:task/web/{letter * 32}"),
        instance=instance_arn(at),
        definition=DEFINITIONS[daemon].arn,
        group=group_of(daemon),
        started_by="daemonctl/prod",
        last_status="RUNNING",
        desired_status="RUNNING",
        first_seen=NOW - 9000,
        created_at=NOW - 7300,
        started_at=NOW - 7200,
    )
    return replace(made, **more)


def hosts() -> dict[ContainerInstanceArn, Host]:
    foreign = task("5", AGENT, "a", group="family:consul-agent", started_by="")
    orphan = task("6", AGENT, "a", group="daemonctl-fluentd")
    made = (
        Host(instance("a"), (task("1", AGENT, "a"), task("2", REGISTRATOR, "a"), foreign, orphan)),
        Host(instance("b"), (task("3", AGENT, "b"),)),
        Host(instance("c", remaining=Resources(64, 1000, frozenset({22, 51678})))),
        Host(instance("d", status="DRAINING"), (task("4", AGENT, "d"),)),
        Host(instance("e", connected=False), (), NOW - 400),
    )
    return {host.instance.arn: host for host in made}


FAILURE = Failure(
    streak=3,
    at=NOW - 12,
    until=NOW + 4,
    code="EssentialContainerExited",
    words="container registrator exited with code 1",
)
_VERDICTS = {
    "a": (Verdict(Code.READY), Verdict(Code.READY)),
    "b": (
        Verdict(Code.READY),
        Verdict(Code.BACKOFF, "3 failures in a row: container registrator exited", NOW + 4),
    ),
    "c": (
        Verdict(Code.NO_FIT, "CPU: needs 128 units, 64 of 2048 left", NOW + 300),
        Verdict(Code.BLOCKED, "consul-agent is not READY here: NO_FIT"),
    ),
    "d": (Verdict(Code.DRAINING, "its tasks stay"), Verdict(Code.DRAINING, "it is DRAINING")),
    "e": (
        Verdict(Code.AGENT_DISCONNECTED, "its agent is disconnected: nothing starts here"),
        Verdict(Code.AGENT_DISCONNECTED, "its agent is disconnected: nothing starts here"),
    ),
}
VERDICTS = {
    (instance_arn(letter), name): verdict
    for letter, pair in _VERDICTS.items()
    for name, verdict in zip((AGENT, REGISTRATOR), pair, strict=True)
}
COUNTS = {
    AGENT: Counts(desired=4, current=2, ready=2, updated=2, available=2, foreign=1),
    REGISTRATOR: Counts(desired=4, current=1, ready=1, updated=1, available=1),
}
CONDITIONS = (
    Condition(Notice.SLOW_START, "the last starts failed on 3 instances: 2 at once", "registrator"),
    Condition(Notice.API_BUDGET, "4 starts wait for API tokens"),
)


def facts(**more: Any) -> ClusterFacts:
    made = ClusterFacts(
        spec=SPEC,
        desired=DESIRED,
        observed=Observed(hosts(), complete=True, as_of=NOW - 32, first_full_at=NOW - 3000),
        verdicts=VERDICTS,
        memory=Memory(slots={(instance_arn("b"), REGISTRATOR): SlotMemory(failure=FAILURE)}),
        conditions=CONDITIONS,
        counts=COUNTS,
    )
    return replace(made, **more)


def starts(daemon: DaemonName, *letters: str, words: str) -> StartTask:
    arns = tuple(instance_arn(letter) for letter in letters)
    return StartTask(daemon, OWNER, DEFINITIONS[daemon].arn, arns, "", words=words)


STOP = StopTask(
    AGENT,
    instance_arn("b"),
    task("3", AGENT, "b").arn,
    StopKind.REPAIR,
    "DUPLICATE",
    "another ready task of consul-agent stays here",
)


def plan(verdicts: Mapping[Any, Verdict] = VERDICTS, actions: tuple[Any, ...] = ()) -> Plan:
    return Plan(actions, (), dict(verdicts), (), {}, {}, None)


class Live:
    """A cluster that stands still and has its plan ready."""

    def __init__(self, facts: ClusterFacts, next_plan: Plan | None) -> None:
        self._facts = facts
        self._next_plan = next_plan

    def __getattr__(self, name: str) -> Any:
        return getattr(self._facts, name)

    def next_plan(self) -> Plan | None:
        return self._next_plan


class Clock:
    """Time that a test sets."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> float:
        return self.at


class Orders:
    """An operator that remembers what it was asked for, and says what a test wants."""

    def __init__(self) -> None:
        self.heard: list[tuple[Command, str]] = []
        self.answers: tuple[Answered, ...] = (
            Answered(ClusterAlias("web"), Answer(done=True, words="it was done")),
        )
        self.missing = ""
        self.elsewhere: NotLeadingError | None = None
        self.hangs = False

    async def order(self, command: Command, alias: str = "") -> tuple[Answered, ...]:
        self.heard.append((command, alias))
        if self.hangs:
            await asyncio.Event().wait()
        if self.missing:
            raise NotFoundError(self.missing)
        if self.elsewhere is not None:
            raise self.elsewhere
        return self.answers


class Heard:
    """Who was turned away: what was counted, and what was logged."""

    def __init__(self) -> None:
        self.counted: list[tuple[str, dict[str, str]]] = []
        self.logged: list[tuple[str, str, dict[str, object]]] = []

    def count(self, name: str, **labels: str) -> None:
        self.counted.append((name, labels))

    def log(self, level: str, event: str, **fields: object) -> None:
        self.logged.append((level, event, fields))


class Example:
    """A report over clusters that a test may exchange."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.journal = Journal(self.clock, size=50)
        self.clusters: list[Live] = [Live(facts(), plan())]
        self.report = LiveReport(
            version="0.1.0",
            clusters=lambda: self.clusters,
            journal=self.journal,
            now=self.clock,
        )
        self.orders = Orders()
        self.heard = Heard()

    def app(
        self, guard: Middleware, *, authenticates: bool = False, patience: float = 10.0
    ) -> web.Application:
        """The API listener's application."""
        operate = Operate(self.orders, authenticates=authenticates, patience=patience)
        refusals = Refusals(self.heard, self.clock)
        return api_app(self.report, own_pages_only(guard, "http://proxy:8443"), operate, refusals)

    def show(self, next_plan: Plan | None = None, **more: Any) -> None:
        """The one cluster, changed."""
        self.clusters = [Live(facts(**more), next_plan if next_plan is not None else plan())]

    def happen(self, count: int) -> None:
        for number in range(count):
            self.journal.add(Entry(Happened.VERDICT, "web", AGENT, code="READY", words=str(number)))
