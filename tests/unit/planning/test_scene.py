from __future__ import annotations

from msgspec import structs

from daemonctl.model.cluster import Health
from daemonctl.model.desired import DesiredDaemon
from daemonctl.model.ids import Ec2InstanceId
from daemonctl.model.reason import Code
from daemonctl.model.rollout import Revision, Rollout
from daemonctl.planning.readiness import LOST, Ready
from daemonctl.planning.scene import FLAP_SECONDS, soonest
from tests.unit.planning.scenery import (
    NOW,
    attributes,
    daemon,
    definition,
    definition_arn,
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


def test_of_an_unknown_revision_a_health_check_is_asked_where_ecs_tells_of_one() -> None:
    scene = at_scene(desired(), host())
    (rule,) = scene.rules.daemons
    old = definition_arn(revision=1)
    assert scene.state(rule, task(definition=old)).value is Ready.READY
    sick = task(definition=old, health=Health.UNHEALTHY)
    assert scene.state(rule, sick).value is Ready.NOT_READY


def test_of_an_unknown_revision_a_health_check_is_asked_where_the_known_ones_have_one() -> None:
    scene = at_scene(CHECKED, host())
    (rule,) = scene.rules.daemons
    assert rule.checked(task(definition=definition_arn(revision=1)))


def test_a_health_check_is_that_of_the_task_not_of_the_target() -> None:
    old = definition(arn=definition_arn(revision=1))
    wanted = structs.replace(daemon(spec(), definition(has_health_check=True)), known=(old,))
    scene = at_scene(desired(wanted), host())
    (rule,) = scene.rules.daemons
    assert scene.state(rule, task(definition=old.arn)).value is Ready.READY
    assert scene.state(rule, task()).value is not Ready.READY


def test_a_task_is_updated_by_definition_overrides_and_age() -> None:
    scene = at_scene(desired(), host())
    (rule,) = scene.rules.daemons
    assert scene.updated(rule, task())
    assert not scene.updated(rule, task(definition=definition_arn(revision=1)))
    assert not scene.updated(rule, task(overrides='{"cpu":1}'))
    now = Revision(definition_arn())
    assert rule.steer(Rollout(now, now, restarted_at=NOW - 100))
    assert not scene.updated(rule, task(age=101))
    assert scene.updated(rule, task(age=100))
    assert not scene.updated(rule, task(created_at=None, first_seen=NOW - 101))
    assert not scene.updated(rule, task(created_at=NOW - 101, first_seen=NOW))


def test_nothing_is_of_a_target_whose_overrides_cannot_be_filled_in() -> None:
    scene = at_scene(desired(spec(overrides='["{{privateIp}}"]')), host())
    assert not scene.updated(scene.rules.daemons[0], task())


def test_without_a_definition_every_revision_is_as_good() -> None:
    unknown = DesiredDaemon(spec(), None, "does not exist")
    scene = at_scene(desired(unknown), host())
    (rule,) = scene.rules.daemons
    assert scene.updated(rule, task(definition=definition_arn(revision=1)))
    assert scene.belongs(rule) == (None, None)


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
    fill, unwanted = scene.belongs(scene.rules.daemons[0])
    assert unwanted is None
    assert fill is not None
    assert (fill.aim.definition.arn, fill.overrides) == (definition_arn(), "")


def test_a_daemon_belongs_with_its_overrides_filled_in() -> None:
    scene = at_scene(desired(spec(overrides='{"taskRoleArn":"{{cluster}}"}')), host())
    fill, _ = scene.belongs(scene.rules.daemons[0])
    assert fill is not None
    assert fill.overrides == '{"taskRoleArn":"web-cluster"}'


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
