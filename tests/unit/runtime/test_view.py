"""The view: what it believes, what it asks for, and what it never forgets too soon."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from daemonctl.model.cluster import Container, Health
from daemonctl.model.observed import Host
from daemonctl.runtime.concern import STOPPED_KEPT
from daemonctl.runtime.doubts import MISSING_GRACE
from daemonctl.runtime.facts import Fact, InstancesMissing, ListingEnded, TasksMissing
from daemonctl.runtime.view import View
from tests.unit.runtime.made import (
    NOW,
    event,
    instance,
    instance_arn,
    seen,
    stopped,
    task,
    task_arn,
    view,
)

HOST = instance_arn("a")


def apply(target: View, *facts: Fact) -> View:
    for fact in facts:
        target.apply(fact)
    return target


def host(target: View) -> Host:
    return target.hosts[HOST]


_LIVES = st.lists(
    st.sampled_from(["PENDING", "RUNNING", "DEACTIVATING", "STOPPED"]), min_size=1, max_size=5
)


@st.composite
def _histories(draw: st.DrawFn) -> list[Fact]:
    """Facts as ECS makes them: versions rise, what is stopping stops, what is gone stays gone."""
    facts: list[Fact] = []
    for name in ("a", "b"):
        ends = draw(st.booleans())
        count = draw(st.integers(1, 4))
        for version in range(1, count + 1):
            status = "INACTIVE" if ends and version == count else "ACTIVE"
            connected = draw(st.booleans())
            facts.append(seen(instance(name, version, status=status, connected=connected)))
    for number in range(draw(st.integers(0, 4))):
        on = draw(st.sampled_from(["a", "b"]))
        order = ["PENDING", "RUNNING", "DEACTIVATING", "STOPPED"]
        steps = sorted(draw(_LIVES), key=order.index)
        for version, status in enumerate(steps, 1):
            wanted = "RUNNING" if status in order[:2] else "STOPPED"
            change = {"last_status": status, "desired_status": wanted}
            one = task(f"t{number}", on, version, **change)
            facts.append(draw(st.sampled_from([seen(one), event(one)])))
    return facts


@given(_histories(), st.randoms(use_true_random=False))
def test_any_order_and_doubling_gives_the_same_view(facts: list[Fact], dice: random.Random) -> None:
    ordered = apply(view(), *facts)
    mixed = [*facts, *dice.choices(facts, k=len(facts))]
    dice.shuffle(mixed)
    assert apply(view(), *mixed).hosts == ordered.hosts


def test_what_is_not_newer_is_dropped() -> None:
    target = apply(view(), seen(instance(version=5, running_tasks=1)))
    assert target.apply(event(instance(version=4, running_tasks=7))) == ()
    assert target.apply(event(instance(version=5, running_tasks=7))) == ()
    assert host(target).instance.running_tasks == 1
    assert target.apply(event(instance(version=6, running_tasks=7))) == (HOST,)


def test_an_answer_of_the_api_is_newer_at_the_same_version() -> None:
    target = apply(view(), seen(instance()), event(task()))
    healthy = task(health=Health.HEALTHY)
    assert target.apply(seen(healthy)) == (HOST,)
    assert target.apply(event(task())) == ()
    assert host(target).tasks[0].health is Health.HEALTHY
    assert target.apply(seen(healthy, NOW + 60)) == ()


def test_an_event_without_health_takes_none_away_from_a_running_task() -> None:
    parts = (Container("agent", health=Health.HEALTHY),)
    target = apply(view(), seen(instance()), seen(task(health=Health.HEALTHY, containers=parts)))
    apply(target, event(task(version=2, connected=False, containers=(Container("agent"),))))
    assert host(target).tasks[0].health is Health.HEALTHY
    assert host(target).tasks[0].containers == parts
    assert not host(target).tasks[0].connected


def test_a_stopped_task_never_lives_again_even_without_versions() -> None:
    for version in (0, 12):
        target = apply(view(), seen(instance()), seen(stopped()))
        assert target.apply(seen(task(version=version))) == ()
        assert host(target).tasks[0].stopped


def test_a_task_told_to_stop_is_not_wanted_again() -> None:
    going = task(version=0, desired_status="STOPPED")
    target = apply(view(), seen(instance()), seen(going))
    apply(target, event(task(version=3)))
    assert not host(target).tasks[0].live


def test_without_versions_a_status_does_not_go_back() -> None:
    target = apply(view(), seen(instance(version=0)), seen(task(version=0)))
    assert target.apply(event(task(version=0, last_status="PENDING"))) == ()
    assert host(target).tasks[0].last_status == "RUNNING"
    assert target.apply(event(instance(version=0, running_tasks=3))) == (HOST,)


def test_what_an_event_leaves_out_stays_known() -> None:
    known = task(created_at=NOW - 9, started_at=NOW - 5, overrides="{}", first_seen=NOW - 9)
    target = apply(view(), seen(instance(managed=True, private_ip="10.0.0.1")), seen(known))
    apply(target, event(task(version=2)), event(instance(version=2, ec2_id="")))
    held = host(target)
    assert held.tasks[0].created_at == NOW - 9
    assert held.tasks[0].started_at == NOW - 5
    assert held.tasks[0].overrides == "{}"
    assert held.tasks[0].first_seen == NOW - 9
    assert held.instance.managed
    assert held.instance.private_ip == "10.0.0.1"
    assert held.instance.ec2_id == "i-a"


def test_an_unknown_instance_of_an_event_is_described_before_it_is_believed() -> None:
    target = view()
    assert target.apply(event(instance())) == ()
    assert target.hosts == {}
    assert target.instance_doubts.take(NOW) == (HOST,)
    assert target.apply(seen(instance())) == (HOST,)
    assert target.instance_doubts.next is None


def test_a_task_waits_for_its_instance() -> None:
    target = view()
    assert target.apply(seen(task())) == ()
    assert target.instance_doubts.take(NOW) == (HOST,)
    assert target.apply(seen(instance())) == (HOST,)
    assert [one.arn for one in host(target).tasks] == [task_arn("t")]


def test_one_missing_is_no_proof_and_two_past_the_grace_are() -> None:
    target = apply(view(), seen(instance()), seen(task()))
    gone = (task_arn("t"),)
    assert target.apply(TasksMissing(gone, NOW)) == ()
    assert target.task_doubts.next == NOW + 2
    assert target.apply(TasksMissing(gone, NOW + MISSING_GRACE - 1)) == ()
    assert target.apply(TasksMissing(gone, NOW + MISSING_GRACE)) == (HOST,)
    assert host(target).tasks == ()
    assert target.task_doubts.next is None


def test_a_sighting_in_between_begins_the_grace_anew() -> None:
    target = apply(view(), seen(instance()), seen(task()))
    gone = (task_arn("t"),)
    apply(target, TasksMissing(gone, NOW), seen(task(), NOW + 60))
    assert target.apply(TasksMissing(gone, NOW + MISSING_GRACE)) == ()
    assert len(host(target).tasks) == 1


def test_missing_instances_go_with_their_tasks_after_the_grace() -> None:
    target = apply(view(), seen(instance()), seen(task()))
    assert target.apply(InstancesMissing((HOST,), NOW)) == ()
    assert HOST in target.hosts
    assert target.apply(InstancesMissing((HOST,), NOW + MISSING_GRACE)) == (HOST,)
    assert target.hosts == {}
    assert not target.knows_stopped(task_arn("t"))


def test_an_inactive_instance_goes_at_once_and_no_late_event_brings_it_back() -> None:
    target = apply(view(), seen(instance()), seen(task()))
    assert target.apply(event(instance(version=9, status="INACTIVE"))) == (HOST,)
    assert target.hosts == {}
    assert target.apply(event(instance(version=8))) == ()
    assert target.apply(event(task(version=8))) == ()
    assert target.instance_doubts.next is None


def test_a_stopped_task_is_kept_an_hour() -> None:
    target = apply(view(), seen(instance()), seen(stopped()))
    assert target.expire(NOW + STOPPED_KEPT - 1) == ()
    assert len(host(target).tasks) == 1
    assert target.expire(NOW + STOPPED_KEPT) == (HOST,)
    assert host(target).tasks == ()


def test_the_first_disconnect_is_kept_until_it_is_connected_again() -> None:
    target = apply(view(), seen(instance()))
    assert host(target).disconnected_since is None
    apply(target, seen(instance(version=2, connected=False), NOW + 10))
    apply(target, seen(instance(version=3, connected=False), NOW + 20))
    assert host(target).disconnected_since == NOW + 10
    apply(target, seen(instance(version=4), NOW + 30))
    assert host(target).disconnected_since is None


def test_a_listing_makes_the_view_complete_and_counts_from_its_beginning() -> None:
    target = view()
    assert not target.observed().complete
    apply(target, ListingEnded(NOW, NOW + 30), ListingEnded(NOW + 600, NOW + 640))
    observed = target.observed()
    assert observed.complete
    assert observed.as_of == NOW + 600
    assert observed.first_full_at == NOW + 30


def test_what_a_listing_lacks_is_named() -> None:
    target = apply(view(), seen(instance()), seen(instance("b")), seen(task()), seen(stopped("s")))
    assert target.unlisted([HOST], []) == ((instance_arn("b"),), (task_arn("t"),))
    assert target.knows_stopped(task_arn("s"))
    assert not target.knows_stopped(task_arn("t"))


def test_deleted_is_stopped() -> None:
    target = apply(view(), seen(instance()), seen(task()))
    gone = task(version=9, last_status="DELETED", desired_status="STOPPED")
    apply(target, seen(gone))
    assert host(target).tasks[0].stopped
    assert apply(view(), seen(instance()), seen(gone)).hosts[HOST].tasks == ()
