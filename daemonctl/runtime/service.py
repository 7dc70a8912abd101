"""One cluster's life: found, read whole, watched, kept; and ended without loose ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from daemonctl.model.desired import Desired
from daemonctl.model.ghosts import Ghost
from daemonctl.model.ids import DaemonName, Slot
from daemonctl.model.memory import DaemonMemory, Memory
from daemonctl.model.observed import Observed
from daemonctl.model.plan import Plan
from daemonctl.model.reason import Condition, Verdict
from daemonctl.model.rollout import Rollout
from daemonctl.model.spec import ClusterSpec
from daemonctl.model.status import Counts
from daemonctl.ports import Clock, Cluster, EventSource, Schedule, Sink
from daemonctl.ports.consul import Store
from daemonctl.ports.nodes import Nodes
from daemonctl.ports.surroundings import Surroundings
from daemonctl.runtime.chores import Chores, Tools
from daemonctl.runtime.chores_all import all_chores
from daemonctl.runtime.chores_consul import ConsulChores
from daemonctl.runtime.commands import Answer, Command, Verb
from daemonctl.runtime.covering import covering
from daemonctl.runtime.crew import Crew, tell_dead
from daemonctl.runtime.datacenter import Datacenter
from daemonctl.runtime.definitions import interval_of, unresolved
from daemonctl.runtime.describe import Describer
from daemonctl.runtime.desk import tell
from daemonctl.runtime.doorbell import Doorbell
from daemonctl.runtime.event_loop import EventLoop
from daemonctl.runtime.events import Reader
from daemonctl.runtime.facts import CatalogSeen
from daemonctl.runtime.journal_tail import JournalTail
from daemonctl.runtime.liveness import LoopTurn
from daemonctl.runtime.mandate import UNBOUNDED, Mandate
from daemonctl.runtime.reading import Reading
from daemonctl.runtime.reconcile import Reconciler
from daemonctl.runtime.report_source import CatalogState, ClusterState, CoverageState, Standing
from daemonctl.runtime.turns import turns_of


class ClusterService:
    """Keeps the daemons of one cluster. The read model of the report, too."""

    standing: Standing | None = None  # it leads: where replicas take turns, its candidate tells

    def __init__(
        self,
        spec: ClusterSpec,
        *,
        cluster: Cluster,
        events: EventSource | None,
        clock: Clock,
        schedule: Schedule,
        sink: Sink,
        dry_run: bool = False,
        store: Store | None = None,
        datacenter: Datacenter | None = None,
        surroundings: Surroundings | None = None,
        nodes: Nodes | None = None,
        doorbell: Doorbell | None = None,
        mandate: Mandate = UNBOUNDED,
        tail: JournalTail | None = None,
    ) -> None:
        self._tail = tail
        self._mandate = mandate
        self._cluster = cluster
        self._datacenter = datacenter
        self._events = events
        self._clock = clock
        self._sink = sink
        self._loops = Crew(self._died)
        self._crew = Crew(self._died)
        self._reconciler = Reconciler(
            unresolved(spec),
            cluster=cluster,
            clock=clock,
            crew=self._crew,
            sink=sink,
            dry_run=dry_run,
            store=store,
            mandate=mandate,
        )
        self._reading = Reading(
            spec,
            self._reconciler,
            cluster=cluster,
            clock=clock,
            schedule=schedule,
            sink=sink,
            mandate=mandate,
        )
        self._reconciler.definitions.ring = self._reading.define_soon
        self._event_loop: EventLoop | None = None
        self._chores: Chores | None = None
        self._consul_chores: ConsulChores | None = None
        self._covering = covering(spec, doorbell, cluster, self._reconciler, clock)
        if surroundings is not None:
            describe = Describer(cluster, clock, self._reconciler.emit)
            alias = spec.alias
            tools = Tools(cluster, surroundings, clock, sink, describe, alias, dry_run, mandate)
            self._consul_chores = ConsulChores(self, tools, nodes, store)
            more = () if self._covering is None else (self._covering.chore(tools),)
            chores = all_chores(self, tools, *self._consul_chores.chores, *more)
            self._chores = Chores(self, tools, chores, dry=dry_run)

    def start(self) -> None:
        """Begins, in the running event loop."""
        self._loops.spawn(self._reconciler.run(), "reconcile")
        self._loops.spawn(self._live(), "cluster")
        if self._datacenter is not None:
            self._datacenter.listen(self._hear)
        if self._covering is not None:
            self._covering.begin(self._loops)
        if self._chores is not None:
            self._loops.spawn(self._chores.run(), "chores")

    async def stop(self) -> None:
        """Begins nothing new, waits for calls in flight for a while, and ends."""
        self._reconciler.quieten()
        self._reading.close()
        await self._deafen()
        unsent, unanswered = await self._reconciler.executor.drain()
        await self._loops.cancel()
        self._reconciler.last_words()
        self._reconciler.teller.left(unsent, unanswered)
        await self._crew.cancel()
        if self._tail is not None:
            await self._tail.close()

    async def crash(self) -> None:
        """Ends at once, as a process that is killed: nothing is waited for and nothing is told."""
        self._reading.close()
        await self._deafen()
        await self._reconciler.executor.cancel()
        await self._loops.cancel()
        await self._crew.cancel()

    def repace(self) -> None:
        """What may be written, by its lease, has changed."""
        self._reading.repace()
        self._reconciler.inbox.ring()

    def replace(self, spec: ClusterSpec) -> None:
        """The config of the same cluster changed. View and events go on."""
        self._reading.replace(spec)

    async def order(self, command: Command) -> Answer:
        """Carries an operator's command out; returns once that is done, or refused in words."""
        if command.verb is not Verb.RESYNC:
            answer = await self._reconciler.inbox.order(command)
            return await self._reconciler.keeping.saved(answer)
        self._reading.at_once()
        answer = Answer(done=True, words="a full listing begins now")
        tell(self._sink, self.spec.alias, command, answer)
        return answer

    def inherit(self, before: ClusterState) -> None:
        """Takes over what an operator has said of this cluster, from the service it had so far.

        A freeze always; rollouts and pauses where it still is the same cluster in ECS.
        """
        self.memory.freeze = before.memory.freeze
        if _place(self.spec) == _place(before.spec):
            for name, held in before.memory.daemons.items():
                self.memory.daemons[name] = DaemonMemory(rollout=held.rollout)

    def follow_by(self, may_follow: Callable[[DaemonName, float], bool]) -> None:
        """Who says whether this cluster may take a revision that was registered since."""
        self._reading.may_follow = may_follow

    @property
    def looked_up_at(self) -> float | None:
        """When task definitions were last looked up."""
        return self._reading.looked_up_at

    def rollout_of(self, name: DaemonName) -> Rollout | None:
        """Where a daemon stands between its revisions."""
        held = self.memory.daemons.get(name)
        return None if held is None else held.rollout

    def loops(self) -> Sequence[LoopTurn]:
        """When each loop last came round."""
        read = (self._reading.last_turn, interval_of(self.spec))
        reconciled = self._reconciler.last_turn
        return turns_of(self.spec.alias, reconciled, read, self._event_loop, self._datacenter)

    @property
    def spec(self) -> ClusterSpec:
        """The config in force."""
        return self._reading.spec

    @property
    def desired(self) -> Desired | None:
        """What should be."""
        return self._reconciler.desired

    @property
    def observed(self) -> Observed | None:
        """What is; None before the first full view."""
        view = self._reconciler.view
        return view.observed() if view.complete else None

    @property
    def verdicts(self) -> Mapping[Slot, Verdict]:
        """Why each slot is as it is."""
        return self._reconciler.verdicts

    @property
    def memory(self) -> Memory:
        """What is remembered."""
        return self._reconciler.memory

    @property
    def conditions(self) -> Sequence[Condition]:
        """What holds of the cluster or of whole daemons."""
        of_chores = () if self._chores is None else self._chores.conditions
        return (*self._reconciler.conditions, *of_chores)

    @property
    def counts(self) -> Mapping[DaemonName, Counts]:
        """Each daemon's numbers."""
        return self._reconciler.counts

    @property
    def trouble(self) -> str:
        """Why the cluster cannot be read, with the next step; "" while it can."""
        return self._reading.trouble

    @property
    def unkept(self) -> str:
        """Why the store does not take what has to be kept; "" while it does, or without one."""
        keeper = self._reconciler.keeping.keeper
        return "" if keeper is None else keeper.trouble

    @property
    def deaf(self) -> str:
        return "" if self._event_loop is None else self._event_loop.trouble

    @property
    def consul(self) -> CatalogState | None:
        return None if self._datacenter is None else self._datacenter.state

    @property
    def ghosts(self) -> Sequence[Ghost]:
        return () if self._consul_chores is None else self._consul_chores.ghosts

    @property
    def coverage(self) -> CoverageState | None:
        return None if self._covering is None else self._covering.state

    def next_plan(self) -> Plan | None:
        """What would be done now if calls cost nothing."""
        return self._reconciler.next_plan()

    def _hear(self, fact: CatalogSeen) -> None:
        self._reconciler.inbox.put(fact)
        lost = self._consul_chores is not None and self._consul_chores.hear(fact)
        if lost and self._chores is not None:
            self._chores.ring()

    async def _deafen(self) -> None:
        if self._datacenter is not None:
            await self._datacenter.leave(self._hear)

    async def _live(self) -> None:
        arn = await self._reading.find()
        if self._consul_chores is not None:
            self._consul_chores.open(arn)
        keeper = self._reconciler.keeping.keeper
        if keeper is not None:
            await keeper.open(arn)
            self._loops.spawn(keeper.run(), "keeper")
        if self._tail is not None:
            self._loops.spawn(self._tail.run(arn), "journal tail")
        if self._events is not None:
            self._event_loop = EventLoop(
                self._events,
                Reader(self._cluster, arn),
                alias=self.spec.alias,
                inbox=self._reconciler.inbox,
                clock=self._clock,
                crew=self._crew,
                sink=self._sink,
                mandate=self._mandate,
            )
            self._loops.spawn(self._event_loop.run(), "events")
        await self._reading.run()

    def _died(self, name: str, error: BaseException) -> None:
        tell_dead(self._sink, name, error, cluster=self.spec.alias)


def _place(spec: ClusterSpec) -> tuple[str, ...]:
    return spec.name, spec.region, spec.role_arn, spec.owner
