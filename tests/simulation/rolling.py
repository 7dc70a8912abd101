"""What a rollout may take, and what it has to end with, by the truth."""

from __future__ import annotations

import math
from collections import Counter

from daemonctl.model.spec import DaemonSpec, Share, Strategy
from tests.simulation.life import Call, Slot
from tests.simulation.truth import NEVER, Record, Truth
from tests.simulation.whose import MARK

UPDATES = ("OUTDATED", "UNREADY")
_FAILED = ("EssentialContainerExited", "TaskFailedToStart")
_HEARD_SECONDS = 5.0
"""So long an event takes at most to be heard, where none is lost."""


class RollingOracle:
    """Judges updates by what really runs."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._taken: Counter[str] = Counter()  # instances on which a bad revision took something
        self._updated: dict[Slot, float] = {}

    def stopping(self, call: Call, slot: Slot, writes: list[Call], now: float) -> str:
        """What is wrong with the stop of an update, "" where nothing is."""
        self._updated[slot] = now
        truth, daemon = self._truth, self._truth.daemons[slot[1]]
        if daemon.strategy is Strategy.ON_DELETE:
            return "its strategy is ON_DELETE"
        alone = len(truth.world.core.families[daemon.task_definition]) == 1
        ours = truth.cluster.tasks[call.task].started_by == MARK  # an adopted one may differ
        if alone and ours and not truth.restarted:
            return "there is only one revision of it"
        if self._not_known_to_run(call, now):
            return ""
        out = [place for place in self._out(writes, call, slot[1], now) if place != slot]
        whole = sum(1 for one in truth.cluster.instances.values() if one.status == "ACTIVE")
        most = daemon.max_unavailable.of(whole)
        if len(out) + 1 > most:
            names = ", ".join(place[0][-6:] for place in out)
            return f"{slot[1]} is unavailable by us on {names} already, {most} may be"
        return ""

    def started(self, record: Record, now: float) -> str:
        """A bad revision takes no more instances than the breaker and the budget allow.

        What was emptied for it before anybody could know of a first failure is not counted: where
        it dies only after minReadySeconds, nothing has told against it by then.
        """
        truth, daemon = self._truth, self._truth.daemons[record.slot[1]]
        definition = record.task.definition
        name = f"{definition.family}:{definition.revision}"
        stopped = self._updated.pop(record.slot, None)
        if stopped is None or name not in truth.bad or not truth.scenario.stored:
            return ""
        if stopped <= self._told_at(name):
            return ""
        self._taken[name] += 1
        whole = sum(1 for one in truth.cluster.instances.values() if one.status == "ACTIVE")
        most = daemon.breaker.max_failures + daemon.max_unavailable.of(whole)
        # An undo may lead to a bad revision, and is never undone by itself.
        free = not daemon.breaker.enable or truth.restarted or record.slot[1] in truth.undone
        if free or self._taken[name] <= most:
            return ""
        return f"bad {name} has taken {self._taken[name]} instances, {most} may be"

    def _not_known_to_run(self, call: Call, now: float) -> bool:
        """What an update had taken already came back, or never was there, but for lost news."""
        ran_at = self._truth.records[call.task].ran_at
        unready = " UNREADY:" in call.reason
        return unready and (ran_at is None or ran_at >= now - self._truth.scenario.blind)

    def _told_at(self, name: str) -> float:
        """When everybody has heard that a task of a revision failed; for ever before that."""
        scenario = self._truth.scenario
        lossy = any(fault.kind == "event_lost" for fault in scenario.faults)
        late = scenario.polling or scenario.reads_fail or lossy
        known_after = scenario.blind if late else _HEARD_SECONDS
        ends = (
            record.task.stopped_at
            for record in self._truth.records.values()
            if record.task.stopped_at is not None
            and record.task.stop_code in _FAILED
            and f"{record.task.definition.family}:{record.task.definition.revision}" == name
        )
        return min(ends, default=math.inf) + known_after

    def _took(self, stop: Call) -> bool:
        """Whether it ended something that had not ended by itself."""
        record = self._truth.records.get(stop.task)
        return record is None or record.task.stopped_reason == stop.reason

    def _out(self, writes: list[Call], call: Call, name: str, now: float) -> list[Slot]:
        """Slots that an update emptied, and where no task has been ready since."""
        found: dict[Slot, None] = {}
        for stop in writes:
            if stop is call or not stop.done or stop.operation != "StopTask" or not stop.slots:
                continue
            slot = stop.slots[0]
            if slot[1] != name or " OUTDATED:" not in stop.reason or not self._took(stop):
                continue
            instance = self._truth.cluster.instances.get(slot[0])
            if instance is None or instance.status != "ACTIVE" or not instance.connected:
                continue
            lately = now - self._truth.scenario.blind
            if self._truth.back_at.get(slot[0], NEVER) >= lately:
                continue  # seen as away when a rollout began, it is left out of that one's account
            later = [
                record
                for record in self._truth.slots[slot]
                if record.at > stop.sent_at
                or (record.left_at is None and record.task.arn != stop.task)
            ]  # or stood beside it, when nobody knew of it yet
            if not any(_came(record, self._truth.daemons[name], lately) for record in later):
                found[slot] = None
        return list(found)


def _came(record: Record, daemon: DaemonSpec, lately: float) -> bool:
    """Whether it was ready, or would be but for an end that not everybody has heard of."""
    if record.ran_at is None:
        return False
    until = record.left_at
    if until is None or until >= lately:
        return True
    return until - record.ran_at >= daemon.min_ready_seconds


def unsettled(daemon: DaemonSpec, name: str, revision: int, latest: int, truth: Truth) -> str:
    """Why a task is not of the revision that it should be of in the end, "" where it is."""
    label = f"{name}:{revision}"
    if label in truth.bad:
        return f"runs {label}, which is bad"
    if f"{name}:{latest}" in truth.bad or daemon.strategy is Strategy.ON_DELETE:
        return ""
    if _emptied_and_away(daemon, truth):
        return ""
    return "" if revision == latest else f"runs {label}, not {name}:{latest}"


def _emptied_and_away(daemon: DaemonSpec, truth: Truth) -> bool:
    """Whether the whole budget is held by instances that went away while they were updated.

    Nobody knows how it is there (ADR 12): they count until they are back or deregistered, or a
    rollout begins after they went. ECS tells of a task that was to stop there for ever.
    """
    began = truth.world.core.families[daemon.task_definition][-1].registered_at
    active = {a: i for a, i in truth.cluster.instances.items() if i.status == "ACTIVE"}
    held = 0
    for arn, instance in active.items():
        slot = (arn, str(daemon.name))
        if instance.connected or truth.status_since[arn] < began or truth.live(slot):
            continue
        records = truth.slots.get(slot, ())
        held += bool(records) and any(
            f" {code}:" in (records[-1].task.stopped_reason or "") for code in UPDATES
        )
    return held >= daemon.max_unavailable.of(len(active))


SHARES = (Share(1), Share(2), Share(50, percent=True))
