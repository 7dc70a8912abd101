"""What enters a cluster's inbox: observations and outcomes, stamped with when they were made.

Events, describes, answers of our own calls and the config all take this one path, so a fact lost on
one way comes again on another. ``at`` is this process's clock, epoch seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from daemonctl.model.cluster import ContainerInstance, Task, TaskDefinition
from daemonctl.model.desired import Desired
from daemonctl.model.discovery import Node, Service
from daemonctl.model.ids import ContainerInstanceArn, DaemonName, Ec2InstanceId, TaskArn
from daemonctl.model.memory import Freeze, Removal
from daemonctl.model.plan import Action, Look, PutAttributes, StartTask, StopTask
from daemonctl.model.rollout import Rollout
from daemonctl.ports import StartAnswer
from daemonctl.runtime.commands import Ordered

NOT_SENT: Final = "NotSent"
"""The code of a call that was never made: nothing came of it, and nothing is wrong."""


class Source(StrEnum):
    """Who said it. An answer of the API is fuller than an event and newer at the same version."""

    EVENT = "EVENT"
    API = "API"


class InstanceSeen(Struct, frozen=True):
    """A container instance as it was at some moment not later than ``at``."""

    instance: ContainerInstance
    at: float
    source: Source = Source.API


class TaskSeen(Struct, frozen=True):
    """A task as it was at some moment not later than ``at``.

    ``said_at`` is when ECS said it (an event's ``time``): a queue may hand out what is days old.
    """

    task: Task
    at: float
    source: Source = Source.API
    said_at: float | None = None


class InstancesMissing(Struct, frozen=True):
    """A describe called these MISSING. Once is no proof: ECS is eventually consistent."""

    arns: tuple[ContainerInstanceArn, ...]
    at: float


class TasksMissing(Struct, frozen=True):
    """A describe (or a StopTask) did not know these. Once is no proof."""

    arns: tuple[TaskArn, ...]
    at: float


class ListingEnded(Struct, frozen=True):
    """A full resync that began at ``began`` succeeded in every part.

    ``services`` are the names and patterns of services whose tasks it listed.
    """

    began: float
    at: float
    services: tuple[str, ...] = ()


class HostListed(Struct, frozen=True):
    """All tasks of one instance were listed, from ``began`` on; what they are came before."""

    instance: ContainerInstanceArn
    began: float


class DaemonServices(Struct, frozen=True):
    """The names of all ECS services of strategy DAEMON on the cluster.

    ``gated`` are those that have the gate's attribute as a constraint; None: nobody looked.
    """

    names: tuple[str, ...]
    gated: tuple[str, ...] | None = None


class SpotWarning(Struct, frozen=True):
    """EC2 takes an instance at ``leaves_at``, epoch seconds."""

    ec2_id: Ec2InstanceId
    leaves_at: float


class CallError(Struct, frozen=True):
    """Why a call failed, as ports.ApiError has it."""

    code: str
    words: str
    ambiguous: bool = False


class StartEnded(Struct, frozen=True):
    """A StartTask call is over: with an answer, or with an error."""

    action: StartTask
    at: float
    answer: StartAnswer | None = None
    error: CallError | None = None


class StopEnded(Struct, frozen=True):
    """A StopTask call is over. Neither task nor error: ECS no longer knows the task."""

    action: StopTask
    at: float
    task: Task | None = None
    error: CallError | None = None


class PutEnded(Struct, frozen=True):
    """A PutAttributes call is over; without an error, ECS holds the values now."""

    action: PutAttributes
    at: float
    error: CallError | None = None


class LookEnded(Struct, frozen=True):
    """A look-up of an ambiguous start is over; what it found came as facts before it."""

    look: Look
    at: float
    answered: bool = True  # False: nobody could be asked, nothing is known of it


class CatalogSeen(Struct, frozen=True):
    """What is new in Consul's catalog, confirmed by Consul at ``as_of``."""

    changed: tuple[Node, ...]  # in order of names
    gone: tuple[str, ...]
    as_of: float
    whole: bool = False  # `changed` is all there is


class ServicesSeen(Struct, frozen=True):
    """What a node of Consul has registered, asked for at ``as_of``."""

    node: str
    services: tuple[Service, ...]  # in order of ids
    as_of: float


class TasksListed(Struct, frozen=True):
    """All running tasks of the cluster were listed; what they are came before."""


class DefinitionsSeen(Struct, frozen=True):
    """Task definitions of whatever runs on the cluster."""

    definitions: tuple[TaskDefinition, ...]


class DesiredChanged(Struct, frozen=True):
    """The config was replaced, or more of its task definitions were resolved."""

    desired: Desired
    at: float


class Recalled(Struct, frozen=True):
    """What the store holds: at the start, or where somebody else has written it."""

    rollouts: Mapping[DaemonName, Rollout]
    freeze: Freeze | None
    at: float
    removals: Mapping[DaemonName, Removal] = {}


class Kept(Struct, frozen=True):
    """The store has this state of a daemon's rollout."""

    daemon: DaemonName
    rollout: Rollout


Observation = (
    InstanceSeen
    | TaskSeen
    | InstancesMissing
    | TasksMissing
    | ListingEnded
    | HostListed
    | DaemonServices
    | SpotWarning
    | CatalogSeen
    | ServicesSeen
    | TasksListed
    | DefinitionsSeen
)
Outcome = StartEnded | StopEnded | LookEnded | PutEnded
Fact = Observation | Outcome | DesiredChanged | Ordered | Recalled | Kept


def seen_in(outcome: Outcome) -> tuple[Observation, ...]:
    """What a call's answer says of the world, as a describe would say it."""
    if isinstance(outcome, StartEnded) and outcome.answer is not None:
        return tuple(TaskSeen(task, outcome.at) for task in outcome.answer.started)
    if isinstance(outcome, StopEnded) and outcome.task is not None:
        return (TaskSeen(outcome.task, outcome.at),)
    if isinstance(outcome, StopEnded) and outcome.error is None:
        return (TasksMissing((outcome.action.task,), outcome.at),)
    return ()


def ended(action: Action, at: float, error: CallError) -> Outcome:
    """The call of an action failed."""
    if isinstance(action, StartTask):
        return StartEnded(action, at, error=error)
    if isinstance(action, PutAttributes):
        return PutEnded(action, at, error)
    return StopEnded(action, at, error=error)
