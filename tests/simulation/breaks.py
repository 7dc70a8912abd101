"""Deliberate breaks of the controller, one an invariant: the oracle must find each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from msgspec.structs import replace as changed

from daemonctl.adapters.ecs import buckets
from daemonctl.check.result import Checked
from daemonctl.model.ids import family_of
from daemonctl.model.memory import Kind, SlotMemory
from daemonctl.model.plan import Action, StopKind
from daemonctl.model.reason import Code
from daemonctl.model.spec import Restart, Share
from daemonctl.planning import (
    allot,
    assess,
    board,
    drain,
    eligibility,
    missing,
    outcomes,
    present,
    scene,
    slots,
    voluntary,
)
from daemonctl.planning.assessment import WantStop
from daemonctl.planning.eligibility import Should
from daemonctl.planning.slots import Sorted
from daemonctl.runtime import reconcile, resync
from daemonctl.runtime.facts import TaskSeen
from daemonctl.runtime.view import View
from tests.simulation.scenario import Scenario

Patch = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Break:
    """A broken controller, what the oracle says of it, and which seeds let it show."""

    invariant: str
    patch: Patch
    suits: Callable[[Scenario], bool] = lambda _: True
    tune: Callable[[Scenario], Scenario] = lambda scenario: scenario


def no_check(patch: pytest.MonkeyPatch) -> None:
    def check(actions: Sequence[Action], *_: object) -> Checked:
        return Checked(tuple(actions), ())

    patch.setattr(reconcile, "check", check)


def _unasked(patch: pytest.MonkeyPatch, *names: str) -> None:
    """The planner leaves out questions before a start; the check is off."""
    no_check(patch)
    left = tuple(one for one in missing.QUESTIONS if one.__name__ not in names)
    assert len(left) == len(missing.QUESTIONS) - len(names)
    patch.setattr(missing, "QUESTIONS", left)


def _forgets_started(patch: pytest.MonkeyPatch) -> None:
    """The view learns nothing of tasks that it does not hold yet."""
    apply = View.apply

    def forgetful(self: View, fact: Any) -> Any:
        if isinstance(fact, TaskSeen) and fact.task.last_status == "PENDING":
            return ()
        return apply(self, fact)

    patch.setattr(View, "apply", forgetful)


def _keeps_duplicates(patch: pytest.MonkeyPatch) -> None:
    real = present._duplicates

    def lazy(*args: Any) -> Any:
        entry, memory = real(*args)
        return changed(entry, stop=None), memory

    patch.setattr(present, "_duplicates", lazy)


def _adopts(patch: pytest.MonkeyPatch) -> None:
    """Whatever runs a daemon's family is taken for ours."""
    no_check(patch)
    real = slots.sort_tasks

    def greedy(rules: Any, host: Any) -> Sorted:
        found = real(rules, host)
        for task in found.foreign:
            for rule in rules.daemons:
                if rule.family == family_of(task.definition):
                    found.own.setdefault(rule.group, []).append(task)
        return found

    patch.setattr(assess, "sort_tasks", greedy)


def _impatient(patch: pytest.MonkeyPatch) -> None:
    no_check(patch)
    patch.setattr(voluntary, "_first_look", lambda _: 0.0)


def _all_at_once(patch: pytest.MonkeyPatch) -> None:
    """Every misplaced task goes in one plan."""
    no_check(patch)
    patch.setattr(voluntary, "_ROOM", dict.fromkeys(voluntary._ROOM, lambda *_: 1000))


def _stops_the_only_one(patch: pytest.MonkeyPatch) -> None:
    no_check(patch)
    real = present._single

    def wild(scene: Any, task: Any, state: Any, *, updated: bool) -> Any:
        entry = real(scene, task, state, updated=updated)
        stop = WantStop(task.arn, StopKind.REPAIR, Code.DUPLICATE, "none")
        return changed(entry, stop=stop)

    patch.setattr(present, "_single", wild)


def _displaces_at_will(patch: pytest.MonkeyPatch) -> None:
    no_check(patch)
    real = eligibility.mismatch

    def mismatch(rule: Any, aim: Any, host: Any) -> str:
        if host.instance.zone == "us-east-1b" and any(task.live for task in host.tasks):
            return "placement constraint of mine"
        return real(rule, aim, host)

    patch.setattr(scene, "mismatch", mismatch)


def _trusts_any_view(patch: pytest.MonkeyPatch) -> None:
    no_check(patch)
    patch.setattr(allot, "_trusted", lambda _: True)


