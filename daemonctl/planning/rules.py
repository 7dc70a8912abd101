"""The daemons of a cluster made ready for planning: sorted by dependency, expressions parsed."""

from __future__ import annotations

from math import inf

from msgspec import Struct, structs

from daemonctl.model.cluster import Health, Task, TaskDefinition
from daemonctl.model.desired import Desired, DesiredDaemon
from daemonctl.model.ids import (
    DaemonName,
    TaskDefinitionArn,
    family_of,
    group_of,
    started_by,
)
from daemonctl.model.rollout import Revision, Rollout
from daemonctl.model.spec import DaemonSpec, DependsOn, Restart
from daemonctl.planning.course import Course, chart
from daemonctl.planning.ordering import depths
from daemonctl.planning.query import Expression, parse, subjects_of

_MOVING = ("runningTasksCount", "task:group", "agentConnected")
"""Subjects that change with what runs: they gate starts and never displace."""


class Rule(Struct, eq=False):
    """One daemon, and the course that it is on (see ``steer``)."""

    index: int
    name: DaemonName
    spec: DaemonSpec
    wanted: Revision | None  # by the config; None where its definition is not to be had
    known: dict[TaskDefinitionArn, TaskDefinition]
    course: Course
    fault: str
    group: str
    family: str
    dependencies: tuple[tuple[int, DependsOn], ...]  # by index
    dependents: tuple[int, ...]  # those that depend on it directly, by index
    displacing: tuple[Expression, ...]
    gating: tuple[Expression, ...]
    removed: bool  # out of the config: nothing of it should run
    by_attributes: bool  # the displacing ones ask for nothing but attributes
    restart: Restart  # how series of failures go

    def steer(self, rollout: Rollout | None) -> bool:
        """Takes the course of this rollout; tells whether that changes anything."""
        if rollout == self.course.rollout:
            return False
        held = (self.course.target, self.course.good)
        aims = [aim for aim in held if aim is not None]
        self.course = chart(rollout, self.wanted, self.known, aims)
        return True

    def checked(self, task: Task) -> bool:
        """Whether a task of the daemon has a health check: asked of its own revision.

        One that was not looked up yet is taken to be like those that were.
        """
        known = self.known.get(task.definition)
        if known is not None:
            return known.has_health_check
        others = any(one.has_health_check for one in self.known.values())
        return others or task.health is not Health.UNKNOWN


class Rules(Struct, eq=False):
    """All daemons of a cluster, dependencies first."""

    desired: Desired
    mark: str  # startedBy of our tasks
    daemons: tuple[Rule, ...]
    by_name: dict[DaemonName, Rule]
    groups: tuple[str, ...]
    families: tuple[str, ...]
    adopting: dict[str, str]  # family of a daemon with `adopt`: the daemon's group


def compile_rules(desired: Desired) -> Rules:
    """The rules for a desired state.

    Raises:
        ValueError: An expression does not parse, or dependencies form a cycle: the config edge
            refuses both before they come here.
    """
    wanted = {d.spec.name: d for d in (*desired.daemons, *map(_unwanted, desired.removed))}
    depth = depths({name: [e.daemon for e in d.spec.depends_on] for name, d in wanted.items()})
    order = sorted(wanted, key=lambda name: (depth[name], name))
    index = {name: i for i, name in enumerate(order)}
    dependents = {
        name: tuple(i for i, other in enumerate(order) if _needs(wanted[other].spec, name))
        for name in order
    }
    gone = tuple(spec.name for spec in desired.removed)
    rules = tuple(
        _rule(wanted[name], index, dependents[name], removed=name in gone) for name in order
    )
    return Rules(
        desired=desired,
        mark=started_by(desired.owner),
        daemons=rules,
        by_name={rule.name: rule for rule in rules},
        groups=tuple(rule.group for rule in rules),
        families=tuple(dict.fromkeys(rule.family for rule in rules)),
        # Of two of one family the one that is in the config has the last word.
        adopting={
            rule.family: rule.group
            for rule in sorted(rules, key=lambda rule: not rule.removed)
            if rule.spec.adopt
        },
    )


def _needs(spec: DaemonSpec, name: DaemonName) -> bool:
    return any(need.daemon == name for need in spec.depends_on)


def _unwanted(spec: DaemonSpec) -> DesiredDaemon:
    return DesiredDaemon(spec, None, "it was taken out of the config")


def _rule(
    daemon: DesiredDaemon,
    index: dict[DaemonName, int],
    dependents: tuple[int, ...],
    *,
    removed: bool,
) -> Rule:
    spec, found = daemon.spec, daemon.definition
    known = {one.arn: one for one in (*daemon.known, *((found,) if found else ()))}
    parsed = [parse(text) for text in spec.constraints]
    gating = [e for e in parsed if any(s in _MOVING for s in subjects_of(e))]
    displacing = [e for e in parsed if e not in gating]
    subjects = [s for e in displacing for s in subjects_of(e)]
    return Rule(
        index=index[spec.name],
        name=spec.name,
        spec=spec,
        wanted=daemon.wanted,
        known=known,
        course=chart(None, daemon.wanted, known, ()),
        fault=daemon.fault,
        group=group_of(spec.name),
        family=family_of(found.arn if found else TaskDefinitionArn(spec.task_definition)),
        # What a removed daemon depended on may be long gone.
        dependencies=tuple(
            (index[d.daemon], d.condition) for d in spec.depends_on if d.daemon in index
        ),
        dependents=dependents,
        displacing=tuple(displacing),
        gating=tuple(gating),
        removed=removed,
        by_attributes=all(s.startswith("attribute:") for s in subjects),
        # A run that fails is a failure however long it took: no run was stable.
        restart=structs.replace(spec.restart, reset_after_seconds=inf)
        if spec.once
        else spec.restart,
    )
