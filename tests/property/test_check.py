"""Whatever is planned and whatever is known, what check lets through breaks no invariant."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from msgspec import structs

from daemonctl.check import check
from daemonctl.check.invariants import INVARIANTS, judge
from daemonctl.check.scene import Scene as CheckScene
from daemonctl.model.ids import ContainerInstanceArn, DaemonName, Owner, TaskArn, daemon_of
from daemonctl.model.plan import Action, StartTask, StopKind, StopTask
from tests.property.check_oracle import breaches
from tests.property.strategies import (
    GONE,
    OWNER,
    Scene,
    definition_arn,
    instance_arn,
    mostly,
    scenes,
)

FOUND = settings(
    max_examples=5000,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@st.composite
def starts(draw: DrawFn, scene: Scene) -> StartTask:
    """A start that may well be wrong."""
    name = draw(mostly(draw(st.sampled_from(_names(scene))), GONE))
    places = [*scene.observed.hosts, *scene.observed.hosts, instance_arn(99)]
    most = draw(st.sampled_from((1, 4, 12)))
    return StartTask(
        daemon=name,
        owner=draw(mostly(OWNER, Owner("staging"))),
        definition=definition_arn(name, draw(mostly(2, 1))),
        instances=tuple(draw(st.lists(st.sampled_from(places), max_size=most))),
        overrides="",
    )


@st.composite
def stops(draw: DrawFn, scene: Scene) -> StopTask:
    """A stop that may well be wrong, of a task in sight if there is one."""
    tasks = [task for host in scene.observed.hosts.values() for task in host.tasks]
    name, place, arn = draw(st.sampled_from(_names(scene))), instance_arn(1), TaskArn("none")
    if tasks:
        task = draw(st.sampled_from(tasks))
        name = draw(mostly(daemon_of(task.group) or name, name))
        place, arn = draw(mostly(task.instance, place)), task.arn
    kind, code = draw(
        st.sampled_from(
            (
                (StopKind.REPAIR, "DUPLICATE"),
                (StopKind.VOLUNTARY, "MISPLACED"),
                (StopKind.VOLUNTARY, "UPDATE"),
            )
        )
    )
    return StopTask(name, place, arn, kind, code, "drawn")


def _names(scene: Scene) -> list[DaemonName]:
    return [daemon.spec.name for daemon in scene.desired.daemons]


@st.composite
def plans(draw: DrawFn) -> tuple[Scene, tuple[Action, ...]]:
    scene = draw(scenes())
    actions = st.one_of(starts(scene), stops(scene), stops(scene))
    return scene, tuple(draw(st.lists(actions, max_size=6)))


def _parts(actions: Sequence[Action]) -> list[tuple[Action, ContainerInstanceArn | None]]:
    """Each action once for every instance, so that parts of a StartTask compare."""
    found: list[tuple[Action, ContainerInstanceArn | None]] = []
    for action in actions:
        if isinstance(action, StartTask):
            bare = structs.replace(action, instances=())
            found += [(bare, place) for place in action.instances or (None,)]
        else:
            found.append((action, None))
    return found


@given(plans())
@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_allowed_breaks_nothing(plan: tuple[Scene, tuple[Action, ...]]) -> None:
    scene, actions = plan
    before = (repr(scene), repr(actions))
    found = check(actions, scene.desired, scene.observed, scene.memory, scene.now)
    assert breaches(found.allowed, scene) == []
    if not breaches(actions, scene):
        assert found.allowed == actions
    assert (found.violations == ()) is (found.allowed == actions)

    left = _parts(actions)
    for part in _parts(found.allowed):
        left.remove(part)  # allowed is a part of what was given
    told = [violation.action for violation in found.violations]
    for dropped, place in left:
        assert any(_covers(action, dropped, place) for action in told)
    assert (repr(scene), repr(actions)) == before

    again = check(found.allowed, scene.desired, scene.observed, scene.memory, scene.now)
    assert (again.allowed, again.violations) == (found.allowed, ())


def _covers(told: Action | None, dropped: Action, place: ContainerInstanceArn | None) -> bool:
    if isinstance(told, StartTask) and isinstance(dropped, StartTask):
        named = place is None or place in told.instances
        return named and structs.replace(told, instances=()) == dropped
    return told == dropped


@pytest.mark.parametrize("name", list(INVARIANTS))
def test_without_an_invariant_the_oracle_finds_a_breach(name: str) -> None:
    others = {key: asks for key, asks in INVARIANTS.items() if key != name}

    def slips(plan: tuple[Scene, tuple[Action, ...]]) -> bool:
        scene, actions = plan
        known = CheckScene(scene.desired, scene.observed, scene.memory, scene.now)
        return breaches(judge(others, actions, known).allowed, scene) != []

    find(plans(), slips, settings=FOUND)
