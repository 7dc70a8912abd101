"""Hosts that leave: every task on one that drains is known, and only there."""

from __future__ import annotations

from msgspec.structs import replace

from daemonctl.model.desired import DesiredDaemon
from daemonctl.model.ids import Ec2InstanceId
from daemonctl.model.observed import Host
from daemonctl.model.spec import OnlyWith
from daemonctl.ports import ApiError
from daemonctl.runtime.concern import Concern
from daemonctl.runtime.facts import (
    DaemonServices,
    DesiredChanged,
    Fact,
    HostListed,
    ListingEnded,
    SpotWarning,
)
from daemonctl.runtime.leaving import LOOK_SECONDS, RELIST_SECONDS, SETTLE_SECONDS
from daemonctl.runtime.resync import Resync
from daemonctl.runtime.view import View
from tests.simulation.loop import VirtualLoop
from tests.unit.runtime.made import (
    MARK,
    NOW,
    definition,
    definition_arn,
    instance,
    instance_arn,
    seen,
    task,
    task_arn,
    view,
)
from tests.unit.runtime.rig import on_virtual_time
from tests.unit.runtime.test_reconcile import DESIRED, SPEC, Scene

HOST = instance_arn("a")
FOREIGN = {
    "definition": definition_arn("web:3"),
    "group": "service:web",
    "started_by": "ecs-svc/1",
}


def draining(*, at: float = NOW) -> View:
    target = view()
    target.apply(seen(instance(version=1)))
    target.apply(seen(instance(version=2, status="DRAINING"), at))
    return target


def host(target: View) -> Host:
    return target.hosts[HOST]


def test_on_a_draining_instance_every_task_concerns_us_and_elsewhere_not() -> None:
    target = view()
    target.apply(seen(instance(version=1)))
    assert target.apply(seen(task("w", **FOREIGN))) == ()
    target.apply(seen(instance(version=2, status="DRAINING")))
    assert target.apply(seen(task("w", **FOREIGN))) == (HOST,)
    assert host(target).draining_since == NOW


def test_back_to_active_others_tasks_are_let_go() -> None:
    target = draining()
    target.apply(seen(task("w", **FOREIGN)))
    target.apply(seen(task("t")))
    target.apply(HostListed(HOST, NOW + SETTLE_SECONDS))
    target.apply(seen(instance(version=3)))
    assert [one.arn for one in host(target).tasks] == [task_arn("t")]
    assert (host(target).draining_since, host(target).listed_at) == (None, None)
    assert target.task_doubts.take(NOW + 99) == (task_arn("t"),)  # nobody asks for the other
    assert target.leaving.listings.next is None


def test_a_listing_counts_once_it_began_late_enough() -> None:
    target = draining()
    assert target.leaving.listings.next == NOW + SETTLE_SECONDS
    assert target.apply(HostListed(HOST, NOW + SETTLE_SECONDS - 1)) == ()
    assert host(target).listed_at is None
    assert target.leaving.listings.next == NOW + SETTLE_SECONDS
    began = NOW + SETTLE_SECONDS
    assert target.apply(HostListed(HOST, began)) == (HOST,)
    assert host(target).listed_at == began
    assert target.leaving.listings.next == began + RELIST_SECONDS
    target.apply(seen(instance(version=3, status="DRAINING", running_tasks=7), NOW + 99))
    assert (host(target).draining_since, host(target).listed_at) == (NOW, began)


def test_it_begins_sooner_where_lists_trail_less() -> None:
    target = view()
    target.concern = replace(target.concern, listing_lag=2.0)
    target.apply(seen(instance()))
    target.apply(seen(instance(version=2, status="DRAINING")))
    assert target.leaving.listings.next == NOW + 2
    assert target.apply(HostListed(HOST, NOW + 1)) == ()
    assert target.leaving.listings.next == NOW + 2
    assert target.apply(HostListed(HOST, NOW + 2)) == (HOST,)


def test_a_listing_of_a_host_that_stays_says_nothing() -> None:
    target = view()
    target.apply(seen(instance()))
    assert target.apply(HostListed(HOST, NOW + 99)) == ()
    assert target.apply(HostListed(instance_arn("gone"), NOW + 99)) == ()
    assert host(target).listed_at is None


def test_others_tasks_there_are_described_again_and_again_until_they_stopped() -> None:
    target = draining()
    target.apply(seen(task("w", **FOREIGN), NOW + 1))
    due = target.task_doubts.next
    assert due is not None
    assert NOW + 1 < due <= NOW + 1 + 2 * LOOK_SECONDS
    ended = {"last_status": "STOPPED", "desired_status": "STOPPED", "stopped_at": NOW}
    target.apply(seen(task("w", version=9, **(FOREIGN | ended)), NOW + 2))
    assert target.task_doubts.next is None


