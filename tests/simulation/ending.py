"""Invariants 7 and 8: once inputs stop, everything is in its place, and stays there."""

from __future__ import annotations

import math

from daemonctl.local.world.instance import Instance
from daemonctl.local.world.task import Task
from daemonctl.model.ids import DaemonName
from daemonctl.model.spec import DaemonSpec, Restart, Strategy
from daemonctl.planning.ordering import depths
from tests.simulation.departure import orphans_left
from tests.simulation.gates import left_open
from tests.simulation.hands import Hands
from tests.simulation.idle import hosts_left
from tests.simulation.leaving import left_behind
from tests.simulation.life import Call, Slot
from tests.simulation.needed import gate_left_closed, older, unneeded
from tests.simulation.once import has_run, to_run
from tests.simulation.rolling import unsettled
from tests.simulation.scenario import Scenario
from tests.simulation.truth import Truth


def settling_bound(scenario: Scenario) -> float:
    """Seconds of calm within which a cluster must have converged.

    A lost event costs one resync; its view makes the last failures' backoff, an ambiguous write's
    expectation and a first look end; then misplaced tasks go in turns and starts come in order.
    """
    backoff = max(daemon.restart.max_seconds for daemon in scenario.daemons)
    look = 2 * (1.1 * scenario.interval + scenario.resync_seconds)
    first_look = scenario.interval + 60.0
    turns = 16 * 35.0 if any(daemon.constraints for daemon in scenario.daemons) else 0.0
    chain = len(scenario.daemons) * (30.0 + max(d.min_ready_seconds for d in scenario.daemons))
    if scenario.scale_in is not None:  # hosts go one after the other, each after its own wait
        look += scenario.instances * (scenario.scale_in.empty_after_seconds + 30.0)
    rolling = 0.0
    if scenario.rolling:  # each instance in its turn, bad revisions found out, canaries baked
        moving = [one for one in scenario.daemons if not one.once]
        turn = 45.0 + max(d.min_ready_seconds + d.start_timeout_seconds for d in moving)
        rolling = len(moving) * 16 * turn + 600.0
    return rolling + look + 3 * backoff + 60.0 + 30.0 + first_look + turns + 3 * chain + 120.0


