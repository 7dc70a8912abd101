"""Why: a typed verdict for every (instance, daemon), and conditions for daemons and clusters."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Code(StrEnum):
    """Every slot is in exactly one of these."""

    # runs
    READY = "READY"
    OUTDATED = "OUTDATED"  # ready, of another revision than wanted
    DONE = "DONE"  # of a daemon that runs once: it has ended here with exit code 0
    RESTART = "RESTART"  # ready, older than a dependency that it is restarted with
    COVERAGE = "COVERAGE"  # ready, and restarted for what runs here and is not in Consul
    SETTLING = "SETTLING"  # on its way: PENDING, or not long enough ready
    UNHEALTHY = "UNHEALTHY"  # runs, and its health check fails
    UNKNOWN = "UNKNOWN"  # what is known is too old to say
    START_TIMEOUT = "START_TIMEOUT"  # a start, or a run of type ONCE, that takes too long
    DUPLICATE = "DUPLICATE"  # more than one; all but one go
    MISPLACED = "MISPLACED"  # runs where it should not
    UNREADY = "UNREADY"  # of another revision than wanted, and not ready: why it is stopped
    ORPHAN = "ORPHAN"  # of a daemon that was taken out of the config; it is stopped
    # should run and does not
    START = "START"  # to be started now
    IN_FLIGHT = "IN_FLIGHT"  # a start was sent, its effect is not seen yet
    AMBIGUOUS = "AMBIGUOUS"  # a start got no answer and is being looked up
    STOPPING = "STOPPING"  # the old task has not left the host yet
    BACKOFF = "BACKOFF"
    HELD = "HELD"
    BLOCKED = "BLOCKED"  # a dependency is not there yet
    NO_FIT = "NO_FIT"
    NO_DEFINITION = "NO_DEFINITION"
    AGENT_DISCONNECTED = "AGENT_DISCONNECTED"
    # should not run
    DRAINING = "DRAINING"
    INELIGIBLE = (
        "INELIGIBLE"  # not an EC2 instance of ours to place on, or lacks what the task needs
    )
    UNUSED = "UNUSED"  # onlyWith: no task of the named services runs here
    CONSTRAINT = "CONSTRAINT"  # a placement constraint does not match


MISSING_CODES = (
    Code.START,
    Code.IN_FLIGHT,
    Code.AMBIGUOUS,
    Code.STOPPING,
    Code.BACKOFF,
    Code.HELD,
    Code.BLOCKED,
    Code.NO_FIT,
    Code.NO_DEFINITION,
    Code.AGENT_DISCONNECTED,
)
"""The verdicts of a slot that should run and has no live task."""


class Verdict(Struct, frozen=True):
    """The reason for what is, on one slot. Times are absolute, numbers are the instance's own."""

    code: Code
    words: str = ""
    until: float | None = None  # when time alone may change it, epoch seconds


class Notice(StrEnum):
    """Conditions of a daemon or a cluster."""

    NO_DEFINITION = "NO_DEFINITION"
    DAEMON_BACKOFF = "DAEMON_BACKOFF"
    CLUSTER_BACKOFF = "CLUSTER_BACKOFF"
    SLOW_START = "SLOW_START"
    API_BUDGET = "API_BUDGET"  # starts or stops wait for API tokens
    MISPLACED_HELD = "MISPLACED_HELD"  # over half of a daemon is misplaced: a person must look
    COMMON_CAUSE = "COMMON_CAUSE"  # too many are unhealthy at once for replacing to help
    STOPS_HELD = "STOPS_HELD"  # voluntary stops wait: first look, or their caps
    ROLLOUT = "ROLLOUT"  # a rollout is under way
    ROLLOUT_PAUSED = "ROLLOUT_PAUSED"
    ROLLOUT_HALTED = "ROLLOUT_HALTED"  # too many instances failed
    ROLLOUT_UNCLEAR = "ROLLOUT_UNCLEAR"  # mixed revisions, found by a process without memory
    ROLLED_BACK = "ROLLED_BACK"  # what the config wants was given up for the last good revision
    STATE_UNSAVED = "STATE_UNSAVED"  # the Store does not take the state of a rollout
    GATE_HELD = "GATE_HELD"  # more gates should close than maxClosed allows
    GATE_REFUSED = "GATE_REFUSED"  # ECS does not take the attribute on some instances
    GATE_ON_DAEMON = "GATE_ON_DAEMON"  # an ECS DAEMON service has the gate as a constraint
    ONCE_REFUSED = "ONCE_REFUSED"  # ECS does not take the mark of a run on some instances
    ONCE_HANGS = "ONCE_HANGS"  # runs that do not end: whoever waits for them waits
    ROOM = "ROOM"  # whether room was made for a daemon that does not fit
    DAEMONS_ONLY = "DAEMONS_ONLY"  # instances hold nothing but daemons
    SCALE_IN_REFUSED = "SCALE_IN_REFUSED"  # draining them would be answered by new ones
    ZOMBIES = "ZOMBIES"  # instances that EC2 says are gone
    VIEW_PARTIAL = "VIEW_PARTIAL"
    VIEW_STALE = "VIEW_STALE"
    FROZEN = "FROZEN"  # an operator stopped every write
    REPAIR_ONLY = "REPAIR_ONLY"  # the lock store is down: nothing that could wait is done
    LEASE_UNSURE = "LEASE_UNSURE"  # whether this replica still leads is being asked
    DRY_RUN = "DRY_RUN"  # this process decides and writes nothing
    CONSUL_UNKNOWN = "CONSUL_UNKNOWN"  # its catalog was not read, or too long ago
    GHOSTS = "GHOSTS"  # Consul nodes whose hosts are gone, and nobody may remove them
    GHOSTS_HELD = "GHOSTS_HELD"  # more of them than may be removed in a minute
    GHOSTS_REFUSED = "GHOSTS_REFUSED"  # Consul, ECS or EC2 does not say or do what that takes
    CONSUL_RIGHTS = "CONSUL_RIGHTS"  # the token may not do all that the config asks for
    UNREGISTERED = "UNREGISTERED"  # ports that are published on instances and not in Consul
    STALE_SERVICES = "STALE_SERVICES"  # in Consul, and of no container that is there
    CONSUL_AMBIGUOUS = "CONSUL_AMBIGUOUS"  # instances that more than one node may be


class Condition(Struct, frozen=True):
    """One condition, of a daemon or (without one) of the cluster."""

    notice: Notice
    words: str
    daemon: str = ""
