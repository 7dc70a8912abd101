"""Reading a cluster: resyncs, definitions, look-ups, and what a failure leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from msgspec import structs

from daemonctl.model.cluster import ContainerInstance
from daemonctl.model.desired import Desired
from daemonctl.model.ids import ClusterAlias, ContainerInstanceArn, DaemonName
from daemonctl.model.plan import Look
from daemonctl.model.spec import ClusterSpec, DaemonSpec
from daemonctl.ports import ApiError, Described
from daemonctl.runtime.crew import Crew
from daemonctl.runtime.definitions import (
    concern_of,
    unresolved,
)
from daemonctl.runtime.describe import Describer
from daemonctl.runtime.facts import (
    Fact,
    InstanceSeen,
    InstancesMissing,
    ListingEnded,
    LookEnded,
    TaskSeen,
    TasksMissing,
)
from daemonctl.runtime.lookups import Lookups
from daemonctl.runtime.once import plan_now
from daemonctl.runtime.resync import Resync
from daemonctl.runtime.service import ClusterService
from daemonctl.runtime.view import View
from tests.simulation.loop import VirtualClock, VirtualLoop, VirtualSchedule
from tests.unit.runtime.fakes import FakeCluster
from tests.unit.runtime.made import (
    MARK,
    OWNER,
    definition,
    definition_arn,
    instance,
    instance_arn,
    stopped,
    task,
    task_arn,
    view,
)
from tests.unit.runtime.rig import Told, on_virtual_time

AGENT = DaemonSpec(name=DaemonName("agent"), task_definition="agent")
SPEC = ClusterSpec(ClusterAlias("c"), "arn:aws:ecs:eu-west-1:1:cluster/c", OWNER, "r", (AGENT,))
DENIED = ApiError("AccessDeniedException", "no")


def desired_of(*names: str, constraint: str = "") -> Desired:
    asked = (constraint,) if constraint else ()
    specs = (DaemonSpec(DaemonName(n), task_definition=n, constraints=asked) for n in names)
    return unresolved(structs.replace(SPEC, daemons=tuple(specs)))


class Taken:
    """Takes facts into a view, and keeps them."""

    def __init__(self, target: View) -> None:
        self.view = target
        self.facts: list[Fact] = []

    def __call__(self, facts: tuple[Fact, ...]) -> None:
        self.facts += facts
        for fact in facts:
            self.view.apply(fact)


def test_a_resync_lists_everything_and_describes_what_is_new_or_live() -> None:
    async def story(loop: VirtualLoop) -> None:
        cluster, taken = FakeCluster(), Taken(view())
        cluster.add(instance("a"), task("t"), stopped("s"), task("f", started_by="else"))
        resync = Resync(cluster, VirtualClock(loop), taken.view, taken)
        await resync.run(desired_of("agent", "other", "agent"))
        assert cluster.made("list_tasks") == [
            ("", MARK, None, False),
            ("agent", "", None, False),
            ("agent", "", None, True),
            ("other", "", None, False),
            ("other", "", None, True),
        ]
        assert isinstance(taken.facts[-1], ListingEnded)
        assert len(taken.view.hosts[instance_arn("a")].tasks) == 3
        cluster.calls.clear()
        await resync.run(desired_of("agent"))
        assert cluster.made("describe_tasks") == [(task_arn("t"), task_arn("f"))]

    on_virtual_time(story)


def test_services_and_families_that_constraints_name_are_listed_too() -> None:
    async def story(loop: VirtualLoop) -> None:
        cluster, taken = FakeCluster(), Taken(view())
        asked = "task:group == service:web or not (task:group in [family:job, service:web])"
        wanted = desired_of("agent", constraint=asked)
        taken.view.concern = concern_of(wanted)
        web = task("w", group="service:web", started_by="ecs-svc/1", definition=definition_arn("w"))
        cluster.add(instance("a"), web, structs.replace(web, arn=task_arn("x"), group="service:x"))
        resync = Resync(cluster, VirtualClock(loop), taken.view, taken)
        await resync.run(wanted)
        assert taken.view.hosts[instance_arn("a")].tasks == (web,)
        assert ("job", "", None, True) in cluster.made("list_tasks")

    on_virtual_time(story)


def test_what_the_view_holds_and_the_lists_lack_is_described() -> None:
    async def story(loop: VirtualLoop) -> None:
        cluster, taken = FakeCluster(), Taken(view())
        cluster.add(instance("a"), instance("b"), task("t"), task("u"))
        resync = Resync(cluster, VirtualClock(loop), taken.view, taken)
        await resync.run(desired_of("agent"))
        cluster.hidden = [instance_arn("a"), task_arn("t")]
        del cluster.instances[instance_arn("b")]
        del cluster.tasks[task_arn("u")]
        taken.facts.clear()
        await resync.run(desired_of("agent"))
        sightings = [type(fact) for fact in taken.facts]
        assert sightings == [InstanceSeen, InstancesMissing, TaskSeen, TasksMissing, ListingEnded]
        assert list(taken.view.hosts) == [instance_arn("a"), instance_arn("b")]

    on_virtual_time(story)


@pytest.mark.parametrize(
    "operation",
    ["list_container_instances", "describe_container_instances", "list_tasks", "describe_tasks"],
)
def test_a_listing_with_a_failed_part_is_never_called_whole(operation: str) -> None:
    async def story(loop: VirtualLoop) -> None:
        cluster, taken = FakeCluster(), Taken(view())
        cluster.add(instance("a"), task("t"))
        cluster.fails[operation] = [DENIED]
        with pytest.raises(ApiError, match="AccessDenied"):
            await Resync(cluster, VirtualClock(loop), taken.view, taken).run(desired_of("agent"))
        assert not taken.view.complete

    on_virtual_time(story)


def test_instances_are_described_by_hundreds() -> None:
    async def story(loop: VirtualLoop) -> None:
        cluster, taken = FakeCluster(), Taken(view())
        cluster.add(*(instance(f"i{number}") for number in range(950)))
        resync = Resync(cluster, VirtualClock(loop), taken.view, taken)
        await resync.run(desired_of("agent"))
        pages = [len(page) for page in cluster.made("describe_container_instances")]
        assert pages == [100] * 9 + [50]
        assert taken.view.complete

    on_virtual_time(story)


def test_a_look_reads_both_lists_of_one_instance_and_tries_again() -> None:
    async def story(loop: VirtualLoop) -> None:
        cluster, taken, clock = FakeCluster(), Taken(view()), VirtualClock(loop)
        cluster.add(instance("a"), task("t"), stopped("s"))
        cluster.fails["list_tasks"] = [ApiError("Timeout", "")]
        crew = Crew(lambda _name, error: pytest.fail(str(error)))
        lookups = Lookups(cluster, clock, taken.view, taken, crew)
        look = Look(instance_arn("a"), AGENT.name)
        lookups.look(look, "agent")
        lookups.look(look, "agent")
        await crew.finish(clock, 60)
        on = instance_arn("a")
        tries = [("agent", "", on, False), ("agent", "", on, False), ("agent", "", on, True)]
        assert cluster.made("list_tasks") == tries
        assert [type(fact) for fact in taken.facts] == [TaskSeen, TaskSeen, LookEnded]

    on_virtual_time(story)


def test_doubts_are_described_together_and_again_after_a_failure() -> None:
    async def story(loop: VirtualLoop) -> None:
        cluster, taken, clock = FakeCluster(), Taken(view()), VirtualClock(loop)
        cluster.add(instance("a"), instance("b"), task("t"))
        crew = Crew(lambda _name, error: pytest.fail(str(error)))
        lookups = Lookups(cluster, clock, taken.view, taken, crew)
        taken.view.instance_doubts.ask(instance_arn("a"), clock.now())
        taken.view.instance_doubts.ask(instance_arn("b"), clock.now())
        taken.view.task_doubts.ask(task_arn("t"), clock.now() + 3)
        assert lookups.due() == clock.now()
        cluster.fails["describe_container_instances"] = [DENIED]
        lookups.settle(clock.now())
        assert lookups.due() is None
        await crew.finish(clock, 60)
        assert taken.facts == []
        again = lookups.due()
        assert again == clock.now() + 3
        await clock.sleep(5)
        lookups.settle(clock.now())
        await crew.finish(clock, 60)
        both = (instance_arn("a"), instance_arn("b"))
        assert cluster.made("describe_container_instances") == [both, both]
        assert len(taken.view.hosts[instance_arn("a")].tasks) == 1
        assert lookups.due() is None

    on_virtual_time(story)


def test_a_plan_of_one_look_changes_nothing() -> None:
    async def story(loop: VirtualLoop) -> None:
        cluster = FakeCluster()
        cluster.definitions["agent"] = definition()
        cluster.add(instance("a"), instance("b"), task("t"))
        document = await plan_now(SPEC, cluster, VirtualClock(loop))
        assert [row.instances for row in document.actions] == [("i-b",)]
        assert not document.nothing_to_do
        assert cluster.made("start_task") == []

    on_virtual_time(story)


def test_a_cancellation_in_the_moment_of_a_failure_is_not_lost() -> None:
    async def story(loop: VirtualLoop) -> None:
        cluster, taken = FakeCluster(), Taken(view())
        gate = asyncio.Event()

        async def fail_or_hang(
            arns: Sequence[ContainerInstanceArn],
        ) -> Described[ContainerInstance]:
            await gate.wait()
            if arns[0] == instance_arn("i0"):
                raise DENIED
            await asyncio.sleep(1e9)
            return Described(())

        cluster.describe_container_instances = fail_or_hang  # type: ignore[method-assign]  # a stand-in
        describer = Describer(cluster, VirtualClock(loop), taken)
        many = [instance_arn(f"i{number}") for number in range(300)]
        reading = asyncio.create_task(describer.instances(many))
        await asyncio.sleep(0.1)
        gate.set()
        await asyncio.sleep(0)  # the first page has failed, and nobody was told yet
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

    on_virtual_time(story)


def test_an_end_is_an_end_even_where_a_call_answers_it_with_an_error() -> None:
    async def story(loop: VirtualLoop) -> None:
        cluster, clock = FakeCluster(), VirtualClock(loop)

        async def refuse_to_end() -> str:
            try:
                await asyncio.sleep(1e9)
            except asyncio.CancelledError:
                raise DENIED from None
            return ""

        cluster.describe_cluster = refuse_to_end  # type: ignore[method-assign]  # a stand-in
        service = ClusterService(
            SPEC,
            cluster=cluster,
            events=None,
            clock=clock,
            schedule=VirtualSchedule(loop),
            sink=Told(),
        )
        service.start()
        await clock.sleep(1)
        await service.stop()
        assert loop.time() == 1

    on_virtual_time(story)
