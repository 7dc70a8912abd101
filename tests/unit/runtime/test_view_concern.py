"""What concerns a view: whose tasks it holds, whose health it asks for, which events are old."""

from __future__ import annotations

from msgspec.structs import replace

from daemonctl.model.cluster import Health
from daemonctl.model.observed import Host
from daemonctl.runtime.concern import HEALTH_SECONDS, Concern
from daemonctl.runtime.facts import Fact, ListingEnded, TasksMissing
from daemonctl.runtime.view import View
from tests.unit.runtime.made import (
    MARK,
    NOW,
    definition_arn,
    event,
    instance,
    instance_arn,
    seen,
    task,
    task_arn,
    view,
)

HOST = instance_arn("a")
LISTING_LAG = 60.0


def apply(target: View, *facts: Fact) -> View:
    for fact in facts:
        target.apply(fact)
    return target


def host(target: View) -> Host:
    return target.hosts[HOST]


def test_an_old_event_of_an_unknown_task_is_looked_up_and_forgotten_when_missing() -> None:
    target = apply(view(), seen(instance()), ListingEnded(NOW + 900, NOW + 910))
    old = event(task(), NOW + 1000, said_at=NOW + 900 - LISTING_LAG - 1)
    assert target.apply(old) == ()
    assert host(target).tasks == ()
    assert target.task_doubts.take(NOW + 1000) == (task_arn("t"),)
    apply(target, TasksMissing((task_arn("t"),), NOW + 1001))
    assert target.task_doubts.next is None
    fresh = event(task(), NOW + 1000, said_at=NOW + 900)
    assert target.apply(fresh) == (HOST,)


def test_what_was_said_long_before_this_process_began_is_old_too() -> None:
    target = apply(view(), seen(instance()))
    assert target.apply(event(task(), NOW, said_at=NOW - LISTING_LAG - 1)) == ()
    assert target.apply(event(task("u"), NOW, said_at=NOW - 1)) == (HOST,)
    target.concern = replace(target.concern, listing_lag=0.5)
    assert target.apply(event(task("v"), NOW, said_at=NOW - 1)) == ()


def test_tasks_that_do_not_concern_us_are_passed_over() -> None:
    target = apply(view("agent"), seen(instance()))
    other = task("o", definition=definition_arn("web:3"), started_by="ecs-svc/1")
    assert target.apply(event(other)) == ()
    foreign = task("f", started_by="somebody")
    assert target.apply(event(foreign)) == (HOST,)
    orphan = task("r", definition=definition_arn("old:3"))
    assert target.apply(event(orphan)) == (HOST,)
    target.concern = Concern(MARK, frozenset(["web"]))
    assert target.apply(event(other)) == (HOST,)


def test_a_task_that_is_not_yet_healthy_is_described_again() -> None:
    target = apply(view(), seen(instance()))
    target.concern = Concern(MARK, checked=frozenset([definition_arn()]))
    apply(target, seen(task()))
    assert target.task_doubts.next == NOW + HEALTH_SECONDS
    apply(target, seen(task(health=Health.HEALTHY), NOW + 10))
    assert target.task_doubts.next == NOW + 70


def test_healthy_tasks_are_asked_about_on_one_grid_and_never_later_than_it_allows() -> None:
    target = apply(view(), seen(instance()))
    target.concern = Concern(MARK, checked=frozenset([definition_arn()]))
    for number, at in enumerate((0.5, 1.0, 4.9)):
        apply(target, seen(task(str(number), health=Health.HEALTHY), NOW + at))
    assert target.task_doubts.take(NOW + 64.9) == ()
    assert len(target.task_doubts.take(NOW + 65)) == 3


def test_tasks_without_a_health_check_are_not_polled() -> None:
    target = apply(view(), seen(instance()))
    target.concern = Concern(MARK)
    apply(target, seen(task(health=Health.HEALTHY)))
    assert target.task_doubts.next is None


def test_tasks_of_a_service_that_a_constraint_names_concern_us() -> None:
    other = task("w", group="service:web", started_by="ecs-svc/1", definition=definition_arn("web"))
    target = apply(view(), seen(instance()), seen(other))
    assert host(target).tasks == ()
    target.concern = Concern(MARK, services=("web",))
    assert host(apply(target, seen(other))).tasks == (other,)
