"""What the controller needs of the world, as protocols. Adapters and simulations implement them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

from daemonctl.model.cluster import ContainerInstance, Task, TaskDefinition
from daemonctl.model.ids import ContainerInstanceArn, TaskArn
from daemonctl.model.plan import Action, PutAttributes, StartTask, StopTask
from daemonctl.model.reason import Condition, Verdict
from daemonctl.model.spec import Installation
from daemonctl.ports.errors import PortError

Wire = Mapping[str, Any]
"""Parameters or an answer as boto3 has them. Times may be datetimes or epoch seconds."""

T = TypeVar("T")


class ApiError(PortError):
    """An AWS call that did not succeed.

    ``ambiguous`` is True where the call may have worked all the same (time-out, connection lost,
    5xx): for StartTask that is a start to look up. Throttling and refusals are not ambiguous.
    ``code`` is AWS's own (``ThrottlingException``, ``AccessDeniedException``…) or, where no answer
    came, ``Unreachable``, ``Timeout`` or ``NoCredentials``.
    """


class Transport(Protocol):
    """The one place where calls leave: boto3 in production, the world in memory in simulation."""

    async def call(self, service: str, operation: str, params: Wire) -> Wire:
        """Call once, without retries. ``service`` is ``ecs``, ``sqs``, ``ec2``, ``s3`` or ``ssm``.

        Raises:
            ApiError: AWS refused, or no answer came.
        """
        ...


class Described(Struct, Generic[T], frozen=True):
    """The answer of a Describe: what was found, and what ECS calls MISSING."""

    found: tuple[T, ...]
    missing: tuple[str, ...] = ()


class Refusal(Struct, frozen=True):
    """One entry of ``failures[]``, paired with the instance that was asked."""

    instance: ContainerInstanceArn
    reason: str  # RESOURCE:MEMORY, AGENT, ATTRIBUTE, MISSING, INACTIVE, …
    detail: str = ""


class StartAnswer(Struct, frozen=True):
    """Every instance of the request is in one of these. ``unanswered`` ones are ambiguous."""

    started: tuple[Task, ...]
    refused: tuple[Refusal, ...] = ()
    unanswered: tuple[ContainerInstanceArn, ...] = ()


class Tokens(Struct, frozen=True):
    """How many modifying calls may be made now, and when the next one may."""

    calls: int
    refill_at: float | None = None


class Cluster(Protocol):
    """One ECS cluster. All methods raise ApiError; reads wait for their API budget."""

    async def describe_cluster(self) -> str:
        """The cluster's ARN; missing or INACTIVE is ``ClusterNotFoundException``."""
        ...

    async def list_container_instances(self) -> tuple[ContainerInstanceArn, ...]:
        """Every instance but INACTIVE ones, all pages."""
        ...

    async def describe_container_instances(
        self, arns: Sequence[ContainerInstanceArn]
    ) -> Described[ContainerInstance]:
        """By hundreds; ``managed`` is filled in from the capacity providers."""
        ...

    async def list_tasks(
        self,
        *,
        family: str = "",
        service: str = "",
        started_by: str = "",
        instance: ContainerInstanceArn | None = None,
        stopped: bool = False,
    ) -> tuple[TaskArn, ...]:
        """All pages. ``started_by`` goes alone (ECS allows no other filter beside it).

        A ``service`` that does not exist has no tasks.
        """
        ...

    async def describe_tasks(self, arns: Sequence[TaskArn]) -> Described[Task]:
        """By hundreds."""
        ...

    async def list_services(self, *, strategy: str = "") -> tuple[str, ...]:
        """The names of the cluster's services, all pages; ``strategy`` REPLICA or DAEMON."""
        ...

    async def describe_task_definition(self, name: str) -> TaskDefinition:
        """A family (its latest ACTIVE revision), family:revision or ARN."""
        ...

    async def start_task(self, action: StartTask) -> StartAnswer:
        """One StartTask, one attempt."""
        ...

    async def stop_task(self, action: StopTask) -> Task | None:
        """One StopTask. None where ECS no longer knows the task: it is gone, which was wanted."""
        ...

    async def put_attributes(self, action: PutAttributes) -> None:
        """One PutAttributes: ECS takes all of its values or none."""
        ...

    async def drop_attribute(self, name: str, instances: Sequence[ContainerInstanceArn]) -> None:
        """One DeleteAttributes on at most ten instances; what is not there is no error."""
        ...

    async def asking_for(self, attribute: str, services: Sequence[str]) -> tuple[str, ...]:
        """Those of the services that have the attribute in a placement constraint."""
        ...

    def tokens(self) -> Tokens:
        """What the modifying bucket holds now."""
        ...

    def decode_instance(self, detail: Wire) -> ContainerInstance:
        """An instance as an event's ``detail`` has it. Raises ValueError on what is not one."""
        ...

    def decode_task(self, detail: Wire) -> Task:
        """A task as an event's ``detail`` has it. Raises ValueError on what is not one."""
        ...


