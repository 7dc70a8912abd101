"""What an operator may ask of a running cluster, and the answer that comes back.

A command enters by the inbox like every other fact, so it is applied by the one writer, in order.
"""

from __future__ import annotations

from asyncio import Future
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from daemonctl.model.ids import ClusterAlias, DaemonName


class Verb(StrEnum):
    """The commands, as the journal names them."""

    FREEZE = "FREEZE"
    UNFREEZE = "UNFREEZE"
    RESYNC = "RESYNC"
    PAUSE = "PAUSE"
    RESUME = "RESUME"
    UNDO = "UNDO"
    RESTART = "RESTART"
    PRUNE = "PRUNE"


class Command(Struct, frozen=True):
    """What is asked for. ``by`` is who asked, as the API saw them: never a secret."""

    verb: Verb
    by: str
    daemon: DaemonName = DaemonName("")  # "" where it is for the cluster
    revision: int | None = None  # UNDO: a number of the history; None is the one before
    reason: str = ""  # PAUSE: why
    misplaced: bool = False  # PRUNE: over half of the daemon is misplaced, and may go

    @property
    def of_orphans(self) -> bool:
        """Whether the daemon that it names is one that has left the config."""
        return self.verb is Verb.PRUNE and not self.misplaced


class Answer(Struct, frozen=True):
    """Whether it was done, and one line of words; where it was refused, with the next step."""

    done: bool
    words: str


class Answered(Struct, frozen=True):
    """One cluster's answer."""

    cluster: ClusterAlias
    answer: Answer
    leader: str = ""  # where to ask instead: the API of the replica that leads it


class Ordered(Struct, frozen=True):
    """A command that waits for its turn; whoever asked waits for ``reply``."""

    command: Command
    reply: Future[Answer]

    def settle(self, answer: Answer) -> None:
        """Tells whoever asked, unless they have gone."""
        if not self.reply.done():
            self.reply.set_result(answer)


class Operator(Protocol):
    """Whoever takes commands for all clusters of a process."""

    async def order(self, command: Command, alias: str = "") -> tuple[Answered, ...]:
        """Carries a command out on one cluster, or on every one; returns once that is over.

        Raises:
            NotFoundError: there is no such cluster, or it has no such daemon.
            NotLeadingError: other replicas lead all that was asked for.
        """
        ...
