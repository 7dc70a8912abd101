"""A slot that should have a task and has none: start it, or say what it waits for.

The questions are asked in the order of the table at the end; the first that answers decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct, structs

from daemonctl.model.cluster import Task
from daemonctl.model.ids import family_of, short
from daemonctl.model.memory import Kind, SlotMemory
from daemonctl.model.reason import Code, Verdict
from daemonctl.planning import fit
from daemonctl.planning.adopt import held_by_service
from daemonctl.planning.assessment import DESIRED, STARTING, Entry, WantStart
from daemonctl.planning.eligibility import Should, gate
from daemonctl.planning.readiness import asked
from daemonctl.planning.remember import (
    WRITE_WINDOW_SECONDS,
    WRITES_PER_WINDOW,
    next_look,
)
from daemonctl.planning.reserve import kept_from, others_start
from daemonctl.planning.rules import Rule
from daemonctl.planning.scene import Fill, Scene

HOST_ENDS_SECONDS = 15.0
"""So long nothing starts where a task ended with its host: the host's own end is told by then."""

_HOST_ENDS = ("TerminationNotice", "SpotInterruption")
"""ECS's stop codes for it (API reference: stopCode)."""


class Case(Struct):
    """One empty slot, as the questions below see it."""

    scene: Scene
    rule: Rule
    own: Sequence[Task]
    fill: Fill
    memory: SlotMemory


def look(
    scene: Scene, rule: Rule, own: Sequence[Task], fill: Fill | None, memory: SlotMemory
) -> tuple[Entry, SlotMemory]:
    """The entry of a daemon that should run here and has no live task."""
    scene.states.append(None)
    if fill is None:
        return _unable(scene) or _undefined(rule), memory
    case = Case(scene, rule, own, fill, memory)
    for question in QUESTIONS:
        entry = question(case)
        if entry is not None:
            break
    else:
        entry = _start(case)
    if entry.flags & STARTING or entry.start is not None:
        scene.promised = fit.add(scene.promised, fill.aim.needs)
    return entry, case.memory


def _wait(code: Code, words: str, until: float | None = None) -> Entry:
    return Entry(Verdict(code, words, until), DESIRED, wake=until)


def _state_of_instance(case: Case) -> Entry | None:
    return _unable(case.scene)


def _unable(scene: Scene) -> Entry | None:
    instance = scene.host.instance
    if scene.should is Should.LEAVE:
        what = instance.status if instance.ec2_id else "told without its EC2 instance id"
        return Entry(Verdict(Code.DRAINING, f"the container instance is {what}"))
    if scene.should is Should.KEEP:
        return _wait(Code.AGENT_DISCONNECTED, "its agent is disconnected: nothing starts here")
    return None


def _undefined(rule: Rule) -> Entry:
    words = "the definition of the revision that it should run is being looked up"
    return _wait(Code.NO_DEFINITION, rule.fault or words)


def _expected(case: Case) -> Entry | None:
    held = case.memory.expectation
    if held is None:
        return None
    if held.kind is Kind.STOP or not held.ambiguous:
        words = "a call was sent, its effect is not seen yet"
        verdict = Verdict(Code.IN_FLIGHT, words, held.expires)
        return Entry(verdict, DESIRED | STARTING, wake=held.expires)
    words = "a start got no answer and may have worked: it is being looked up"
    verdict = Verdict(Code.AMBIGUOUS, words, held.expires)
    at = next_look(held)
    if at is not None and case.scene.now >= at:
        case.memory = structs.replace(
            case.memory, expectation=structs.replace(held, looks=held.looks + 1)
        )
        return Entry(verdict, DESIRED | STARTING, look=True, wake=case.scene.now)
    wake = held.expires if at is None else at
    return Entry(verdict, DESIRED | STARTING, wake=wake)


def _held(case: Case) -> Entry | None:
    hold = case.memory.hold
    return None if hold is None else _wait(Code.HELD, hold.words, hold.until)


def _stopping(case: Case) -> Entry | None:
    leaving = [task for task in case.own if not task.stopped]
    if not leaving:
        return None
    return _wait(Code.STOPPING, f"task {short(leaving[0].arn)} has not left the host yet")


