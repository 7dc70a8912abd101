"""Stories of containers that die and hosts that cannot take them."""

from __future__ import annotations

from daemonctl.local.world import Behaviour
from daemonctl.local.world.ready_made import CLUSTER
from daemonctl.model.ids import DaemonName
from daemonctl.model.spec import DaemonSpec
from tests.golden.common import Story, converged
from tests.golden.stage import Stage


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


def checked(stage: Stage) -> DaemonSpec:
    """A daemon whose container has a health check."""
    container = {
        "name": "fluentd",
        "image": "fluentd",
        "memory": 64,
        "healthCheck": {"command": ["CMD", "true"], "interval": 5, "retries": 1},
    }
    stage.act("RegisterTaskDefinition", family="fluentd", containerDefinitions=[container])
    return DaemonSpec(DaemonName("fluentd"), "fluentd")


async def unhealthy(stage: Stage) -> None:
    stage.says("The health check of fluentd fails on one instance, again and again.")
    stage.seed(6)
    first = stage.instances[0]
    stage.start(checked(stage))
    await stage.passes(800)
    stage.world.behave("fluentd", Behaviour(unhealthy_after=30.0), instance=first)
    for task in stage.world.clusters[CLUSTER].tasks.values():
        if task.instance.arn == stage.arn(first) and task.counts:
            stage.world.set_health(task.arn, "UNHEALTHY", stage.now)
    await stage.until(lambda: stage.verdict(first, "fluentd") == "UNHEALTHY")
    stage.explain(first)
    await stage.passes(400)
    stage.status("fluentd")
    stage.explain(first)
    stage.events(first, daemon="fluentd", kind="ACTION")


async def common_cause(stage: Stage) -> None:
    stage.says("The health check of fluentd fails on half of the instances at once.")
    stage.seed(6)
    stage.start(checked(stage))
    await stage.passes(800)
    for task in list(stage.world.clusters[CLUSTER].tasks.values())[:3]:
        stage.world.set_health(task.arn, "UNHEALTHY", stage.now)
    await stage.passes(200)
    stage.status()
    stage.explain(stage.instances[0])
    stage.plan()


async def agent_disconnected(stage: Stage) -> None:
    stage.says("The ECS agents of an old and of a new instance have been away for minutes.")
    await converged(stage)
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
    stage.says("Somebody drains an instance that a service runs on, which is slow to leave.")
    await converged(stage)
    first = stage.instances[0]
    stage.world.behave("kibana", Behaviour(stop_seconds=(28.0, 28.0)))
    kibana: dict[str, object] = {"serviceName": "kibana", "taskDefinition": "kibana"}
    stage.act("CreateService", cluster=CLUSTER, desiredCount=len(stage.instances), **kibana)
    await stage.passes(20)
    stage.act(
        "UpdateContainerInstancesState",
        cluster=CLUSTER,
        containerInstances=[stage.arn(first)],
        status="DRAINING",
    )
    await stage.passes(20)
    stage.explain(first)
    await stage.passes(40)
    stage.status()
    stage.explain(first)
    stage.plan()
    stage.events(first, daemon="consul-agent", since=65)


STORIES: tuple[Story, ...] = (
    crash_loop,
    out_of_memory,
    no_room,
    port_taken,
    unhealthy,
    common_cause,
    agent_disconnected,
    draining,
)
