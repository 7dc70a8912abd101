"""What the agent keeps of a task: plain data, all of it in the state file.

Times are epoch seconds.
"""

from __future__ import annotations

import msgspec

from daemonctl.local.agent.payload import ContainerPayload, Json, TaskPayload, read_task

NONE, PULLED, CREATED, RUNNING, STOPPED = "NONE", "PULLED", "CREATED", "RUNNING", "STOPPED"
"""What is known of a container, in the ECS agent's words. It never goes back, save that
a restart policy takes RUNNING to CREATED."""


class Binding(msgspec.Struct, frozen=True, rename="camel"):
    """A published port as ECS shows it in ``networkBindings``."""

    container_port: int
    host_port: int
    protocol: str = "tcp"
    bind_ip: str = msgspec.field(default="0.0.0.0", name="bindIP")  # noqa: S104  what ECS shows


class ContainerRecord(msgspec.Struct, kw_only=True):
    """One container of a task.

    Attributes:
        docker_name: Its name on the engine, chosen before it is created: so it is found again.
        reason: Why it is STOPPED, where ECS has words for it.
        health: HEALTHY, UNHEALTHY or UNKNOWN, since ``health_since``.
        started_at: When it began to run; None: it never did.
        restarts: By its restart policy.
    """

    name: str
    docker_name: str
    docker_id: str | None = None
    status: str = NONE
    exit_code: int | None = None
    reason: str | None = None
    health: str = "UNKNOWN"
    health_since: float | None = None
    bindings: tuple[Binding, ...] = ()
    started_at: float | None = None
    restarts: int = 0


class TaskRecord(msgspec.Struct, kw_only=True):
    """One task.

    Attributes:
        raw: Its payload as it came.
        number: Order of arrival; tasks are begun in this order.
        desired: RUNNING or STOPPED.
        admitted: The host had room for it: it holds its ports, memory and CPU until it ended.
        ran: All its containers were up at some time.
        reason: Why it stops, where it was not told to.
        submitted: The status that the control plane has acknowledged; "" for none.
        submitted_containers: What it has acknowledged of each container.
        refused: The control plane does not know the task: nothing more is submitted.
    """

    raw: Json
    number: int
    containers: list[ContainerRecord]
    desired: str = RUNNING
    admitted: bool = False
    ran: bool = False
    reason: str | None = None
    pull_started_at: float | None = None
    pull_stopped_at: float | None = None
    execution_stopped_at: float | None = None
    stopped_at: float | None = None
    submitted: str = ""
    submitted_containers: dict[str, str] = {}
    refused: bool = False


class Task:
    """A record, its payload read, and what is under way for it in this process."""

    __slots__ = ("busy", "payload", "record", "specs")

    def __init__(self, record: TaskRecord) -> None:
        self.record = record
        self.payload: TaskPayload = read_task(record.raw)
        self.specs: dict[str, ContainerPayload] = {row.name: row for row in self.payload.containers}
        self.busy: dict[str, str] = {}
        """By container: which step is under way."""

    @property
    def arn(self) -> str:
        return self.payload.arn

    @property
    def status(self) -> str:
        """What ECS calls its lastStatus: PENDING, RUNNING or STOPPED."""
        states = [row.status for row in self.record.containers]
        if all(status == STOPPED for status in states):
            return STOPPED
        if self.record.ran or all(status in {RUNNING, STOPPED} for status in states):
            return RUNNING
        return "PENDING"

    def spec(self, name: str) -> ContainerPayload:
        return self.specs[name]

    def container(self, name: str) -> ContainerRecord:
        """The record of a container.

        Raises:
            KeyError: The task has none of that name.
        """
        for row in self.record.containers:
            if row.name == name:
                return row
        raise KeyError(name)


def new_task(raw: Json, number: int, suffixes: list[str]) -> Task:
    """Take up a task that came; each container is named as the ECS agent names it.

    Args:
        raw: One element of a payload's ``tasks``.
        number: Its place in the order of arrival.
        suffixes: A fresh piece of hex for each container.

    Raises:
        BadPayloadError: It is not what the protocol says.
    """
    payload = read_task(raw)
    containers = [
        ContainerRecord(
            name=spec.name,
            docker_name=f"ecs-{payload.family}-{payload.version}-{_plain(spec.name)}-{suffix}",
        )
        for spec, suffix in zip(payload.containers, suffixes, strict=False)
    ]
    return Task(TaskRecord(raw=raw, number=number, containers=containers))


def stillborn_task(arn: str, number: int, reason: str) -> Task:
    """Take note of a task that cannot be taken up: it has no containers, and so it has ended."""
    raw: Json = {"arn": arn, "containers": []}
    return Task(TaskRecord(raw=raw, number=number, containers=[], desired=STOPPED, reason=reason))


def _plain(name: str) -> str:
    """A container's name as the ECS agent puts it into Docker's: letters, digits and hyphens."""
    return "".join(char for char in name if (char.isascii() and char.isalnum()) or char == "-")
