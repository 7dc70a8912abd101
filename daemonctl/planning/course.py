"""A rollout as the hosts see it: which revision a gap gets here, and whether an update may begin.

Compiled once when the rollout changes; then every host is looked at again.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from daemonctl.model.cluster import Attributes, Resources, TaskDefinition
from daemonctl.model.ids import ContainerInstanceArn, TaskDefinitionArn
from daemonctl.model.rollout import Phase, Revision, Rollout


class Aim(Struct, eq=False):
    """A revision that can be started. Its caches depend on nothing but their keys."""

    revision: Revision
    definition: TaskDefinition
    misfits: dict[Attributes, str] = field(default_factory=dict)
    rendered: dict[ContainerInstanceArn, tuple[tuple[object, ...], str]] = field(
        default_factory=dict
    )

    @property
    def needs(self) -> Resources:
        """What it takes of an instance."""
        return self.definition.needs


class Course(Struct, frozen=True, eq=False):
    """Where one daemon is going."""

    rollout: Rollout | None
    target: Aim | None  # None: its definition is not to be had
    good: Aim | None  # the last good revision where it can be started, else the target
    canaries: frozenset[ContainerInstanceArn] = frozenset()
    failed: frozenset[ContainerInstanceArn] = frozenset()

    @property
    def began(self) -> float:
        """When the rollout began, epoch seconds."""
        return 0.0 if self.rollout is None else self.rollout.began

    @property
    def restarted_at(self) -> float | None:
        """Tasks created before are to be replaced."""
        return None if self.rollout is None else self.rollout.restarted_at

    @property
    def moves(self) -> bool:
        """What is outdated will be updated, sooner or later."""
        return self.rollout is None or self.rollout.phase not in (Phase.HALTED, Phase.UNCLEAR)

    @property
    def watched(self) -> bool:
        """Whether it is still open what the target is worth."""
        held = self.rollout
        return held is not None and (held.under_way or held.phase is Phase.UNCLEAR)

    @property
    def untried(self) -> bool:
        """Whether nothing is known yet that works everywhere."""
        return self.rollout is not None and self.rollout.last_good is None and self.watched

    def fill(self, arn: ContainerInstanceArn) -> Aim | None:
        """What a gap on this instance is repaired with."""
        held = self.rollout
        if held is None or held.phase in (Phase.STEADY, Phase.ROLLING, Phase.BAKING):
            return self.target
        if held.phase is Phase.CANARY and arn in self.canaries:
            return self.target
        return self.good

    def updates(self, arn: ContainerInstanceArn) -> bool:
        """Whether its turn has come: an outdated task here may be replaced."""
        held = self.rollout
        if held is None or held.pause is not None or not self.moves:
            return False
        return held.phase is not Phase.CANARY or arn in self.canaries


def chart(
    rollout: Rollout | None,
    wanted: Revision | None,
    known: dict[TaskDefinitionArn, TaskDefinition],
    before: Iterable[Aim],
) -> Course:
    """The course of a rollout; without one, straight to what is wanted.

    ``before`` are aims whose caches may serve on. A last good revision that ECS would not start
    any more (INACTIVE) is none.
    """
    held = {aim.revision: aim for aim in before}

    def aim(revision: Revision | None) -> Aim | None:
        definition = None if revision is None else known.get(revision.definition)
        if revision is None or definition is None:
            return None
        found = held.get(revision)
        return (
            found
            if found is not None and found.definition is definition
            else Aim(revision, definition)
        )

    if rollout is None:
        target = aim(wanted)
        return Course(None, target, target)
    target, good = aim(rollout.target), aim(rollout.last_good)
    startable = good is not None and good.definition.active
    steady = rollout.phase is Phase.STEADY  # then they are told of and bear on nothing
    return Course(
        rollout,
        target,
        good if startable else target,
        frozenset(rollout.canaries),
        frozenset() if steady else frozenset(one.instance for one in rollout.failed),
    )
