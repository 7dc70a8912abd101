"""Whatever is planned and whatever is known, what check lets through breaks no invariant."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from daemonctl.check import check
from daemonctl.model.ids import ContainerInstanceArn, DaemonName, Owner, TaskArn, daemon_of
from daemonctl.model.lease import RepairOnly
from daemonctl.model.memory import Freeze
from daemonctl.model.plan import Action, MarkOnce, SetGate, StartTask, StopKind, StopTask, only_on
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
from tests.unit.check.given import NOW as NOW_OF_ROWS
from tests.unit.check.rows import Row, rows


@st.composite
def starts(draw: DrawFn, scene: Scene) -> StartTask:
    """A start that may well be wrong; the tidy ones go where nothing of the daemon is live."""
    name = draw(st.sampled_from([*_names(scene), *_names(scene), GONE]))
    places = [*scene.observed.hosts, instance_arn(99)]
    tidy = draw(st.booleans())
    if tidy:
        places = _vacant(scene, name) or places
    most = draw(st.sampled_from((1, 4, 12)))
    return StartTask(
        daemon=name,
        owner=OWNER if tidy else draw(mostly(OWNER, Owner("staging"))),
        definition=definition_arn(name, 2 if tidy else draw(mostly(2, 1))),
        instances=tuple(draw(st.lists(st.sampled_from(places), unique=tidy, max_size=most))),
        overrides="",
    )


def _vacant(scene: Scene, name: DaemonName) -> list[ContainerInstanceArn]:
    return [
        place
        for place, host in scene.observed.hosts.items()
        if host.instance.connected
        and host.instance.status == "ACTIVE"
        and not any(task.live and daemon_of(task.group) == name for task in host.tasks)
    ]


@st.composite
def stops(draw: DrawFn, scene: Scene) -> StopTask:
    """A stop that may well be wrong, of a task in sight if there is one."""
    tasks = [task for host in scene.observed.hosts.values() for task in host.tasks]
    name, place, arn = draw(st.sampled_from(_names(scene))), instance_arn(1), TaskArn("none")
    # Live ones twice as often: of the others there is nothing to stop.
    tasks += [task for task in tasks if task.live]
    if tasks:
        task = draw(st.sampled_from(tasks))
        name = draw(mostly(daemon_of(task.group) or name, name))
        place, arn = draw(mostly(task.instance, place)), task.arn
    kind, code = draw(
        st.sampled_from(
            (
                (StopKind.REPAIR, "DUPLICATE"),
                (StopKind.VOLUNTARY, "MISPLACED"),
                (StopKind.VOLUNTARY, "OUTDATED"),
                (StopKind.VOLUNTARY, "UNREADY"),
                (StopKind.VOLUNTARY, "DRAINING"),
                (StopKind.VOLUNTARY, "UNUSED"),
                (StopKind.VOLUNTARY, "RESTART"),
                (StopKind.VOLUNTARY, "COVERAGE"),
                (StopKind.VOLUNTARY, "ORPHAN"),
            )
        )
    )
    return StopTask(name, place, arn, kind, code, "drawn")


@st.composite
def gates(draw: DrawFn, scene: Scene) -> SetGate:
    """A gate that may well be set wrongly."""
    places = [*scene.observed.hosts, *scene.observed.hosts, instance_arn(99)]
    return SetGate(
        draw(mostly("daemonctl.ready", "other")),
        draw(st.booleans()),
        tuple(draw(st.lists(st.sampled_from(places), max_size=4))),
        "drawn",
    )


@st.composite
def marks(draw: DrawFn, scene: Scene) -> MarkOnce:
    """A mark that may well be of what has not run."""
    places = [*scene.observed.hosts, *scene.observed.hosts, instance_arn(99)]
    once = [d.spec.name for d in scene.desired.daemons if d.spec.once] or _names(scene)
    name = draw(mostly(*once[:1], *_names(scene)))
    values = st.sampled_from((f"{name}:2", f"{name}:2", f"{name}:1"))
    chosen = draw(st.lists(st.sampled_from(places), max_size=3))
    return MarkOnce(name, tuple((place, draw(values)) for place in chosen), "drawn")


def _names(scene: Scene) -> list[DaemonName]:
    return [daemon.spec.name for daemon in scene.desired.daemons]


@st.composite
def plans(draw: DrawFn) -> tuple[Scene, tuple[Action, ...]]:
    calm = draw(st.booleans())
    scene = draw(scenes(1, calm=calm))
    actions = st.one_of(starts(scene), stops(scene), stops(scene), gates(scene), marks(scene))
    if not draw(mostly(True, False)):
        scene.memory.freeze = Freeze("ann", scene.now - 1)
    if not draw(mostly(True, False)):
        since = draw(mostly(0.0, scene.now - 60.0))
        scene.memory.repair = RepairOnly(since, "the lock store is down")
    return scene, tuple(draw(st.lists(actions, min_size=1, max_size=6)))


def _parts(actions: Sequence[Action]) -> list[tuple[Action, ContainerInstanceArn | None]]:
    """Each action once for every instance, so that parts of a StartTask compare."""
    found: list[tuple[Action, ContainerInstanceArn | None]] = []
    for action in actions:
        if not isinstance(action, StopTask):
            bare = only_on(action, ())
            found += [(bare, place) for place in action.instances or (None,)]
        else:
            found.append((action, None))
    return found


@given(plans())
@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
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
    if told is None or isinstance(told, StopTask) or isinstance(dropped, StopTask):
        return told == dropped
    named = place is None or place in told.instances
    return named and only_on(told, ()) == dropped


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.invariant}: {row.words}")
def test_the_oracle_sees_every_breach_that_check_sees(row: Row) -> None:
    # Proof that the test above can fail: without the invariant these plans pass as they are.
    broken = row.case
    scene = Scene(broken.desired, broken.observed, broken.memory, NOW_OF_ROWS)
    assert breaches(broken.actions, scene) != []
    assert breaches(broken.check().allowed, scene) == []
