"""Where an operator's commands are carried out, by the one writer, between facts and plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from daemonctl.model.ids import DaemonName
from daemonctl.model.memory import Freeze
from daemonctl.model.plan import Action
from daemonctl.model.reason import Condition, Notice
from daemonctl.model.rollout import Rollout
from daemonctl.planning import rollout_commands as rollouts
from daemonctl.planning.rollout_commands import Refused
from daemonctl.ports import Sink
from daemonctl.runtime.commands import Answer, Command, Verb
from daemonctl.runtime.executor import Executor
from daemonctl.runtime.facts import NOT_SENT, CallError, Outcome, ended
from daemonctl.runtime.keeping import Keeping
from daemonctl.runtime.ledger import Ledger
from daemonctl.runtime.report_rows import moment

Handler = Callable[[Command, float], Answer]

ONCE = (
    "it is of type ONCE, which has no rollout: another revision or other overrides run once more "
    "on each instance; daemonctl freeze stops every start"
)


_AT_ONCE = (Verb.FREEZE, Verb.RESYNC)
"""What has its effect whatever else holds."""

_HOLDING = (
    Notice.DRY_RUN,
    Notice.LEASE_UNSURE,
    Notice.VIEW_PARTIAL,
    Notice.VIEW_STALE,
    Notice.REPAIR_ONLY,
)
"""Conditions under which what an operator asks for is remembered, and nothing is stopped for it."""


class Desk:
    """Applies commands to one cluster's memory, and tells who asked for what."""

    def __init__(
        self,
        *,
        alias: str,
        ledger: Ledger,
        executor: Executor,
        ended: Callable[[Outcome], object],
        keeping: Keeping,
        sink: Sink,
        runs_once: Callable[[DaemonName], bool],
        conditions: Callable[[], Iterable[Condition]],
    ) -> None:
        self._alias = alias
        self._runs_once = runs_once
        self._conditions = conditions
        self._ledger = ledger
        self._executor = executor
        self._ended = ended
        self._keeping = keeping
        self._sink = sink
        self._handlers: dict[Verb, Handler] = {
            Verb.FREEZE: self._freeze,
            Verb.UNFREEZE: self._unfreeze,
            Verb.PAUSE: self._pause,
            Verb.RESUME: self._resume,
            Verb.UNDO: self._undo,
            Verb.RESTART: self._restart,
        }

    def handle(self, verb: Verb, handler: Handler) -> None:
        """Somebody else carries this command out."""
        self._handlers[verb] = handler

    def do(self, command: Command, now: float) -> Answer:
        """Carries a command out, or says why not."""
        answer = self._handlers[command.verb](command, now)
        held = "" if command.verb in _AT_ONCE or not answer.done else self._held()
        if held:
            answer = Answer(done=True, words=f"{answer.words}; but for now {held}")
        tell(self._sink, self._alias, command, answer)
        return answer

    def _held(self) -> str:
        """What keeps the command from having its effect now, "" where nothing does."""
        freeze = self._ledger.memory.freeze
        if freeze is not None:
            return frozen(freeze).words
        told = {one.notice: one.words for one in self._conditions()}
        return next((told[notice] for notice in _HOLDING if notice in told), "")

    def _freeze(self, command: Command, now: float) -> Answer:
        held = self._ledger.memory.freeze
        if held is not None:
            return Answer(done=True, words=f"it was frozen already, {since(held)}")
        self._ledger.memory.freeze = Freeze(command.by, now)
        dropped = self._executor.drop()
        for action in dropped:
            self._ended(_not_sent(action, f"frozen by {command.by}", now))
        words = "every write is stopped; calls that were under way end by themselves"
        if dropped:
            words += f"; {len(dropped)} that waited were not sent"
        words += self._kept("the freeze")
        return Answer(done=True, words=words)

    def _unfreeze(self, _command: Command, _now: float) -> Answer:
        held = self._ledger.memory.freeze
        if held is None:
            return Answer(done=True, words="it was not frozen")
        self._ledger.memory.freeze = None
        return Answer(done=True, words=f"writes go on; it was frozen {since(held)}")

    def _pause(self, command: Command, now: float) -> Answer:
        words = f"by {command.by}" + (f": {command.reason}" if command.reason else "")
        done = f"updates wait for resume; repair goes on{self._kept('the pause')}"
        return self._steer(command, done, lambda held: rollouts.pause(held, now, words))

    def _kept(self, what: str) -> str:
        if self._ledger.memory.stored:
            return ""
        return f"; {what} is lost when daemonctl restarts: the config names no consul to keep it"

    def _resume(self, command: Command, now: float) -> Answer:
        return self._steer(command, "updates go on", lambda held: rollouts.resume(held, now))

    def _undo(self, command: Command, now: float) -> Answer:
        number = command.revision
        return self._steer(command, "", lambda held: rollouts.undo(held, now, number))

    def _restart(self, command: Command, now: float) -> Answer:
        return self._steer(command, "", lambda held: rollouts.restart(held, now))

    def _steer(
        self, command: Command, done: str, change: Callable[[Rollout], Rollout | Refused]
    ) -> Answer:
        """Changes what is remembered of a daemon's rollout, or says why not."""
        if not self._keeping.ready:
            words = "the store has not told yet how the rollout stands: try again"
            return Answer(done=False, words=words)
        if self._runs_once(command.daemon):
            return Answer(done=False, words=ONCE)
        memory = self._ledger.memory.daemons.get(command.daemon)
        if memory is None or memory.rollout is None:
            words = "the cluster has not been seen whole yet: try again when it is ready"
            return Answer(done=False, words=words)
        changed = change(memory.rollout)
        if isinstance(changed, Refused):
            return Answer(done=False, words=changed.words)
        self._ledger.memory.daemons[command.daemon] = replace(memory, rollout=changed)
        return Answer(done=True, words=done or _begins(changed))


def _begins(rollout: Rollout) -> str:
    entry = rollout.history[-1]
    return f"revision {entry.number} begins: {entry.revision} ({entry.cause})"


def tell(sink: Sink, alias: str, command: Command, answer: Answer) -> None:
    """Who asked for what, and what became of it: a row of the journal and a line of the log."""
    outcome = "done" if answer.done else "refused"
    words = f"by {command.by}: {answer.words}"
    sink.command(alias, command.daemon, command.verb.value, outcome, words)


def since(freeze: Freeze) -> str:
    """Since when and by whom."""
    return f"since {moment(freeze.at):%Y-%m-%d %H:%M:%S} UTC, by {freeze.by}"


def frozen(freeze: Freeze) -> Condition:
    """The condition that holds while writes are stopped."""
    return Condition(Notice.FROZEN, f"every write is stopped {since(freeze)}")


def _not_sent(action: Action, words: str, now: float) -> Outcome:
    error = CallError(NOT_SENT, f"not sent: {words}")
    return ended(action, now, error)
