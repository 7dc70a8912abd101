from __future__ import annotations

from daemonctl.model.cluster import Health
from daemonctl.model.ids import Ec2InstanceId
from daemonctl.model.reason import Code
from daemonctl.planning.readiness import LOST, Ready
from daemonctl.planning.scene import FLAP_SECONDS, soonest
from tests.unit.planning.scenery import (
    NOW,
    attributes,
    daemon,
    definition,
    desired,
    host,
    spec,
    task,
)
from tests.unit.planning.scenery import scene as at_scene

CHECKED = desired(
    daemon(spec(min_ready_seconds=10, start_timeout_seconds=60), definition(has_health_check=True))
)


def test_the_soonest_of_some_times_is_the_first_that_is_told() -> None:
    assert soonest(3.0, None, 2.0) == 2.0
    assert soonest(None, None) is None
    assert soonest() is None


def test_a_state_is_read_by_the_daemons_own_conditions() -> None:
    scene = at_scene(CHECKED, host())
    rule = scene.rules.daemons[0]
    assert scene.state(rule, task(health=Health.UNKNOWN)).value is Ready.UNKNOWN
    assert scene.state(rule, task(health=Health.HEALTHY)).value is Ready.READY
    fresh = task(started_at=NOW, health=Health.HEALTHY)
    assert scene.state(rule, fresh).until == NOW + 10
    assert scene.state(rule, task(last="PENDING", age=61)).value is Ready.NOT_READY


def test_without_a_definition_no_health_check_is_asked() -> None:
    scene = at_scene(desired(), host())
    rule = scene.rules.daemons[0]
    rule.definition = None
    assert scene.state(rule, task()).value is Ready.READY


def test_an_agent_that_flaps_leaves_what_is_known_and_one_that_is_gone_does_not() -> None:
    flapping = at_scene(desired(), host(away=FLAP_SECONDS - 1))
    assert flapping.state(flapping.rules.daemons[0], task()).value is Ready.READY
    assert flapping.lost_at == NOW + 1
    gone = at_scene(desired(), host(away=FLAP_SECONDS))
    assert gone.state(gone.rules.daemons[0], task()) is LOST
    assert gone.lost_at is None
    assert at_scene(desired(), host()).lost_at is None


def test_a_daemon_belongs_where_nothing_speaks_against_it() -> None:
    scene = at_scene(desired(), host())
    assert scene.belongs(scene.rules.daemons[0]) == ("", None)


def test_a_daemon_belongs_with_its_overrides_filled_in() -> None:
    scene = at_scene(desired(spec(overrides='{"taskRoleArn":"{{cluster}}"}')), host())
    assert scene.belongs(scene.rules.daemons[0]) == ('{"taskRoleArn":"web-cluster"}', None)


def why(scene_spec: object, **changes: object) -> tuple[Code, str]:
    wanted = desired(scene_spec)  # type: ignore[arg-type]  # a daemon or a spec
    scene = at_scene(wanted, host(**changes))  # type: ignore[arg-type]  # fields of the instance
    found = scene.belongs(scene.rules.daemons[0])[1]
    assert found is not None
    return found.code, found.words


def test_an_external_instance_takes_nothing() -> None:
    assert why(spec(), ec2_id=Ec2InstanceId("mi-1"))[0] is Code.INELIGIBLE


def test_a_placement_constraint_that_does_not_match_is_told_as_such() -> None:
    assert why(spec(constraints=("attribute:tier == web",)), attributes=attributes(tier="db")) == (
        Code.CONSTRAINT,
        "placement constraint does not match: attribute:tier == web",
    )


def test_an_instance_that_lacks_what_the_task_needs_is_ineligible() -> None:
    assert why(daemon(spec(), definition(requires=("cap",))))[0] is Code.INELIGIBLE


def test_an_instance_that_lacks_what_the_overrides_ask_for_is_ineligible() -> None:
    assert why(spec(overrides='["{{privateIp}}"]')) == (
        Code.INELIGIBLE,
        "the instance has no privateIp, which the overrides ask for",
    )
