"""What the answer to a write means for the memory of its slot, its daemon, or its cluster."""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.memory import Expectation, Failure, Hold, Scope, SlotMemory
from daemonctl.model.spec import Restart
from daemonctl.planning.backoff import delay
from daemonctl.planning.backoff import refused as series
from daemonctl.planning.remember import EXPECT_SECONDS

AGENT_SECONDS = 15.0
"""ECS refuses with AGENT also where the agent only changes its connection: try again soon."""

GONE_SECONDS = 60.0
"""ECS does not know the instance: the view will learn of it, until then nothing is tried."""

_PASSING = {
    "AGENT": (AGENT_SECONDS, "ECS says that the agent is not connected"),
    "MISSING": (GONE_SECONDS, "ECS does not know this container instance"),
    "INACTIVE": (GONE_SECONDS, "ECS says that this container instance is deregistered"),
}

_CLUSTER = (
    "AccessDeniedException",
    "AccessDenied",
    "ClusterNotFoundException",
    "ExpiredToken",
    "ExpiredTokenException",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "NoCredentials",
    "BlockedException",
)
_DAEMON = (
    "ClientException",
    "InvalidParameterException",
    "UnsupportedFeatureException",
    "NamespaceNotFoundException",
    "ParamValidation",
)


def accepted(memory: SlotMemory) -> SlotMemory:
    """ECS took the write and said what came of it: the view holds that now."""
    return structs.replace(memory, expectation=None)


def unanswered(memory: SlotMemory) -> SlotMemory:
    """No answer came: it may have worked. Its effect is looked up before anything else is done."""
    held = memory.expectation
    if held is None:
        return memory
    expires = held.at + EXPECT_SECONDS
    return structs.replace(
        memory, expectation=Expectation(held.kind, held.at, expires, ambiguous=True)
    )


def looked(memory: SlotMemory) -> SlotMemory:
    """A look-up was answered. What it found is in the view; what it did not find is not there."""
    held = memory.expectation
    if held is None or not held.ambiguous:
        return memory
    return structs.replace(memory, expectation=structs.replace(held, looked=True))


def refused(
    memory: SlotMemory, restart: Restart, reason: str, detail: str, now: float
) -> SlotMemory:
    """ECS refused a start on one instance, with an entry in ``failures[]``."""
    free = structs.replace(memory, expectation=None)
    if reason in _PASSING:
        seconds, words = _PASSING[reason]
        return structs.replace(free, hold=Hold(now + seconds, reason, words))
    failure = series(
        memory.failure,
        restart,
        code=reason,
        words=f"ECS refused the start: {reason}" + (f" ({detail})" if detail else ""),
        now=now,
        misfit=reason.startswith("RESOURCE:") and memory.probe_at is not None,
    )
    probe = None if memory.probe_at is None else now + restart.max_seconds
    return structs.replace(free, failure=failure, probe_at=probe)


def api_error(code: str) -> Scope | None:
    """How far an error of the whole call reaches; None where it passes by itself (throttling)."""
    if code in _CLUSTER:
        return Scope.CLUSTER
    if code in _DAEMON:
        return Scope.DAEMON
    return None


def scope_failure(
    previous: Failure | None, restart: Restart, code: str, words: str, now: float
) -> Failure:
    """The series of a daemon or a cluster after one more error that reaches it."""
    streak = previous.streak + 1 if previous is not None else 1
    wait = delay(streak, restart)
    return Failure(streak, at=now, until=now + wait, code=code, words=words)
