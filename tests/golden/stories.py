"""What goes wrong, kind by kind, and what the person who is paged looks at then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from daemonctl.local.world import Behaviour
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
from daemonctl.local.world.ready_made import CLUSTER
from daemonctl.model.ids import DaemonName
from daemonctl.model.spec import DaemonSpec
from tests.golden.stage import AGENT, REGISTRATOR, Stage

Story = Callable[[Stage], Awaitable[None]]

OURS = "daemonctl/prod"


async def _converged(stage: Stage, instances: int = 3) -> None:
    stage.seed(instances)
    stage.start()
    await stage.passes(60)


def _kill(stage: Stage, instance: str, family: str = "consul-agent") -> None:
    arn = stage.arn(instance)
    for task in stage.world.clusters[CLUSTER].tasks.values():
        if task.instance.arn == arn and task.definition.family == family and task.counts:
            stage.world.kill_task(task.arn, stage.now, exit_code=137)
            return


async def _fault_then_kill(stage: Stage, kind: str, *, seconds: float, size: float = 0.0) -> str:
    await _converged(stage)
    first = stage.instances[0]
    stage.world.faults.set(kind, rate=1.0, size=size or None)
    _kill(stage, first)
    await stage.passes(seconds)
    return first


async def throttling(stage: Stage) -> None:
    stage.says("consul-agent died on one instance 40 s ago; ECS throttles every call since.")
    first = await _fault_then_kill(stage, THROTTLE, seconds=40)
    stage.status()
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
    stage.plan()


async def server_errors_for_long(stage: Stage) -> None:
    stage.says("ECS and SQS have answered with a 5xx for 20 minutes: the view is too old.")
    stage.seed()
    stage.start(resync_seconds=60.0)
    await stage.passes(50)
    stage.world.faults.set(SERVER_ERROR, rate=1.0)
    _kill(stage, stage.instances[0])
    await stage.passes(1200)
    stage.status()
    stage.plan()
    stage.events(kind="CONDITION")


async def server_errors_on_starts(stage: Stage) -> None:
    stage.says("consul-agent died on one instance; each StartTask is answered with a 5xx.")
    await _converged(stage)
    first = stage.instances[0]
    stage.guarded.failing["StartTask"] = None
    _kill(stage, first)
    await stage.passes(90)
    stage.status("consul-agent")
    stage.explain(first)
    stage.events(first, daemon="consul-agent", kind="ACTION")


async def latency(stage: Stage) -> None:
    stage.says("consul-agent died on one instance; every answer takes longer than the timeout.")
    first = await _fault_then_kill(stage, LATENCY, seconds=75, size=70.0)
    stage.status()
    stage.explain(first)
    stage.events(first, daemon="consul-agent", since=80)


async def events_lost(stage: Stage) -> None:
    stage.says("No event arrives. consul-agent died; the next full listing (60 s) finds it.")
    stage.seed()
    stage.start(resync_seconds=60.0)
    await stage.passes(50)
    stage.world.faults.set(EVENT_LOST, rate=1.0)
    _kill(stage, stage.instances[0])
    await stage.passes(130)
    stage.status()
    stage.events(stage.instances[0], daemon="consul-agent", since=140)


async def events_doubled(stage: Stage) -> None:
    stage.says("Every event comes twice. consul-agent died and was started again: once.")
    first = await _fault_then_kill(stage, EVENT_DOUBLED, seconds=60)
    stage.status()
    stage.events(first, daemon="consul-agent", since=70)


async def events_shuffled(stage: Stage) -> None:
    stage.says("Events pass each other. consul-agent died and was started again: once.")
    first = await _fault_then_kill(stage, EVENT_SHUFFLED, seconds=90, size=20.0)
    stage.status()
    stage.events(first, daemon="consul-agent", since=100)


async def stale_lists(stage: Stage) -> None:
    stage.says("Lists show what was true 30 s ago, since before daemonctl began.")
    stage.seed()
    await stage.passes(5)
    stage.world.faults.set(STALE_LIST, rate=1.0, size=30.0)
    stage.start(resync_seconds=60.0)
    await stage.passes(20)
    stage.status()
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
    stage.explain(first)
    await stage.passes(60)
    stage.says("A minute later")
    stage.events(first, daemon="consul-agent")


async def crash_loop(stage: Stage) -> None:
    stage.says("registrator exits with code 1 after three seconds, on one instance.")
    stage.seed()
    first = stage.instances[0]
    behaviour = Behaviour(exit_after=3.0, exit_code=1)
    stage.world.behave("registrator", behaviour, instance=first)
    stage.start()
    await stage.passes(120)
    stage.status()
    stage.status("registrator")
    stage.explain(first)
    stage.plan()
    stage.events(first, daemon="registrator", kind="ACTION")


async def out_of_memory(stage: Stage) -> None:
    stage.says("consul-agent is killed for its memory after a minute, on one instance.")
    stage.seed()
    first = stage.instances[0]
    words = "OutOfMemoryError: Container killed due to memory usage"
    behaviour = Behaviour(exit_after=60.0, exit_code=137, reason=words)
    stage.world.behave("consul-agent", behaviour, instance=first)
    stage.start()
    await stage.passes(150)
    await stage.until(lambda: stage.verdict(first, "consul-agent") == "BACKOFF")
    stage.status("consul-agent")
    stage.explain(first)
    stage.events(first, daemon="consul-agent", kind="ACTION")


async def no_room(stage: Stage) -> None:
    stage.says("An instance joins whose memory is taken by something else already.")
    stage.seed()
    stage.start()
    await stage.passes(60)
    stage.world.add_instances(CLUSTER, 1, stage.now, memory=100)
    full = stage.instances[-1]
    await stage.passes(60)
    stage.status()
    stage.status("consul-agent")
    stage.explain(full)
    stage.plan()
    stage.events(full)


async def port_taken(stage: Stage) -> None:
    stage.says("Another task holds the port that node-exporter wants, on one instance.")
    stage.seed()
    for family in ("node-exporter", "other"):
        container = {
            "name": family,
            "image": family,
            "memory": 64,
            "portMappings": [{"containerPort": 9100, "hostPort": 9100}],
        }
        stage.act("RegisterTaskDefinition", family=family, containerDefinitions=[container])
    first = stage.instances[0]
    stage.act(
        "StartTask", cluster=CLUSTER, taskDefinition="other", containerInstances=[stage.arn(first)]
    )
    stage.start(DaemonSpec(DaemonName("node-exporter"), "node-exporter"))
    await stage.passes(60)
    stage.status("node-exporter")
    stage.explain(first)
    stage.plan()
    stage.events(first)


async def agent_disconnected(stage: Stage) -> None:
    stage.says("The ECS agents of an old and of a new instance have been away for minutes.")
    await _converged(stage)
    stage.world.disconnect(stage.instances[0], stage.now)
    stage.world.add_instances(CLUSTER, 1, stage.now)
    first = stage.instances[-1]
    stage.world.disconnect(first, stage.now)
    await stage.passes(300)
    stage.status()
    stage.explain(first)
    stage.plan()
    stage.events(first)


async def draining(stage: Stage) -> None:
    stage.says("Somebody drains an instance.")
    await _converged(stage)
    first = stage.instances[0]
    stage.act(
        "UpdateContainerInstancesState",
        cluster=CLUSTER,
        containerInstances=[stage.arn(first)],
        status="DRAINING",
    )
    await stage.passes(60)
    stage.status()
    stage.explain(first)
    stage.plan()
    stage.events(first, since=65)


async def missing_definition(stage: Stage) -> None:
    stage.says("The config names a task definition that nobody has registered.")
    stage.seed()
    stage.start(AGENT, DaemonSpec(DaemonName("node-exporter"), "node-exporter"))
    await stage.passes(60)
    stage.status()
    stage.status("node-exporter")
    stage.explain(stage.instances[0])
    stage.plan()
    stage.events(daemon="node-exporter")


async def inactive_definition(stage: Stage) -> None:
    stage.says("The pinned revision is deregistered, and then consul-agent dies.")
    stage.seed()
    stage.start(replace(AGENT, task_definition="consul-agent:1"), REGISTRATOR)
    await stage.passes(60)
    stage.act("DeregisterTaskDefinition", taskDefinition="consul-agent:1")
    first = stage.instances[0]
    _kill(stage, first)
    await stage.passes(120)
    stage.status()
    stage.status("consul-agent")
    stage.explain(first)
    stage.plan()
    stage.events(first, daemon="consul-agent", since=110)


async def access_denied(stage: Stage) -> None:
    stage.says("daemonctl's role may not call StartTask.")
    stage.seed()
    stage.guarded.denied["StartTask"] = None
    stage.start()
    await stage.passes(20)
    stage.status()
    stage.explain(stage.instances[0])
    stage.plan()
    stage.events(stage.instances[0], daemon="consul-agent")


async def access_denied_to_lists(stage: Stage) -> None:
    stage.says("daemonctl's role may not list anything.")
    stage.seed()
    stage.guarded.denied["ListContainerInstances"] = None
    stage.start()
    await stage.passes(60)
    stage.status()
    stage.plan()


async def duplicate(stage: Stage) -> None:
    stage.says("A second consul-agent of ours turns up on one instance.")
    await _converged(stage)
    first = stage.instances[0]
    stage.act(
        "StartTask",
        cluster=CLUSTER,
        taskDefinition="consul-agent",
        containerInstances=[stage.arn(first)],
        startedBy=OURS,
        group="daemonctl-consul-agent",
    )
    await stage.until(lambda: stage.verdict(first, "consul-agent") == "DUPLICATE")
    stage.status()
    stage.explain(first)
    await stage.passes(60)
    stage.says("A minute later")
    stage.status("consul-agent")
    stage.events(first, daemon="consul-agent")


async def misplaced_held(stage: Stage) -> None:
    stage.says("An edit of placementConstraints leaves no instance to registrator.")
    await _converged(stage)
    constraints = ("attribute:role == web",)
    stage.replace(AGENT, replace(REGISTRATOR, constraints=constraints))
    await stage.passes(900)
    stage.status()
    stage.status("registrator")
    stage.explain(stage.instances[0])
    stage.plan()
    stage.events(daemon="registrator", kind="CONDITION")


async def orphan(stage: Stage) -> None:
    stage.says("registrator is taken out of the config.")
    await _converged(stage)
    stage.replace(AGENT)
    await stage.passes(60)
    stage.status()
    stage.explain(stage.instances[0])
    stage.plan()
    stage.events(stage.instances[0], daemon="registrator")


async def foreign(stage: Stage) -> None:
    stage.says("Somebody runs a consul-agent by hand beside ours.")
    await _converged(stage)
    first = stage.instances[0]
    stage.act(
        "StartTask",
        cluster=CLUSTER,
        taskDefinition="consul-agent",
        containerInstances=[stage.arn(first)],
        startedBy="alice",
    )
    await stage.passes(60)
    stage.status()
    stage.explain(first)
    stage.plan()
    stage.events(first, daemon="consul-agent", since=65)


async def slow_start(stage: Stage) -> None:
    stage.says("consul-agent's image cannot be pulled, on any of twelve instances.")
    stage.seed(12)
    words = "pull access denied for hashicorp/consul, repository does not exist"
    stage.world.behave("consul-agent", Behaviour(pull_failure=words))
    stage.start()
    await stage.passes(60)
    stage.status()
    stage.status("consul-agent")
    stage.explain(stage.instances[0])
    stage.plan()
    stage.events(daemon="consul-agent", kind="CONDITION")


async def start_timeout(stage: Stage) -> None:
    stage.says("consul-agent stays PENDING on one instance.")
    stage.seed()
    first = stage.instances[0]
    stage.world.behave("consul-agent", Behaviour(never_start=True), instance=first)
    stage.start()
    await stage.passes(400)
    stage.status("consul-agent")
    stage.explain(first)
    stage.plan()
    stage.events(first, daemon="consul-agent")


STORIES: dict[str, Story] = {
    story.__name__.replace("_", "-"): story
    for story in (
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
        crash_loop,
        out_of_memory,
        no_room,
        port_taken,
        agent_disconnected,
        draining,
        missing_definition,
        inactive_definition,
        access_denied,
        access_denied_to_lists,
        duplicate,
        misplaced_held,
        orphan,
        foreign,
        slow_start,
        start_timeout,
    )
}