def test_the_services_of_strategy_daemon_touch_the_hosts_that_drain() -> None:
    target = draining()
    target.apply(seen(instance("b")))
    assert target.apply(DaemonServices(("agent", "logs"))) == (HOST,)
    assert target.apply(DaemonServices(("logs", "agent"))) == ()
    assert target.observed().daemon_services == {"service:agent", "service:logs"}


def test_a_spot_warning_tells_when_the_host_leaves() -> None:
    target = draining()
    assert target.apply(SpotWarning(Ec2InstanceId("i-other"), NOW + 120)) == ()
    assert target.apply(SpotWarning(Ec2InstanceId("i-a"), NOW + 120)) == (HOST,)
    target.apply(seen(instance(version=3, status="DRAINING"), NOW + 5))
    assert host(target).leaves_at == NOW + 120


def test_which_services_a_listing_covered_is_told() -> None:
    target = view()
    target.apply(ListingEnded(NOW, NOW, ("kibana", "elastic*")))
    assert target.observed().services == {"kibana", "elastic*"}


def test_services_are_known_by_pattern() -> None:
    concern = Concern(MARK, services=("kibana", "elastic*"))
    for group, ours in (
        ("service:kibana", True),
        ("service:kibana2", False),
        ("service:elasticsearch", True),
        ("service:elastic", True),
        ("service:xelastic", False),
        ("family:kibana", False),
        ("kibana", False),
    ):
        other = task("w", definition=definition_arn("x:1"), started_by="ecs-svc/1", group=group)
        assert concern.covers(other) is ours, group


async def _drain(scene: Scene) -> None:
    scene.cluster.services = {"web": "REPLICA", "logs": "DAEMON"}
    scene.cluster.add(instance(version=2, status="DRAINING"), task("w", **FOREIGN))
    await scene.full(seen(instance(version=2, status="DRAINING"), scene.clock.now()))


def held(scene: Scene) -> Host:
    return scene.reconciler.view.hosts[HOST]


def test_a_host_that_drains_is_listed_and_described() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        await _drain(scene)
        await scene.clock.sleep(SETTLE_SECONDS - 1)
        assert scene.cluster.made("list_tasks") == []
        await scene.clock.sleep(2)
        assert [one.arn for one in held(scene).tasks] == [task_arn("w")]
        assert held(scene).listed_at is not None
        assert scene.reconciler.view.observed().daemon_services == {"service:logs"}
        await scene.end()

    on_virtual_time(story)


def test_without_leave_to_list_services_the_tasks_are_listed_all_the_same() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        scene.cluster.fails["list_services"] = [ApiError("AccessDeniedException", "no")]
        await _drain(scene)
        await scene.clock.sleep(SETTLE_SECONDS + 1)
        assert held(scene).listed_at is not None
        assert scene.reconciler.view.observed().daemon_services == frozenset()
        await scene.end()

    on_virtual_time(story)


def test_a_listing_that_failed_is_made_again() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        scene.cluster.fails["list_tasks"] = [ApiError("ServerException", "later")]
        await _drain(scene)
        await scene.clock.sleep(SETTLE_SECONDS + 1)
        assert held(scene).listed_at is None
        await scene.clock.sleep(10)
        assert held(scene).listed_at is not None
        await scene.end()

    on_virtual_time(story)


def test_patterns_are_resolved_by_one_list_of_services_and_plain_names_by_none() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        scene.cluster.services = {"elastic-hot": "REPLICA", "elastic": "REPLICA", "web": "REPLICA"}
        scene.cluster.add(instance(), task("e", **(FOREIGN | {"group": "service:elastic-hot"})))

        def take(facts: tuple[Fact, ...]) -> None:
            scene.reconciler.inbox.put(*facts)

        resync = Resync(scene.cluster, scene.clock, scene.reconciler.view, take)

        for patterns, listings in ((("web",), 0), (("web", "elastic*"), 1)):
            wanted = replace(SPEC, only_with=OnlyWith(patterns))
            desired = replace(DESIRED, daemons=(DesiredDaemon(wanted, definition()),))
            await scene.put(DesiredChanged(desired, scene.clock.now()))
            await resync.run(desired)
            await scene.put()
            assert len(scene.cluster.made("list_services")) == listings
            assert scene.reconciler.view.observed().services == set(patterns)
        assert task_arn("e") in [one.arn for one in held(scene).tasks]
        await scene.end()

    on_virtual_time(story)
