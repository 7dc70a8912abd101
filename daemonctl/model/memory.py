"""What ECS cannot tell again: calls in flight, refusals, series of failures. Lost without harm."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct, field

from daemonctl.model.ids import DaemonName, Slot, TaskArn
from daemonctl.model.lease import RepairOnly
from daemonctl.model.rollout import Rollout
from daemonctl.model.spec import DaemonSpec


class Scope(StrEnum):
    """How far a failure reaches, and so what waits for it."""

    INSTANCE = "INSTANCE"
    DAEMON = "DAEMON"
    CLUSTER = "CLUSTER"


class Failure(Struct, frozen=True):
    """A series of failures, by its last one."""

    streak: int  # how many in a row
    at: float
    until: float  # no start before this
    code: str  # EssentialContainerExited, RESOURCE:MEMORY, AccessDeniedException, …
    words: str  # for people: which container, which exit code, what ECS said
    misfit: bool = False  # ECS refused it for resources that our own prediction missed as well


class Kind(StrEnum):
    """What a write asks for."""

    START = "START"
    STOP = "STOP"
    OPEN = "OPEN"  # the gate of an instance
    CLOSE = "CLOSE"
    MARK = "MARK"  # that a daemon which runs once has done so


class Expectation(Struct, frozen=True):
    """A write whose effect is not seen yet. Until it expires nothing else is done to its slot."""

    kind: Kind
    at: float
    expires: float
    ambiguous: bool = False  # no answer came: it may or may not have worked
    looks: int = 0  # look-ups already begun
    looked: bool = False  # one of them was answered


class Hold(Struct, frozen=True):
    """A pause after a refusal that is no failure of the daemon (agent away, throttled)."""

    until: float
    code: str
    words: str


class GateMark(Struct, frozen=True):
    """What is remembered of an attribute that daemonctl keeps, beside the writes to it."""

    since: float | None = None  # when it began to want the other value
    away: bool = False  # its agent was gone, and its daemons have not all been ready since
    alone: bool = False  # ECS refused a call with it in: it gets a call of its own


class Unregistered(Struct, frozen=True):
    """What of an instance is not in Consul although it runs, and whether that was acted on."""

    ports: tuple[str, ...]  # task and host port of each, in order
    since: float  # when the last of them was first missed, epoch seconds
    restarted: bool = False  # the daemon was restarted for them


class SlotMemory(Struct, frozen=True):
    """What is remembered of one daemon on one instance."""

    failure: Failure | None = None
    expectation: Expectation | None = None
    hold: Hold | None = None
    counted: tuple[TaskArn, ...] = ()  # stopped tasks that the series has taken in
    writes: tuple[float, ...] = ()  # when we wrote to this slot in the last minute
    probe_at: float | None = None  # a predicted misfit is tried all the same then
    duplicate_since: float | None = None
    unhealthy_since: float | None = None
    unused_since: float | None = None  # since when nobody needs it (onlyWith)
    unregistered: Unregistered | None = None  # of a daemon with servicesRegistered
    done: str = ""  # the mark of a run that succeeded, until the instance's attribute has it
    gate: GateMark | None = None  # only where the slot is an attribute's

    @property
    def empty(self) -> bool:
        """Nothing is remembered: the entry can go."""
        return self == NOTHING


NOTHING = SlotMemory()


class SlowStart(Struct, frozen=True):
    """The brake on a daemon whose last starts failed on different instances."""

    failed_on: tuple[str, ...] = ()  # the instances, latest last, since the last success
    limit: int | None = None  # how many may be starting at once; None is no brake


class DaemonMemory(Struct, frozen=True):
    """What is remembered of one daemon across instances."""

    slow: SlowStart = SlowStart()
    failure: Failure | None = None
    misplaced_until: float | None = None  # an operator let over half of it go until then
    rollout: Rollout | None = None  # None until the first full view; a Store keeps it


class Freeze(Struct, frozen=True):
    """An operator has stopped every write, until another one lifts that."""

    by: str  # who, as the API saw them
    at: float


class Removal(Struct, frozen=True):
    """What was said of a daemon's tasks that are to go. A Store keeps it."""

    spec: DaemonSpec | None = None  # they go once it is out of the config; None if they run on
    misplaced_until: float | None = None  # as in DaemonMemory


class Memory(Struct):
    """All of it, for one cluster. The runtime owns it and applies what plans and outcomes say."""

    slots: dict[Slot, SlotMemory] = field(default_factory=dict)
    daemons: dict[DaemonName, DaemonMemory] = field(default_factory=dict)
    cluster: Failure | None = None
    freeze: Freeze | None = None
    stored: bool = False  # a Store keeps the rollouts; without one they end with the process
    unsaved: dict[DaemonName, None] = field(default_factory=dict)  # the Store has another one
    repair: RepairOnly | None = None  # while the lock store is down
