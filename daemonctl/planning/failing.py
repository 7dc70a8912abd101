"""Where a rollout's target failed: the instance had a ready task of another revision before.

An instance that was broken before the rollout came says nothing about the revision.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.reason import Code
from daemonctl.model.rollout import FailedInstance
from daemonctl.planning.assessment import AVAILABLE, DESIRED, LOST, Entry
from daemonctl.planning.backoff import crashed, evidence
from daemonctl.planning.eligibility import Should
from daemonctl.planning.losses import born, our_code
from daemonctl.planning.rules import Rule
from daemonctl.planning.scene import Scene

TRIES = 3
"""So many failed tasks in a row say that it does not become ready."""

STABLE_SECONDS = 10.0
"""A task that ends sooner was not ready, whatever minReadySeconds says."""

SLACK_SECONDS = 90.0
"""By so much what is known of a task may trail the truth where there is no events queue."""

_BLAMED = (Code.BACKOFF, Code.NO_FIT, Code.UNHEALTHY, Code.START_TIMEOUT, Code.SETTLING)
"""Verdicts that are the revision's doing where they last too long."""


def failing(
    scene: Scene, rule: Rule, own: Sequence[Task], entry: Entry
) -> tuple[FailedInstance | None, float | None]:
    """How the target failed here, or when time alone will tell that it did (epoch seconds)."""
    replaced = _replaced(scene, rule, own, entry) if _judged(scene, rule, entry) else None
    if replaced is None:
        return None, None
    tries = [t for t in own if born(t) >= born(replaced) and scene.updated(rule, t)]
    found = _by_crashes(scene, rule, tries)
    if found is not None or entry.flags & AVAILABLE or entry.verdict.code not in _BLAMED:
        return found, None
    last = max(tries, key=born, default=replaced)
    until = _patience(scene, rule, replaced, last)
    if entry.stop is not None or scene.now >= until:
        return _failed(scene, last, f"did not become ready: {entry.verdict.words}"), None
    return None, until


def _judged(scene: Scene, rule: Rule, entry: Entry) -> bool:
    """A rollout is under way, and what this instance says of it is not known yet."""
    rollout = rule.course.rollout
    if rollout is None or not rollout.under_way:
        return False
    if scene.host.instance.arn in rule.course.failed:
        return False
    return scene.should is Should.RUN and bool(entry.flags & DESIRED)


def _by_crashes(scene: Scene, rule: Rule, tries: Sequence[Task]) -> FailedInstance | None:
    crashes = [task for task in tries if task.stopped and crashed(task)]
    fell = next((task for task in crashes if _ran(rule, task, STABLE_SECONDS)), None)
    if fell is not None:
        words = f"became ready and fell back: {evidence(fell)}"
        return structs.replace(_failed(scene, fell, words), fell_back=True)
    if len(crashes) < TRIES:
        return None
    last = max(crashes, key=born)
    words = f"did not become ready in {len(crashes)} tries: {evidence(last)}"
    return _failed(scene, last, words)


def _replaced(scene: Scene, rule: Rule, own: Sequence[Task], entry: Entry) -> Task | None:
    """The last task of another revision that worked here, where its place is still open.

    It ended in this rollout, or it was stopped for an earlier one and nothing has lasted since.
    """
    before = [task for task in own if not task.live and not scene.updated(rule, task)]
    worked = [
        task
        for task in before
        if _ran(rule, task, 0.0) and not crashed(task) and our_code(task) != Code.UNREADY
    ]
    last = max(worked, key=born, default=None)
    if last is None or last.stopped_at is None:
        return None
    return last if last.stopped_at >= rule.course.began or entry.flags & LOST else None


def _ran(rule: Rule, task: Task, least: float) -> bool:
    """Whether it had been ready before it ended, and had run for so long."""
    if task.started_at is None or task.stopped_at is None:
        return False
    return task.stopped_at - task.started_at >= max(rule.spec.min_ready_seconds, least)


def _patience(scene: Scene, rule: Rule, replaced: Task, last: Task) -> float:
    """Until when it may take: what is known may be old by a poll, health by two."""
    ended = max(rule.course.began, replaced.stopped_at or 0.0)
    desired, target = scene.rules.desired, rule.course.target
    checked = target is not None and target.definition.has_health_check
    polls = 2 * desired.health_poll_seconds if checked else 0.0
    slack = min(desired.first_look_seconds, SLACK_SECONDS)
    takes = rule.spec.start_timeout_seconds + rule.spec.min_ready_seconds
    return max(ended, born(last)) + takes + polls + slack


def _failed(scene: Scene, task: Task, words: str) -> FailedInstance:
    culprit = next((c for c in task.containers if c.exit_code or c.reason), None)
    return FailedInstance(
        instance=scene.host.instance.arn,
        at=scene.now,
        reason=words,
        container="" if culprit is None else culprit.name,
        exit_code=None if culprit is None else culprit.exit_code,
    )