def _host_leaving(case: Case) -> Entry | None:
    """ECS tells of the end of tasks before it tells of the end of their host."""
    for task in case.own:
        if task.stop_code in _HOST_ENDS and task.stopped_at is not None:
            until = task.stopped_at + HOST_ENDS_SECONDS
            if case.scene.now < until:
                return _wait(Code.HELD, f"the host is being stopped: {task.stopped_reason}", until)
    return None


def _write_limit(case: Case) -> Entry | None:
    writes = case.memory.writes
    if len(writes) < WRITES_PER_WINDOW:
        return None
    words = f"{len(writes)} writes within a minute are the limit"
    return _wait(Code.HELD, words, writes[0] + WRITE_WINDOW_SECONDS)


def _gated(case: Case) -> Entry | None:
    words = gate(case.rule, case.scene.host) if case.rule.gating else ""
    return Entry(Verdict(Code.CONSTRAINT, words)) if words else None


def _to_take_over(case: Case) -> Entry | None:
    """A daemon that adopts never runs beside a task of its family that a service still holds."""
    if not case.rule.spec.adopt:
        return None
    for task in case.scene.host.tasks:
        service = held_by_service(task)
        if service and not task.stopped and family_of(task.definition) == case.rule.family:
            words = f"service {service} still has task {short(task.arn)} here: nothing starts"
            return _wait(Code.BLOCKED, f"{words} beside it")
    return None


def _blocked(case: Case) -> Entry | None:
    for index, condition in case.rule.dependencies:
        if not case.scene.met(index, condition):
            name = case.scene.rules.daemons[index].name
            verdict = case.scene.entries[index].verdict
            words = f"waits for {name} {asked(condition)} here; it is {verdict.code}"
            return _wait(Code.BLOCKED, words)
    return None


def _unfit(case: Case) -> Entry | None:
    needs = case.fill.aim.needs
    instance, promised = case.scene.host.instance, case.scene.promised
    short_of = fit.shortages(needs, instance, promised)
    probe = case.memory.probe_at
    kept, names = kept_from(case.scene, case.rule)
    lacks = short_of or fit.shortages(needs, instance, fit.add(promised, kept))
    if names and lacks:  # ECS would take it: no probe
        return _wait(Code.NO_FIT, f"{lacks}; an update's room is kept for {names}")
    if not short_of:
        if probe is not None:
            case.memory = structs.replace(case.memory, probe_at=None)
        return None
    if probe is None:
        probe = case.scene.now + case.rule.spec.restart.max_seconds
        case.memory = structs.replace(case.memory, probe_at=probe)
    elif probe <= case.scene.now and not others_start(case.scene, case.rule):
        # It stays due until ECS has answered a probe.
        return _backing_off(case) or _start(case, f"tried although it should not fit ({short_of})")
    return _wait(Code.NO_FIT, short_of, probe if probe > case.scene.now else None)


def _backing_off(case: Case) -> Entry | None:
    failure = case.memory.failure
    if failure is None or case.scene.now >= failure.until:
        return None
    times = "once" if failure.streak == 1 else f"{failure.streak} times in a row"
    return _wait(Code.BACKOFF, f"failed {times}: {failure.words}", failure.until)


def _start(case: Case, words: str = "") -> Entry:
    failure = case.memory.failure
    if not words:
        words = "not running here" + (f"; last: {failure.words}" if failure is not None else "")
    fill, course = case.fill, case.rule.course
    back = fill.aim is course.target and course.rollout and course.rollout.rollback_of
    want = WantStart(
        fill.aim.definition.arn,
        fill.overrides,
        words,
        rollback_of=back.tag if back else "",
        failed_at=0.0 if failure is None else failure.at,
        probe=case.memory.probe_at is not None,
    )
    return Entry(Verdict(Code.START, words), DESIRED, start=want)


QUESTIONS: tuple[Callable[[Case], Entry | None], ...] = (
    _state_of_instance,
    _expected,
    _held,
    _stopping,
    _host_leaving,
    _write_limit,
    _gated,
    _to_take_over,
    _blocked,
    _unfit,
    _backing_off,
)
