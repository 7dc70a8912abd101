"""What is registered, on a real server and a real agent: rights named, stale services taken out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from daemonctl.adapters.clock import SystemClock
from daemonctl.model.desired import Desired
from daemonctl.model.discovery import Service
from daemonctl.model.ids import ClusterAlias, Owner, TaskArn
from daemonctl.model.reason import Notice
from daemonctl.ports import Described
from daemonctl.ports.consul import CatalogError
from daemonctl.runtime.chore_stale import GRACE_SECONDS, StaleChore
from daemonctl.runtime.chores import Tools
from daemonctl.runtime.describe import Describer
from tests.real.consul.bench import PLAIN, RealBench, shipped
from tests.real.consul.figures import PORTS, Bench, instance_agent, until
from tests.real.consul.server import Server
from tests.stand_ins.sink import Silent

DESIRED = Desired(ClusterAlias("web"), "web", Owner("prod"), ())


async def test_a_token_that_may_not_see_services_is_told_which_rule_it_lacks(
    bench: RealBench,
) -> None:
    bench.allow('node_prefix "" { policy = "read" }')
    with pytest.raises(CatalogError) as raised:
        await bench.registrations().rung()
    assert raised.value.code == "Unauthorised"
    assert 'service_prefix "" { policy = "read" }' in raised.value.message


async def test_a_token_that_may_not_write_them_takes_none_out(bench: RealBench) -> None:
    bench.allow(*PLAIN)
    kept = Service("h:ecs-web-3-app-a1:80", "web", "127.0.0.1", 32768)
    await bench.keep(kept)
    with pytest.raises(CatalogError) as raised:
        await bench.registrations().deregister("127.0.0.1", kept.id)
    assert raised.value.code == "Unauthorised"
    assert 'service_prefix "" { policy = "write" }' in raised.value.message
    bench.allow(*PLAIN, *shipped("daemonctl-services"))
    await bench.registrations().deregister("127.0.0.1", kept.id)
    assert kept not in await bench.registrations().of_agent("127.0.0.1")


async def test_an_agent_that_does_not_answer_is_named(bench: RealBench) -> None:
    with pytest.raises(CatalogError) as raised:
        await bench.consuls.registrations(replace(bench.spec, agent_port=1)).of_agent("127.0.0.1")
    assert raised.value.code == "Unreachable"
    assert "http://127.0.0.1:1 cannot be reached" in raised.value.message


class EcsOfView:
    """ECS as the view has it: what a listing and a describe of the one instance tell."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def list_tasks(self, *, instance: str, stopped: bool = False) -> tuple[TaskArn, ...]:
        return () if stopped else tuple(task.arn for task in self._bench.host.tasks)

    async def describe_tasks(self, arns: list[TaskArn]) -> Described[object]:
        return Described(tuple(task for task in self._bench.host.tasks if task.arn in arns))


@pytest.fixture
def one(server: Server, tmp_path: Path) -> Iterator[Bench]:
    agent = instance_agent(server, tmp_path / "agent")
    bench = Bench(server, agent, tmp_path / "token")
    yield bench
    bench.close()
    agent.close()


async def test_a_gap_is_known_and_what_is_stale_goes_and_stays_gone(one: Bench) -> None:
    one.begin()
    await one.up()
    await one.drop(PORTS[0])
    await until(lambda: one.missing() == 1)
    await one.up()
    await one.serve(40_000)
    await until(lambda: bool(one.reading.view.registered.due))
    clock, sink = SystemClock(), Silent()
    ecs = EcsOfView(one)
    describe = Describer(ecs, clock, one.reading.take)  # type: ignore[arg-type]  so much of it
    tools = Tools(ecs, None, clock, sink, describe, "web")  # type: ignore[arg-type]  so much of it
    chore = StaleChore(one.reading.view.registered, one.registrations, tools)
    now, view = clock.now(), one.reading.view
    assert await chore.look(DESIRED, view.observed(), now, may_write=True) == []
    assert [entry.service.port for entry in chore.entries.values()] == [40_000]
    ripe = now + GRACE_SECONDS
    await chore.look(DESIRED, view.observed(), ripe, may_write=False)
    assert await one.kept() == {*PORTS, 40_000}
    told = await chore.look(DESIRED, view.observed(), ripe, may_write=True)
    assert [condition.notice for condition in told] == [Notice.STALE_SERVICES]  # until it is read
    assert await one.kept() == {*PORTS}
    await until(lambda: not one.stale())
    assert one.missing() == 0
    await one.close_loops()