class Message(Struct, frozen=True):
    """One message of the queue: what to delete it by, and its body as it came."""

    receipt: str
    body: str


class EventSource(Protocol):
    """The cluster's queue of ECS events."""

    async def receive(self) -> tuple[Message, ...]:
        """Waits up to the long poll for messages. Raises ApiError."""
        ...

    async def delete(self, messages: Sequence[Message]) -> None:
        """Done with them. What fails to be deleted comes again, harmlessly. Raises ApiError."""
        ...


class Clock(Protocol):
    """Time. ``now`` never goes back: epoch seconds at start, plus monotonic time since."""

    def now(self) -> float:
        """Epoch seconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        ...


class Schedule(Protocol):
    """Timed nudges. What is overdue is for the nudged to decide."""

    def every(self, seconds: float, name: str, nudge: Callable[[], None]) -> None:
        """Calls ``nudge`` every so many seconds from now on."""
        ...

    def close(self) -> None:
        """No more nudges."""
        ...


class SourceError(Exception):
    """The config could not be read. One line for the operator: what, why, the next step."""


class SpecSource(Protocol):
    """Where the config comes from. Both methods raise SourceError."""

    async def load(self) -> Installation:
        """The config as it is now. Raises ConfigError (all faults named) from adapters.config."""
        ...

    async def look(self) -> bool:
        """Waits a while, and says whether the source differs from what was loaded last."""
        ...

    def close(self) -> None:
        """Ends every wait at once."""
        ...


class Sink(Protocol):
    """What is told to people and machines. Implementations never raise and never wait."""

    def verdict(
        self, cluster: str, instance: str, daemon: str, old: Verdict | None, new: Verdict | None
    ) -> None:
        """A slot's verdict changed; None where the slot came or went."""
        ...

    def condition(self, cluster: str, condition: Condition, *, on: bool) -> None:
        """A condition of a daemon or a cluster came or went."""
        ...

    def action(self, cluster: str, action: Action, outcome: str, words: str) -> None:
        """A call ended: ``ok``, ``refused``, ``ambiguous``, ``error``, ``dropped``, ``dry-run``."""
        ...

    def deed(self, cluster: str, action: str, outcome: str, words: str) -> None:
        """A call beside the plan ended; the words say what it was about. Outcomes as above."""
        ...

    def command(self, cluster: str, daemon: str, verb: str, outcome: str, words: str) -> None:
        """An operator's command was ``done`` or ``refused``; the words say by whom."""
        ...

    def leadership(self, cluster: str, code: str, words: str) -> None:
        """Who leads a cluster, or what this replica may do there, has changed."""
        ...

    def violation(self, cluster: str, invariant: str, words: str) -> None:
        """The check dropped an action. This is a bug and an alert."""
        ...

    def observe(self, name: str, value: float, **labels: str) -> None:
        """A measurement: a duration, a convergence time, an event's age (seconds)."""
        ...

    def count(self, name: str, **labels: str) -> None:
        """Something happened once: an event received, a request made, a throttle."""
        ...

    def log(self, level: str, event: str, **fields: object) -> None:
        """One line for people: what happened, to what, why, the next step."""
        ...
