"""The small rows that the status API's documents are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, overload

from msgspec import Meta, Struct

Instant = Annotated[datetime, Meta(tz=True)]
"""A time with its zone, which is UTC: RFC 3339 on the wire."""


class Document(Struct, frozen=True, rename="camel"):
    """Something that goes out as JSON: members in camelCase, as AWS and Kubernetes spell them."""


class ConditionRow(Document, frozen=True):
    """A condition of a daemon or a cluster, with what to do about it."""

    notice: str
    words: str
    next: str
    daemon: str = ""


class DependencyRow(Document, frozen=True):
    """What a daemon waits for on each instance."""

    daemon: str
    condition: str


class InstanceCounts(Document, frozen=True):
    """Container instances by what ECS says of them. The states add up to ``total``."""

    total: int = 0
    active: int = 0  # ACTIVE, agent connected
    disconnected: int = 0  # ACTIVE, agent not connected
    draining: int = 0
    other: int = 0  # REGISTERING, DEREGISTERING, …
    daemons_only: int = 0  # of the active ones: nothing but our daemons runs there
    gate_closed: int | None = None  # of the active ones; None where the cluster has no gate

    def apart(self) -> tuple[tuple[int, str], ...]:
        """How many are not as they should be, and how that is said; without those that are none."""
        shares = (
            (self.draining, "draining"),
            (self.disconnected, "disconnected"),
            (self.other, "neither active nor draining"),
            (self.gate_closed, "with the gate closed"),
        )
        return tuple((number, words) for number, words in shares if number)


class FailureRow(Document, frozen=True):
    """The last failure of a series."""

    streak: int
    code: str
    words: str
    at: Instant
    until: Instant  # no start before this


class VerdictRow(Document, frozen=True):
    """Why a daemon is or is not on an instance, and what to do."""

    daemon: str
    code: str
    words: str
    next: str
    wanted: str = ""  # family:revision that should run here, "" where nothing should
    until: Instant | None = None  # when time alone may change it
    task: str = ""  # the last part of its ARN
    task_status: str = ""
    revision: str = ""  # family:revision of that task
    since: Instant | None = None  # when that task began to run
    last_failure: FailureRow | None = None


class FailingRow(Document, frozen=True):
    """An instance where a daemon is not as it should be."""

    id: str
    ec2_instance_id: str
    zone: str
    verdict: VerdictRow


class DiscoveryRow(Document, frozen=True):
    """Whether every instance that should have them has the daemons that discovery needs."""

    state: str  # SAFE, UNGUARDED (safe, but frozen), MOVING, UNSAFE, UNKNOWN, AWAY (none needs any)
    words: str  # the sentence
    instances: int  # that should have them: safe, moving and unsafe ones
    safe: int
    moving: int  # not there yet, on their way by themselves
    unsafe: int
    daemons: tuple[str, ...]  # the required ones; all of them where none is
    worst: tuple[FailingRow, ...] = ()  # the first few that are not safe


class ConsulRow(Document, frozen=True):
    """How good what is known of Consul's catalog is."""

    datacenter: str  # and the address, in words
    known: bool  # confirmed by Consul within the last minute
    words: str  # why it is not, with the next step; "" where all is well
    last_answer: Instant | None = None  # when Consul last confirmed it
    ghosts: int | None = None  # nodes whose hosts are gone; None where nobody looks


class CoverageRow(Document, frozen=True):
    """What runs and is not in Consul, and what is in Consul and does not run."""

    unregistered_tasks: int  # with a published port that should be in Consul, and is not
    stale_services: int  # whose container is gone
    words: str  # why it cannot be known, "" where it can


class ResourcesRow(Document, frozen=True):
    """CPU units, MiB, and the host ports that are taken."""

    cpu: int
    memory: int
    tcp: tuple[int, ...]
    udp: tuple[int, ...]


class TaskRow(Document, frozen=True):
    """A task that is not a daemon's of this config."""

    task: str
    revision: str
    group: str
    started_by: str
    status: str


