"""Stories of calls, events and lists that go wrong."""

from __future__ import annotations

from daemonctl.local.world.faults import (
    AMBIGUOUS_START,
    EVENT_DOUBLED,
    EVENT_LOST,
    EVENT_SHUFFLED,
    LATENCY,
    SERVER_ERROR,
    STALE_LIST,
    THROTTLE,
)
from tests.golden.common import Story, converged, fault_then_kill, kill
from tests.golden.stage import Stage


async def throttling(stage: Stage) -> None:
    stage.says("consul-agent died on one instance 40 s ago; ECS throttles every call since.")
    first = await fault_then_kill(stage, THROTTLE, seconds=40)
    stage.status()
    stage.table()
    stage.rollout_status("consul-agent")
    stage.explain(first)
    stage.plan()
    stage.events(first, daemon="consul-agent", since=45)


async def server_errors(stage: Stage) -> None:
    stage.says("ECS and SQS answer every call with a 5xx; a listing was due in that time.")
    stage.seed()
    stage.start(resync_seconds=60.0)
    await stage.passes(50)
    stage.world.faults.set(SERVER_ERROR, rate=1.0)
    await stage.passes(60)
    stage.status()
    stage.table()
    stage.rollout_status("consul-agent")
    stage.plan()


async def server_errors_for_long(stage: Stage) -> None:
    stage.says("ECS and SQS have answered with a 5xx for 20 minutes: the view is too old.")
    stage.seed()
    stage.start(resync_seconds=60.0)
    await stage.passes(50)
    stage.world.faults.set(SERVER_ERROR, rate=1.0)
    kill(stage, stage.instances[0])
    await stage.passes(1200)
    stage.status()
    stage.table()
    stage.rollout_status("consul-agent")
    stage.plan()
    stage.events(kind="CONDITION")


async def server_errors_on_starts(stage: Stage) -> None:
    stage.says("consul-agent died on one instance; each StartTask is answered with a 5xx.")
    await converged(stage)
    first = stage.instances[0]
    stage.guarded.failing["StartTask"] = None
    kill(stage, first)
    await stage.passes(90)
    stage.status("consul-agent")
    stage.table()
    stage.rollout_status("consul-agent")
    stage.explain(first)
    stage.events(first, daemon="consul-agent", kind="ACTION")


async def latency(stage: Stage) -> None:
    stage.says("consul-agent died on one instance; every answer takes longer than the timeout.")
    first = await fault_then_kill(stage, LATENCY, seconds=75, size=70.0)
    stage.status()
    stage.table()
    stage.rollout_status("consul-agent")
    stage.explain(first)
    stage.events(first, daemon="consul-agent", since=80)


async def events_lost(stage: Stage) -> None:
    stage.says("No event arrives. consul-agent died; the next full listing (60 s) finds it.")
    stage.seed()
    stage.start(resync_seconds=60.0)
    await stage.passes(50)
    stage.world.faults.set(EVENT_LOST, rate=1.0)
    kill(stage, stage.instances[0])
    await stage.passes(130)
    stage.status()
    stage.table()
    stage.rollout_status("consul-agent")
    stage.events(stage.instances[0], daemon="consul-agent", since=140)


async def events_doubled(stage: Stage) -> None:
    stage.says("Every event comes twice. consul-agent died and was started again: once.")
    first = await fault_then_kill(stage, EVENT_DOUBLED, seconds=60)
    stage.status()
    stage.table()
    stage.rollout_status("consul-agent")
    stage.events(first, daemon="consul-agent", since=70)


async def events_shuffled(stage: Stage) -> None:
    stage.says("Events pass each other. consul-agent died and was started again: once.")
    first = await fault_then_kill(stage, EVENT_SHUFFLED, seconds=90, size=20.0)
    stage.status()
    stage.table()
    stage.rollout_status("consul-agent")
    stage.events(first, daemon="consul-agent", since=100)


async def stale_lists(stage: Stage) -> None:
    stage.says("Lists show what was true 30 s ago, since before daemonctl began.")
    stage.seed()
    await stage.passes(5)
    stage.world.faults.set(STALE_LIST, rate=1.0, size=30.0)
    stage.start(resync_seconds=60.0)
    await stage.passes(20)
    stage.status()
    stage.table()
    stage.rollout_status("consul-agent")
    stage.plan()
    await stage.passes(100)
    stage.says("Two minutes later")
    stage.status()
    stage.events(stage.instances[0], kind="ACTION")


async def ambiguous_start(stage: Stage) -> None:
    stage.says("The answers of StartTask get lost, ECS does what was asked all the same.")
    stage.seed()
    stage.start()
    stage.world.faults.set(AMBIGUOUS_START, rate=1.0)
    first = stage.instances[0]
    await stage.until(lambda: stage.verdict(first, "consul-agent") == "AMBIGUOUS")
    stage.status()
    stage.table()
    stage.rollout_status("consul-agent")
    stage.explain(first)
    await stage.passes(60)
    stage.says("A minute later")
    stage.events(first, daemon="consul-agent")


STORIES: tuple[Story, ...] = (
    throttling,
    server_errors,
    server_errors_for_long,
    server_errors_on_starts,
    latency,
    events_lost,
    events_doubled,
    events_shuffled,
    stale_lists,
    ambiguous_start,
)
