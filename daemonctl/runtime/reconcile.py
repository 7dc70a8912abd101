"""The one writer of a cluster's state: facts in, plan, check, actions out.

A turn takes everything that waits in the inbox, so a burst of events makes one replan. Nothing is
planned before the first full view, and nothing after the cluster was told to end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from daemonctl.check import check
from daemonctl.model.desired import Desired
from daemonctl.model.ids import ContainerInstanceArn, DaemonName, Slot
from daemonctl.model.memory import Memory
from daemonctl.model.plan import Plan
from daemonctl.model.reason import Condition, Verdict
from daemonctl.model.status import Counts
from daemonctl.planning import removal
from daemonctl.planning.board import Board
from daemonctl.ports import Clock, Cluster, Sink
from daemonctl.ports.consul import Store
from daemonctl.runtime import dryrun, pruning
from daemonctl.runtime.changed import Changed
from daemonctl.runtime.commands import Answer, Command, Ordered, Verb
from daemonctl.runtime.crew import Crew, Timer
from daemonctl.runtime.definitions import (
    concern_of,
    families,
    family,
    registrator_options,
    runs_once,
)
from daemonctl.runtime.definitions_known import Watch
from daemonctl.runtime.desk import Desk
from daemonctl.runtime.executor import Executor
from daemonctl.runtime.facts import (
    DesiredChanged,
    Fact,
    Kept,
    ListingEnded,
    LookEnded,
    Outcome,
    PutEnded,
    Recalled,
    StartEnded,
    StopEnded,
    seen_in,
)
from daemonctl.runtime.inbox import Inbox
from daemonctl.runtime.keeping import keeping_of
from daemonctl.runtime.ledger import Ledger
from daemonctl.runtime.lookups import Lookups
from daemonctl.runtime.mandate import UNBOUNDED, Mandate
from daemonctl.runtime.prospect import Prospect
from daemonctl.runtime.removals import Removals
from daemonctl.runtime.telling import Teller
from daemonctl.runtime.turning import turn_for_ever
from daemonctl.runtime.view import View

HEARTBEAT: Final = 10.0
"""A turn at least this often, seconds: what nobody rang for is not overlooked for long."""

_SOONEST: Final = 0.01  # seconds to the next turn: a plan that wakes itself must not spin


class Reconciler:
    """View, memory and plan of one cluster, and the loop that keeps them together."""

    def __init__(
        self,
        desired: Desired,
        *,
        cluster: Cluster,
        clock: Clock,
        crew: Crew,
        sink: Sink,
        dry_run: bool = False,
        store: Store | None = None,
        mandate: Mandate = UNBOUNDED,
    ) -> None:
        self._mandate = mandate
        self.desired = desired
        self.view = View(desired.owner, families(desired), clock.now())
        self.ledger = Ledger()
        self.inbox = Inbox()
        self.executor = Executor(cluster, clock, self.inbox.put, mandate)
        self.last_turn = clock.now()
        self._quiet = False
        self._alias = desired.cluster
        self._cluster = cluster
        self._clock = clock
        self._sink = sink
        self.teller = Teller(desired.cluster, sink)
        self._lookups = Lookups(cluster, clock, self.view, self.emit, crew)
        self._timer = Timer(clock, crew, self.inbox.ring)
        self.keeping = keeping_of(
            desired, self.memory, store, emit=self.emit, clock=clock, sink=sink
        )
        self._desk = Desk(
            alias=desired.cluster,
            ledger=self.ledger,
            executor=self.executor,
            ended=self._dropped,
            keeping=self.keeping,
            sink=sink,
            runs_once=lambda name: runs_once(self.desired, name),
            conditions=lambda: self.conditions,
        )
        self._desk.handle(Verb.PRUNE, self._prune)
        rehearsal = dryrun.Rehearsal(self.teller) if dry_run else None
        self._prospect = Prospect(self.view, self.ledger, clock, rehearsal, mandate)
        self._board = Board(desired)
        self._full = True
        self.definitions = Watch()
        self._removals = Removals()

    @property
    def verdicts(self) -> Mapping[Slot, Verdict]:
        """Why each slot is as it is."""
        return self.teller.held

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What holds of the cluster or of whole daemons."""
        return self._board.conditions

    @property
    def counts(self) -> dict[DaemonName, Counts]:
        """Each daemon's numbers."""
        return self._board.counts

    @property
    def memory(self) -> Memory:
        """What is remembered."""
        return self.ledger.memory

    def next_plan(self) -> Plan | None:
        """What would be done now if calls cost nothing; None before the first full view."""
        return self._prospect.plan(self.desired)

    def quieten(self) -> None:
        """From now on facts are taken in, and nothing is begun."""
        self._quiet = True

    async def run(self) -> None:
        """Turns for ever. A turn that fails is logged and made again, in full, after a while."""
        await turn_for_ever(self.turn, self._start_over, self.inbox, self._clock)

    def last_words(self) -> None:
        """The last turn, before the process ends: what came in is applied and told."""
        self.quieten()
        try:
            self.turn()
        except Exception as error:  # noqa: BLE001 - nothing keeps the process from ending
            self.teller.bug("the last turn failed", error)

    def turn(self) -> None:
        """One turn: everything that waits is applied, then planned, checked and begun."""
        began = self.last_turn = self._clock.now()
        changed = Changed()
        facts, tickets = self.inbox.take()
        applied = True
        for fact in facts:
            applied &= self._apply(fact, changed, began)
        for ticket in tickets:
            if not ticket.done():
                ticket.set_result(applied)
        changed.add(self.view.expire(began))
        self.memory.repair = self._mandate.repair
        self.keeping.sync(self.desired, began)
        self._lookups.settle(began)
        self._lookups.list_hosts(began)
        wake = None
        if self.view.complete and not self._quiet:
            changed.all |= self._full
            self._full = False
            wake = self._plan(changed, began)
            self.keeping.sync(self.desired, began)
            self.definitions.look(self.desired, self.memory)
            self._sink.observe(
                "reconcile_duration_seconds", self._clock.now() - began, cluster=self._alias
            )
        self._set_timer(began, wake)

    def _apply(self, fact: Fact, changed: Changed, now: float) -> bool:
        try:
            match fact:
                case Ordered():
                    fact.settle(self._desk.do(fact.command, now))
                    changed.add(() if fact.command.daemon == "" else None)
                case Recalled():
                    self.keeping.recalled(fact)
                    self._replace(removal.recall(self.desired, fact.removals))
                    changed.add(None)
                case Kept():
                    self.keeping.kept(fact)
                case DesiredChanged():
                    self._replace(self._removals.carried(self.desired, fact.desired))
                    changed.add(None)
                case StartEnded() | StopEnded() | LookEnded() | PutEnded():
                    changed.add(self._outcome(fact, now))
                case ListingEnded():
                    self.view.apply(fact)
                    changed.add(None)
                case _:
                    changed.add(self.view.apply(fact))
        except Exception as error:  # noqa: BLE001 - one fact must not lose the ones behind it
            self.teller.bug("a fact could not be applied", error, fact=type(fact).__name__)
            if isinstance(fact, Ordered):
                fact.settle(Answer(done=False, words="a bug hindered it: see daemonctl's log"))
            changed.add(None)
            return False
        return True

    def _outcome(self, fact: Outcome, now: float) -> tuple[ContainerInstanceArn, ...] | None:
        """An answer says what a describe would say, besides how the call ended."""
        for seen in (*seen_in(fact), fact):
            self.view.apply(seen)
        self.teller.outcome(fact)
        return self.ledger.outcome(fact, self.desired, now)

    def _prune(self, command: Command, now: float) -> Answer:
        if not self.view.complete or self._full:
            words = "the cluster has not been seen whole yet: try again when it is ready"
            return Answer(done=False, words=words)
        self._full = True
        if command.misplaced:
            return pruning.confirm(command, self.memory, self._board, now)
        pruned, answer = pruning.prune(
            command, self.desired, self._removals, self._board, self.memory
        )
        if pruned is not self.desired:
            self._replace(pruned)
        return answer

    def _dropped(self, fact: Outcome) -> None:
        self._outcome(fact, self._clock.now())
        self._full = True

    def _replace(self, desired: Desired) -> None:
        board = Board(desired)  # raises on what cannot be planned, before anything is changed
        self.ledger.renew(self.desired, desired)
        self.desired, self._board = desired, board
        self.view.mind(concern_of(desired))
        self.view.agents.ask(desired.node_name, desired.cluster_name)
        self.view.registered.ask(registrator_options(desired))
        self.teller.forget(desired)

    def _plan(self, changed: Changed, now: float) -> float | None:
        observed = self.view.observed()
        allowance = self.ledger.allowance(
            self._cluster.tokens(),
            self.executor.unsent,
            self.desired.limits,
            now,
            self._prospect.barred(),
        )
        plan = self._board.replan(observed, self.memory, changed.arns, allowance, now)
        checked = check(plan.actions, self.desired, observed, self.memory, now)
        self.ledger.remember(plan)
        self.ledger.spend(checked.allowed, now)
        self.teller.violations(checked.violations)
        self.executor.submit(checked.allowed)
        self._prospect.rehearse(self.desired, now)
        for look in plan.looks:
            self._lookups.look(look, family(self.desired, look.daemon))
        verdict_of = self._board.verdict
        self.teller.verdicts(plan.verdicts, observed.hosts, self.desired, verdict_of, now)
        self.teller.conditions(plan.conditions)
        left = self._removals.left(self.desired, self._board, self.memory)
        if left is not self.desired:
            self._replace(left)
            self._full = True
            return now
        return plan.wake

    def _set_timer(self, now: float, wake: float | None) -> None:
        times = (
            now + HEARTBEAT,
            wake,
            self._lookups.due(),
            self.ledger.stops_at(self.desired.limits),
        )
        soonest = min(at for at in times if at is not None)
        self._timer.set(max(soonest, now + _SOONEST))

    def emit(self, facts: tuple[Fact, ...]) -> None:
        """Facts from outside, for the next turn."""
        self.inbox.put(*facts)

    def _start_over(self, error: Exception, wait: float) -> None:
        self.teller.bug("a turn failed and is made again in full", error, after_seconds=wait)
        self._board = Board(self.desired)
        self._full = True