class Ending:
    """What is left to do, by the truth."""

    def __init__(self, truth: Truth, hands: Hands) -> None:
        self._truth = truth
        self._hands = hands
        specs = {daemon.name: daemon for daemon in truth.daemons.values()}
        depth = depths({name: [n.daemon for n in d.depends_on] for name, d in specs.items()})
        self._order = sorted(specs.values(), key=lambda daemon: (depth[daemon.name], daemon.name))

    def left(self) -> list[str]:
        """What is not as it should be; empty: converged."""
        wrong: list[str] = []
        for instance in self._truth.cluster.instances.values():
            if instance.status != "INACTIVE":
                wrong += self._on(instance) + left_behind(self._truth, instance)
        wrong += orphans_left(self._truth)
        consul = self._hands.stage.consul
        if consul is not None and consul.graves is not None and not consul.gone:
            wrong += consul.graves.left()
        return wrong + hosts_left(self._truth, self._hands.stage.alive)

    def restless(self, slot: Slot) -> bool:
        """A slot where retries go on for ever, at most one in maxSeconds, or that waits for such.

        A dependent starts whenever what it needs happens to be ready between two crashes.
        """
        instance = self._truth.cluster.instances.get(slot[0])
        if instance is None or slot[1] not in self._truth.daemons:
            return False
        daemon = self._truth.daemons[slot[1]]
        return (
            self._broken(daemon, instance)
            or self._lacks(daemon, instance)
            or any(self.restless((slot[0], str(need.daemon))) for need in daemon.depends_on)
        )

    def _on(self, instance: Instance) -> list[str]:
        wrong: list[str] = []
        excused: dict[DaemonName, None] = {}
        for daemon in self._order:
            slot = (instance.arn, str(daemon.name))
            live = self._truth.live(slot)
            waits = any(need.daemon in excused for need in daemon.depends_on)
            if waits or self._broken(daemon, instance) or self._restrained(daemon, instance):
                excused[daemon.name] = None
            words = self._slot(daemon, instance, live, excused)
            if words:
                wrong.append(f"{daemon.name} on {instance.arn[-6:]}: {words}")
        well = not wrong and not excused and instance.status == "ACTIVE" and instance.connected
        known = not self._hands.stage.consul_gone  # what is not known keeps its value
        if well and known and gate_left_closed(self._truth, instance.arn):
            wrong.append(f"the gate of {instance.arn[-6:]} is closed")
        if known and self._lacks_required(instance) and left_open(self._truth, instance.arn):
            wrong.append(f"the gate of {instance.arn[-6:]} is open")
        return wrong

    def _lacks_required(self, instance: Instance) -> bool:
        """A required daemon has no room here, and so will not come by itself.

        What runs once lacks nothing after its first run: another revision closes no gate.
        """
        if instance.status != "ACTIVE" or not instance.connected:
            return False
        return any(
            daemon.required
            and self._lacks(daemon, instance)
            and self._truth.may_start(slot)
            and not unneeded(self._truth, slot)
            and not self._truth.on_host(slot)
            and not (daemon.once and has_run(self._truth, slot))
            for daemon in self._order
            for slot in [(instance.arn, str(daemon.name))]
        )

    def _slot(
        self,
        daemon: DaemonSpec,
        instance: Instance,
        live: list[Task],
        excused: dict[DaemonName, None],
    ) -> str:
        slot = (instance.arn, str(daemon.name))
        if instance.status != "ACTIVE" or not instance.connected:
            excused[daemon.name] = None
            return ""
        if unneeded(self._truth, slot):
            excused[daemon.name] = None
            return "unused" if live else ""
        if not self._truth.belongs(slot):
            excused[daemon.name] = None
            return "misplaced" if live and not self._held(daemon, slot) else ""
        if not live and daemon.name not in excused and self._lacks(daemon, instance):
            excused[daemon.name] = None
        if len(live) > 1:
            return f"{len(live)} tasks"
        if daemon.name in excused:
            return ""
        return (
            to_run(self._truth, slot, live, self._hands.stage.now)
            if daemon.once
            else self._wrong(daemon, slot, live)
        )

    def _wrong(self, daemon: DaemonSpec, slot: Slot, live: list[Task]) -> str:
        """What is not right in a slot that should have a good task."""
        return (
            _short_of(live) or self._outdated(daemon, live[0]) or self._older(daemon, slot, live[0])
        )

    def _older(self, daemon: DaemonSpec, slot: Slot, task: Task) -> str:
        """What a task was to be restarted after, "" where nothing is due.

        While Consul is gone, nobody knows what is ready. Under ON_DELETE a restart would be an
        update where the task is outdated, as after an operator's restart or undo: it waits for
        whoever stops it, and so does what would be restarted after such an update.
        """
        truth = self._truth
        latest = len(truth.world.core.families[daemon.task_definition])
        waits = daemon.strategy is Strategy.ON_DELETE and task.definition.revision != latest
        for one in (daemon, *(truth.daemons[str(need.daemon)] for need in daemon.depends_on)):
            steered = truth.restarted or str(one.name) in truth.undone
            waits |= one.strategy is Strategy.ON_DELETE and steered
        return "" if waits or self._hands.stage.consul_gone else older(truth, slot, task)

    def _outdated(self, daemon: DaemonSpec, task: Task) -> str:
        definition = task.definition
        latest = len(self._truth.world.core.families[daemon.task_definition])
        name = daemon.task_definition
        return unsettled(daemon, name, definition.revision, latest, self._truth)

    def _broken(self, daemon: DaemonSpec, instance: Instance) -> bool:
        return (daemon.task_definition, instance.arn) in self._hands.broken or (
            daemon.task_definition,
            instance.arn,
        ) in self._hands.spells

    def _restrained(self, daemon: DaemonSpec, instance: Instance) -> bool:
        """A constraint that only keeps starts back does not hold now."""
        slot = (instance.arn, str(daemon.name))
        return self._truth.belongs(slot) and not self._truth.may_start(slot)

    def _lacks(self, daemon: DaemonSpec, instance: Instance) -> bool:
        definition = self._truth.world.core.families[daemon.task_definition][-1]
        return instance.remaining.lack(definition.needs) is not None

    def _held(self, daemon: DaemonSpec, slot: Slot) -> bool:
        """Nobody moves it: an operator has to look at it, or at a dependent that leaves first."""
        if self._over_half(daemon):
            return True
        dependents = (
            one for one in self._order if any(n.daemon == daemon.name for n in one.depends_on)
        )
        places = ((one, (slot[0], str(one.name))) for one in dependents)
        return any(
            self._truth.live(place) and not self._truth.belongs(place) and self._held(one, place)
            for one, place in places
        )

    def _over_half(self, daemon: DaemonSpec) -> bool:
        """Over half of a daemon misplaced: nobody moves until an operator looks.

        What a draining instance has does not count as being in its place: it will go.
        """
        astray = settled = 0
        for instance in self._truth.cluster.instances.values():
            slot = (instance.arn, str(daemon.name))
            if self._truth.live(slot):
                belongs = self._truth.belongs(slot)
                astray += not belongs
                settled += belongs and instance.status == "ACTIVE"
        return astray > settled


def _retries(restart: Restart, seconds: float) -> int:
    """A series that only begins doubles its wait up to maxSeconds; then one in maxSeconds."""
    doublings = math.ceil(math.log2(restart.max_seconds / restart.base_seconds))
    return 2 + doublings + int(seconds / restart.max_seconds)


def _short_of(live: list[Task]) -> str:
    """What a slot lacks that should have a good task, "" where it has one."""
    if not live:
        return "missing"
    task = live[0]
    if task.last_status != "RUNNING":
        return task.last_status
    return task.health if task.has_health_check and task.health != "HEALTHY" else ""


class Peace:
    """The last window: what may still be written in it."""

    def __init__(self, ending: Ending, scenario: Scenario, first: int, seconds: float) -> None:
        self._ending = ending
        self._first = first
        # where what is sick is replaced, each retry is a stop and a start
        checked = [family.name for family in scenario.families if family.checked]
        self._most = {
            str(daemon.name): _retries(daemon.restart, seconds)
            * (2 if daemon.task_definition in checked else 1)
            for daemon in scenario.daemons
        }

    def broken_by(self, writes: list[Call]) -> str:
        """The write that should not have been, "" where there is none."""
        retries: dict[Slot, int] = {}
        for call in writes[self._first :]:
            if call.reason.startswith(("daemonctl: ROOM:", "daemonctl: DRAINING:")):
                continue  # these have their own judges, and their own time
            for slot in call.slots:
                retries[slot] = retries.get(slot, 0) + 1
                if not self._ending.restless(slot):
                    return f"{call.operation} {call.number} at {slot}: nothing was wrong there"
                if retries[slot] > self._most[slot[1]]:
                    return f"{call.operation} {call.number} at {slot}: retry {retries[slot]}"
        return ""
