"""A DRAINING instance: its daemons stay until only daemons are left, then go in reverse order.

ECS moves the tasks of services away and leaves what StartTask placed to its owner (ECS Developer
Guide: container instance draining). Nothing is started here: whether ECS would take it is not
documented, and the host is on its way out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from daemonctl.model.cluster import Task
from daemonctl.model.ids import Slot, short
from daemonctl.model.memory import NOTHING, Kind, SlotMemory
from daemonctl.model.plan import StopKind
from daemonctl.model.reason import Code, Verdict
from daemonctl.planning.assessment import LEAVING, Entry, WantStop
from daemonctl.planning.backoff import OURS
from daemonctl.planning.busy import busy_until
from daemonctl.planning.groups import service_of
from daemonctl.planning.rules import Rule
from daemonctl.planning.scene import Scene, soonest
from daemonctl.planning.slots import Sorted

SPOT_LEFT_SECONDS = 20.0
"""So long before EC2 takes a host its daemons go, whatever still runs: 100 s after the warning."""

ANY_DAEMONCTL = "daemonctl/"
_ASKED = f"{OURS} {Code.DRAINING}:"


class Leaving(Struct, frozen=True):
    """What else is on a host that drains."""

    scene: Scene
    tasks: Sorted
    memory: Mapping[Slot, SlotMemory]
    services: Mapping[str, int]  # tasks that have not left, by service, ECS's own daemons apart
    standalone: tuple[Task, ...]  # others' tasks of no service that have not left

    def look(self, rule: Rule, own: Sequence[Task], memory: SlotMemory) -> tuple[Entry, SlotMemory]:
        """The entry of one daemon here."""
        self.scene.states.append(None)  # nothing starts here, so nothing waits for it
        there = [task for task in own if not task.stopped]
        live = [task for task in there if task.live]
        if not there:
            missed = () if rule.spec.once else own  # what runs once was to end
            return Entry(Verdict(Code.DRAINING, self._gone(missed))), memory
        # One that left the config is remembered until its last task has gone, here as elsewhere.
        flags = LEAVING if rule.removed else 0
        if not live:
            return Entry(Verdict(Code.DRAINING, "its task is on its way out"), flags), memory
        words, until = self._wait(rule)
        if words:
            return Entry(Verdict(Code.DRAINING, words, until), flags, wake=until), memory
        verdict = Verdict(Code.DRAINING, f"stops: {_ALONE}")
        busy = busy_until(self.scene, memory)
        if busy is not None:
            return Entry(verdict, flags, wake=busy), memory
        stop = WantStop(live[0].arn, StopKind.VOLUNTARY, Code.DRAINING, _ALONE)
        return Entry(verdict, flags, stop=stop), memory

    def _gone(self, own: Sequence[Task]) -> str:
        """Nothing is there: said so where others may miss it."""
        ended = [task for task in own if not task.stopped_reason.startswith(_ASKED)]
        if not ended or not (self.services or self.standalone):
            return "the container instance is DRAINING"
        what = self._services() or f"task {short(self.standalone[0].arn)}"
        return f"it has ended while {what} still runs here; nothing is started on a DRAINING one"

    def _services(self) -> str:
        return ", ".join(f"{name} ({number})" for name, number in self.services.items())

    def _wait(self, rule: Rule) -> tuple[str, float | None]:
        """What the daemon waits for, "" where it may go; and until when, where time ends it."""
        host, now = self.scene.host, self.scene.now
        last = None if host.leaves_at is None else host.leaves_at - SPOT_LEFT_SECONDS
        if last is None or now < last:
            words, until = self._others(rule)
            if words:
                return words, soonest(until, last)
        for index in rule.dependents:
            other = self.scene.rules.daemons[index]
            if self._holds(other):
                expected = self._expected(other)
                return f"{other.name} leaves first: it depends on {rule.name}", expected
        return "", None

    def _others(self, rule: Rule) -> tuple[str, float | None]:
        host = self.scene.host
        if host.listed_at is None or host.draining_since is None:
            return "stays until all tasks on the instance are known", None
        if self.services:
            return f"stays until the last task of a service has left: {self._services()}", None
        until = host.draining_since + rule.spec.drain_timeout_seconds
        if self.standalone and self.scene.now < until:
            names = ", ".join(short(task.arn) for task in self.standalone[:3])
            more = len(self.standalone) - 3
            names += f" and {more} more" if more > 0 else ""
            words = f"stays for standalone tasks, at most drain.timeoutSeconds: {names}"
            return words, until
        return "", None

    def _holds(self, other: Rule) -> bool:
        """Whether a daemon that depends on this one is still here, or may be about to be."""
        own = self.tasks.own.get(other.group, ())
        return any(not task.stopped for task in own) or self._expected(other) is not None

    def _expected(self, other: Rule) -> float | None:
        """Until when a start of it may still show."""
        slot = (self.scene.host.instance.arn, other.name)
        expected = self.memory.get(slot, NOTHING).expectation
        if expected is None or expected.kind is not Kind.START:
            return None
        return expected.expires if self.scene.now < expected.expires else None


_ALONE = "only daemons are left on a DRAINING instance"


def begin(
    scene: Scene, tasks: Sorted, memory: Mapping[Slot, SlotMemory], daemon_services: frozenset[str]
) -> Leaving | None:
    """The host as one that drains; None where it does not.

    ``daemon_services`` are the groups of ECS services of strategy DAEMON: ECS stops their tasks
    last by itself, and they wait for nobody.
    """
    if scene.host.instance.status != "DRAINING":
        return None
    ours = {task.arn: None for own in tasks.own.values() for task in own}
    services: dict[str, int] = {}
    standalone: list[Task] = []
    for task in scene.host.tasks:
        if task.stopped or task.group in daemon_services or task.arn in ours:
            continue
        service = service_of(task.group)
        if service:
            services[service] = services.get(service, 0) + 1
        elif not task.started_by.startswith(ANY_DAEMONCTL):
            standalone.append(task)
    return Leaving(scene, tasks, memory, services, tuple(standalone))
