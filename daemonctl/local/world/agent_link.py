"""What ECS holds of an agent of its own: a program that speaks for a container instance."""

from __future__ import annotations

from dataclasses import dataclass, field

from daemonctl.local.world.fields import Answer


@dataclass(slots=True, eq=False)
class Payload:
    """One order to an agent that has not acknowledged it yet.

    Attributes:
        id: its ``messageId``.
        sequence: its ``seqNum``, rising with each message to this agent.
        generated_at: epoch seconds.
        task_arn: whose order it is.
        stops: it tells the agent to stop the task.
        task: the task as the agent reads it.
    """

    id: str
    sequence: int
    generated_at: float
    task_arn: str
    stops: bool
    task: Answer


@dataclass(slots=True, eq=False)
class AgentLink:
    """The line to an agent.

    Attributes:
        sequence: the last ``seqNum`` that was given.
        outbox: what it has not acknowledged, oldest first.
        barred: somebody disconnected it on purpose: it gets no connection until reconnected.
    """

    sequence: int = 0
    outbox: list[Payload] = field(default_factory=list)
    barred: bool = False