class ActionRow(Document, frozen=True):
    """One call, or a start that follows later. ``kind`` says why a stop is allowed."""

    action: str  # START, STOP, GATE, MARK (a run of type: ONCE is noted)
    daemon: str
    instances: tuple[str, ...]
    code: str
    words: str
    task_definition: str = ""
    task: str = ""
    kind: str = ""


class GhostRow(Document, frozen=True):
    """A node of Consul's catalog whose host is gone, and what proves it."""

    node: str
    ec2_instance_id: str
    kind: str  # drained, terminated, forgotten
    words: str


class WaitingRow(Document, frozen=True):
    """Instances on which a daemon waits for one reason; the words are the first one's."""

    daemon: str
    code: str
    count: int
    instance: str
    words: str
    next: str


COMPLETE: Final = "COMPLETE"
UNDER_WAY: Final = "UNDER_WAY"
FAILED: Final = "FAILED"
"""What a rollout comes to, as `rollout status` waits for it."""


class BrokenRow(Document, frozen=True):
    """An instance on which a revision did not become ready, or fell back."""

    id: str
    at: Instant
    reason: str
    ec2_instance_id: str = ""  # "" where the instance has left
    container: str = ""
    exit_code: int | None = None


class PauseRow(Document, frozen=True):
    """Since when updates wait, by whom and why."""

    at: Instant
    words: str


class HistoryRow(Document, frozen=True):
    """One rollout of a daemon on a cluster."""

    number: int
    revision: str
    at: Instant
    cause: str
    outcome: str  # RUNNING, COMPLETE, SUPERSEDED, HALTED, ROLLED_BACK


class RolloutRow(Document, frozen=True):
    """Where a daemon is on its way from one revision to the next."""

    phase: str  # STEADY, CANARY, ROLLING, BAKING, HALTED, UNCLEAR
    result: str  # COMPLETE, UNDER_WAY, FAILED
    words: str
    target: str
    asked: str  # what the config wants
    last_good: str  # "" where nothing was ready everywhere yet
    canaries: tuple[str, ...]
    failed: tuple[BrokenRow, ...]
    rollback_of: str
    history: tuple[HistoryRow, ...]  # oldest first
    waits: str = ""  # what else keeps it from going on: the first look, a freeze, the store
    began: Instant | None = None
    paused: PauseRow | None = None


class FreezeRow(Document, frozen=True):
    """Who stopped every write, and when."""

    by: str
    at: Instant


class AnswerRow(Document, frozen=True):
    """What became of a command on one cluster; where it was refused, with the next step."""

    cluster: str
    done: bool
    words: str
    leader: str = ""  # another replica leads it: the API to ask


class Leader(Document, frozen=True):
    """Who decides. Without an election this process does."""

    enabled: bool = False
    leads: tuple[str, ...] = ()  # the clusters that this replica leads


class LeaderRow(Document, frozen=True):
    """What this replica is to a cluster that several stand for, and who leads it."""

    role: str  # leader, standby, repair-only, unsure
    host: str  # of the replica that leads, or led last; "" where that is not known
    address: str  # of its API; "" where none is known that can be used from here
    words: str  # "" where all is well
    since: Instant | None = None


class EventRow(Document, frozen=True):
    """A decision that changed, an action's outcome, a condition, a broken invariant."""

    seq: int
    at: Instant
    cluster: str
    kind: str  # VERDICT, ACTION, CONDITION, VIOLATION, COMMAND, LEADERSHIP
    daemon: str
    instance: str  # the last part of its ARN
    task: str
    code: str
    words: str
    ec2_instance_id: str = ""  # "" where it is not known any more


@overload
def moment(seconds: float) -> datetime: ...
@overload
def moment(seconds: None) -> None: ...
def moment(seconds: float | None) -> datetime | None:
    """Epoch seconds as a time in UTC, to the millisecond; None stays None."""
    return None if seconds is None else datetime.fromtimestamp(round(seconds, 3), UTC)