def _reads_half(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(resync, "families", lambda *_: ())


def _spends_at_will(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(buckets._Bucket, "spend", lambda *_: True)


def _leaves_a_zone(patch: pytest.MonkeyPatch) -> None:
    real = eligibility.should
    patch.setattr(
        scene,
        "should",
        lambda instance: Should.LEAVE if instance.zone.endswith("b") else real(instance),
    )


def _starts_anywhere(patch: pytest.MonkeyPatch) -> None:
    no_check(patch)
    patch.setattr(scene, "should", lambda _: Should.RUN)
    patch.setattr(drain, "begin", lambda *_: None)


def _leaves_first(patch: pytest.MonkeyPatch) -> None:
    """Daemons leave a host that drains before what needs them."""
    no_check(patch)
    patch.setattr(drain.Leaving, "_wait", lambda *_: ("", None))


def _stays_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(drain.Leaving, "_wait", lambda *_: ("never", None))


def _expects_nothing(patch: pytest.MonkeyPatch) -> None:
    no_check(patch)

    def sent(memory: SlotMemory, kind: Kind, now: float) -> SlotMemory:
        return changed(memory, writes=(*memory.writes, now))

    patch.setattr(board, "sent", sent)


def _trusts_silence(patch: pytest.MonkeyPatch) -> None:
    """A call without an answer is taken for one that failed."""
    no_check(patch)
    patch.setattr(outcomes, "unanswered", outcomes.accepted)


def _raises(patch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("on purpose")

    patch.setattr(board.braking, "brake", fail)


def _but(**changes: Any) -> Callable[[Scenario], Scenario]:
    return lambda scenario: replace(scenario, **changes)


def _flips(scenario: Scenario) -> Scenario:
    """A large cluster whose instances change their role, and daemons that mind it."""
    role, one = ("attribute:role == web",), Share(1)
    daemons = (changed(d, constraints=role, max_unavailable=one) for d in scenario.daemons)
    return replace(
        scenario, daemons=tuple(daemons), instances=12, crashes=0, second_leader=False,
        chaos_seconds=240.0, happenings=12, only=("attribute_changed",), interval=30.0,
    )  # fmt: skip


def _drains(scenario: Scenario) -> Scenario:
    """Instances that drain, which ECS does not mind, and containers that die there."""
    return replace(
        scenario, faults=(), instances=6, blackout=0.0, chaos_seconds=240.0, happenings=40,
        interval=30.0, api_budget=1.0, only=("host_drained", "container_killed"),
        switches=replace(scenario.switches, draining_accepts_start_task=True),
    )  # fmt: skip


def _moves(scenario: Scenario) -> Scenario:
    """Instances with services that drain."""
    return replace(
        scenario, faults=(), instances=6, services=2, blackout=0.0, happenings=12, interval=30.0,
        only=("host_drained",),
    )  # fmt: skip


def _crashes(scenario: Scenario) -> Scenario:
    """Containers that crash for good, and a long time to watch their retries."""
    daemons = (changed(d, restart=Restart(1.0, 40.0, 600.0)) for d in scenario.daemons)
    return replace(
        scenario, daemons=tuple(daemons), faults=(), crashes=0, happenings=12, interval=120.0,
        polling=False, only=("crash_loop",),
    )  # fmt: skip


BREAKS: dict[str, Break] = {
    "forgets started tasks": Break("1 double start", _forgets_started),
    "keeps duplicates": Break("1 duplicates", _keeps_duplicates, lambda s: s.second_leader),
    "stops foreign tasks": Break(
        "2 foreign stop", _adopts, lambda s: not any(daemon.adopt for daemon in s.daemons)
    ),
    "stops the only one": Break("3 repair", _stops_the_only_one),
    "stops before a first look": Break("3 first look", _impatient, tune=_flips),
    "displaces at will": Break(
        "3 misplaced", _displaces_at_will, lambda s: s.instances > 5, _but(crashes=0, interval=30.0)
    ),
    "stops all misplaced at once": Break("3 budget", _all_at_once, tune=_flips),
    "ignores dependsOn": Break("4 dependency", lambda patch: _unasked(patch, "_blocked")),
    "trusts any view": Break("5 stale view", _trusts_any_view, lambda s: s.blackout > 0),
    "reads half": Break("5 partial view", _reads_half),
    "spends at will": Break(
        "6 api budget", _spends_at_will, lambda s: s.api_budget < 1, _but(api_budget=0.05)
    ),
    "leaves a zone empty": Break("7 converge", _leaves_a_zone),
    "retries without end": Break(
        "7 idle",
        lambda patch: _unasked(patch, "_backing_off"),
        lambda s: s.instances > 3,
        _crashes,
    ),
    "expects nothing": Break("9 in flight", _expects_nothing),
    "trusts silence": Break("9 expectation", _trusts_silence),
    "writes at will": Break(
        "10 write rate",
        lambda patch: _unasked(patch, "_backing_off", "_write_limit"),
        tune=_crashes,
    ),
    "starts on draining hosts": Break("start on wrong host", _starts_anywhere, tune=_drains),
    "leaves draining hosts first": Break("drain", _leaves_first, tune=_moves),
    "stays on draining hosts": Break("7 converge", _stays_for_ever, tune=_moves),
    "has a bug": Break("bug", _raises),
}  # fmt: skip
