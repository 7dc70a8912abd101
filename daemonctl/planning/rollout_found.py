"""The rollout of a daemon that nothing is remembered of, read from the tasks that run.

The last good revision is the one that is everywhere. Where the wanted one and another are mixed,
the update goes on, unless the wanted one is seen to fail: then a person decides. Tasks of a
rollback carry the tag of what they were to get away from.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field, structs

from daemonctl.model.cluster import Task
from daemonctl.model.ids import ContainerInstanceArn, TaskDefinitionArn
from daemonctl.model.observed import Host
from daemonctl.model.rollout import HistoryEntry, Outcome, Phase, Revision, Rollout
from daemonctl.model.spec import Strategy
from daemonctl.planning.backoff import crashed
from daemonctl.planning.eligibility import Should
from daemonctl.planning.overrides import MissingValueError, render
from daemonctl.planning.readiness import Ready
from daemonctl.planning.rules import Rule, Rules
from daemonctl.planning.scene import Scene
from daemonctl.planning.slots import sort_tasks

_FOUND = "found running"


class _Census(Struct):
    """Which revisions the live tasks of a daemon are of."""

    wanted: list[tuple[str, ContainerInstanceArn]] = field(default_factory=list)  # by zone
    others: dict[tuple[TaskDefinitionArn, bool], list[Revision | None]] = field(
        default_factory=dict
    )
    ready: bool = False  # one of the others is
    trouble: bool = False  # the wanted one failed somewhere
    backed: Revision | None = None  # of the tasks that were started to get away from it


def found(
    rules: Rules,
    rule: Rule,
    wanted: Revision,
    hosts: Mapping[ContainerInstanceArn, Host],
    now: float,
) -> Rollout:
    """Where the daemon seems to be."""
    census = _Census()
    for host in hosts.values():
        _count(census, Scene(rules, host, now), rule, wanted)
    if census.backed is not None:
        return _rolled_back(wanted, census.backed, now)
    rollout = Rollout(wanted, wanted, began=now, history=_first(wanted, now, Outcome.RUNNING))
    if not census.others:
        return structs.replace(rollout, phase=Phase.ROLLING)
    good = _good(census)
    if not census.wanted and good is not None and census.ready:
        steady = Rollout(good, good, good, history=_first(good, now, Outcome.COMPLETE))
        return structs.replace(steady, began=now)
    mixed = structs.replace(rollout, last_good=good)
    if len(census.others) > 1 or (census.trouble and census.wanted):
        return structs.replace(mixed, phase=Phase.UNCLEAR)
    return structs.replace(
        mixed, phase=_phase(rule, census, good), canaries=_canaries(rule, census)
    )


def _first(revision: Revision, now: float, outcome: Outcome) -> tuple[HistoryEntry, ...]:
    return (HistoryEntry(1, revision, now, _FOUND, outcome),)


def _rolled_back(wanted: Revision, target: Revision, now: float) -> Rollout:
    history = (
        *_first(wanted, now, Outcome.ROLLED_BACK),
        HistoryEntry(2, target, now, "rollback of 1"),
    )
    return Rollout(
        wanted, target, target, Phase.ROLLING, began=now, rollback_of=wanted, history=history
    )


def _good(census: _Census) -> Revision | None:
    """The one other revision, None where there are several or its overrides are not known."""
    if len(census.others) != 1:
        return None
    (seen,) = census.others.values()
    return seen[0] if len({*seen}) == 1 else None


def _phase(rule: Rule, census: _Census, good: Revision | None) -> Phase:
    canaries = rule.spec.canary.instances
    early = 0 < len(census.wanted) <= canaries and rule.spec.strategy is Strategy.ROLLING
    return Phase.CANARY if early and good is not None else Phase.ROLLING


def _canaries(rule: Rule, census: _Census) -> tuple[ContainerInstanceArn, ...]:
    """Instances that have the target already were the canaries, if it is that early."""
    if len(census.wanted) > rule.spec.canary.instances:
        return ()
    return tuple(arn for _, arn in sorted(census.wanted))


def _count(census: _Census, scene: Scene, rule: Rule, wanted: Revision) -> None:
    if scene.should not in (Should.RUN, Should.KEEP):
        return
    instance = scene.host.instance
    for task in sort_tasks(scene.rules, scene.host).own.get(rule.group, ()):
        is_wanted = scene.updated(rule, task)
        if is_wanted and task.stopped and crashed(task):
            census.trouble = True
        if not task.live:
            continue
        if is_wanted:
            census.wanted.append((instance.zone, instance.arn))
            census.trouble |= scene.state(rule, task).value is Ready.NOT_READY
            continue
        revision = _revision(scene, task, wanted)
        seen = census.others.setdefault((task.definition, revision is None), [])
        seen.append(revision)
        census.ready |= scene.state(rule, task).value is Ready.READY
        if task.rollback_of == wanted.tag and revision is not None:
            census.backed = revision


def _revision(scene: Scene, task: Task, wanted: Revision) -> Revision | None:
    """Of which revision a task is: its overrides are those of the config, or none, or unknown."""
    cluster = scene.rules.desired.cluster_name
    try:
        rendered = render(wanted.overrides, scene.host.instance, cluster)
    except MissingValueError:
        rendered = None
    if task.overrides == rendered:
        return Revision(task.definition, wanted.overrides)
    return None if task.overrides else Revision(task.definition)
