"""Definitions: looked up when the config is loaded, each by itself."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from daemonctl.model.desired import DesiredDaemon
from daemonctl.model.ids import ClusterAlias, DaemonName
from daemonctl.model.spec import ClusterSpec, DaemonSpec
from daemonctl.ports import ApiError
from daemonctl.runtime.definitions import (
    concern_of,
    desire,
    families,
    family,
    health_checked,
    resolve,
    unresolved,
)
from tests.simulation.loop import VirtualLoop
from tests.unit.runtime.fakes import FakeCluster
from tests.unit.runtime.made import (
    OWNER,
    definition,
    definition_arn,
)
from tests.unit.runtime.rig import on_virtual_time

AGENT = DaemonSpec(name=DaemonName("agent"), task_definition="agent")
PINNED = DaemonSpec(name=DaemonName("pinned"), task_definition="pinned:3")
SPEC = ClusterSpec(ClusterAlias("c"), "arn:aws:ecs:eu-west-1:1:cluster/c", OWNER, "r", (AGENT,))
DENIED = ApiError("AccessDeniedException", "no")


def test_each_definition_is_resolved_by_itself() -> None:
    async def story(loop: VirtualLoop) -> None:
        cluster = FakeCluster()
        cluster.definitions = {
            "agent": definition("agent:7", has_health_check=True),
            "pinned:3": definition("pinned:3", active=False),
        }
        missing = DaemonSpec(name=DaemonName("missing"), task_definition="missing")
        spec = ClusterSpec(ClusterAlias("c"), "c", OWNER, "r", (AGENT, PINNED, missing))
        desired = await resolve(cluster, spec, (), afresh=True)
        agent, pinned, lost = desired.daemons
        assert agent.definition is not None
        assert agent.definition.arn == definition_arn("agent:7")
        assert pinned.definition is None
        assert "pinned:3 is INACTIVE" in pinned.fault
        assert "missing does not exist" in lost.fault
        assert "\n" not in pinned.fault + lost.fault
        assert families(desired) == ("agent", "pinned", "missing")
        assert family(desired, PINNED.name) == "pinned"
        assert family(desired, DaemonName("nobody")) == ""
        assert health_checked(desired) == (definition_arn("agent:7"),)

    on_virtual_time(story)


def test_what_is_resolved_stays_until_the_config_is_loaded_again() -> None:
    async def story(loop: VirtualLoop) -> None:
        cluster = FakeCluster()
        cluster.definitions["agent"] = definition("agent:7")
        first = await resolve(cluster, SPEC, (), afresh=True)
        cluster.definitions["agent"] = definition("agent:8")
        assert await resolve(cluster, SPEC, first.daemons, afresh=False) == first
        later = await resolve(cluster, SPEC, first.daemons, afresh=True)
        assert later.daemons[0].definition == definition("agent:8")
        cluster.fails["describe_task_definition"] = [DENIED, DENIED]
        assert await resolve(cluster, SPEC, later.daemons, afresh=True) == later
        lost = await resolve(cluster, SPEC, (), afresh=True)
        assert lost.daemons[0].definition is None
        assert "AccessDenied" in lost.daemons[0].fault

    on_virtual_time(story)


@pytest.mark.parametrize("code", ["ServerException", "Timeout", "ThrottlingException"])
def test_a_definition_that_ecs_gave_no_answer_about_is_asked_for_again_soon(code: str) -> None:
    """A fault would leave the daemon, and what its dependents wait for, unknown till a resync."""

    async def story(_: VirtualLoop) -> None:
        cluster = FakeCluster()
        cluster.definitions["agent"] = definition()
        cluster.fails["describe_task_definition"] = [ApiError(code, "no answer"), DENIED]
        with pytest.raises(ApiError, match=code):
            await resolve(cluster, SPEC, (), afresh=True)
        denied = await resolve(cluster, SPEC, (), afresh=True)
        assert denied.daemons[0].fault
        found = await resolve(cluster, SPEC, denied.daemons, afresh=False)
        assert found.daemons[0].definition == definition()

    on_virtual_time(story)


def test_another_text_for_a_definition_is_looked_up() -> None:
    async def story(loop: VirtualLoop) -> None:
        cluster = FakeCluster()
        cluster.definitions = {"agent:2": definition("agent:2")}
        held = (DesiredDaemon(AGENT, definition("agent:1")),)
        pinned = DaemonSpec(name=AGENT.name, task_definition="agent:2")
        spec = ClusterSpec(ClusterAlias("c"), "c", OWNER, "r", (pinned,))
        desired = await resolve(cluster, spec, held, afresh=False)
        assert desired.daemons[0].definition == definition("agent:2")

    on_virtual_time(story)


def test_bounds_follow_from_how_often_the_cluster_is_read() -> None:
    assert unresolved(SPEC).cluster_name == "c"
    polled = desire(SPEC, ())
    assert (polled.stale_after_seconds, polled.first_look_seconds) == (300, 90)
    queue = ClusterSpec(ClusterAlias("c"), "c", OWNER, "r", (), queue_url="https://q")
    evented = desire(queue, ())
    assert (evented.stale_after_seconds, evented.first_look_seconds) == (1260, 660)
    assert concern_of(evented).listing_lag == 60
    slower = desire(replace(queue, listing_lag_seconds=300.0), ())
    assert (slower.stale_after_seconds, slower.first_look_seconds) == (1500, 900)
    assert concern_of(slower).listing_lag == 300
