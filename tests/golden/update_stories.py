"""Stories of updates, of one that is undone, and of services behind the gate."""

from __future__ import annotations

from msgspec.structs import replace

from daemonctl.local.world import Behaviour
from daemonctl.local.world.ready_made import CLUSTER
from daemonctl.model.spec import Breaker, Canary, GateSpec, Share
from tests.golden.common import Story
from tests.golden.stage import AGENT, REGISTRATOR, Stage

PINNED = replace(AGENT, task_definition="consul-agent:1", min_ready_seconds=5.0)
FIRST_LOOK = 700.0
"""Seconds: a resync interval of 600, the listing lag, and some."""


def revise(stage: Stage) -> None:
    """One more revision of consul-agent, like its latest."""
    asked = stage.act("DescribeTaskDefinition", taskDefinition="consul-agent")
    latest = asked["taskDefinition"]
    kept = ("family", "networkMode", "containerDefinitions", "volumes")
    stage.act("RegisterTaskDefinition", **{name: latest[name] for name in kept})


async def update(stage: Stage) -> None:
    stage.says("consul-agent:2 is asked for, on six instances, two at a time.")
    stage.seed(6)
    spec = replace(PINNED, max_unavailable=Share(2))
    stage.start(spec, REGISTRATOR)
    await stage.passes(60)
    revise(stage)
    stage.replace(replace(spec, task_definition="consul-agent:2"), REGISTRATOR)
    await stage.passes(60)
    stage.says("At first it waits: nothing is stopped before the first look is over.")
    stage.status("consul-agent")
    stage.plan()
    await stage.until(lambda: stage.verdict(stage.instances[0], "consul-agent") == "SETTLING", 700)
    stage.says("Then it goes on.")
    stage.status()
    stage.status("consul-agent")
    await stage.until(lambda: stage.rollout("consul-agent") == "STEADY")
    stage.status("consul-agent")
    stage.history("consul-agent")
    stage.events(daemon="consul-agent", kind="CONDITION")


async def rollback(stage: Stage) -> None:
    stage.says("consul-agent:2 exits with code 3 after a second; its first instance is a canary.")
    stage.seed()
    spec = replace(PINNED, canary=Canary(1, 300.0), breaker=Breaker(max_failures=1))
    stage.start(spec, REGISTRATOR)
    await stage.passes(FIRST_LOOK)
    revise(stage)
    stage.world.behave("consul-agent:2", Behaviour(exit_after=1.0, exit_code=3))
    stage.replace(replace(spec, task_definition="consul-agent:2"), REGISTRATOR)
    first = stage.instances[0]
    await stage.until(lambda: stage.verdict(first, "consul-agent") == "BACKOFF")
    stage.status("consul-agent")
    stage.explain(first)
    stage.table()
    await stage.until(lambda: stage.rollout("consul-agent") == "STEADY")
    stage.says("It was given up for the last good revision.")
    stage.status()
    stage.status("consul-agent")
    stage.history("consul-agent")
    stage.events(first, daemon="consul-agent", kind="ACTION", since=120)


async def gate(stage: Stage) -> None:
    stage.says("kibana asks for the gate; on one instance registrator keeps crashing.")
    stage.seed()
    first = stage.instances[0]
    broken = Behaviour(exit_after=3.0, exit_code=1)
    stage.world.behave("registrator", broken, instance=first)
    asks = {"type": "memberOf", "expression": "attribute:daemonctl.ready == true"}
    stage.act(
        "CreateService",
        cluster=CLUSTER,
        serviceName="kibana",
        taskDefinition="kibana",
        desiredCount=4,
        placementConstraints=[asks],
    )
    stage.start(AGENT, REGISTRATOR, gate=GateSpec(open_after_seconds=5, close_after_seconds=5))
    await stage.passes(120)
    stage.table()
    stage.explain(first)
    stage.says("What it needs is put right there, and two more tasks of kibana are asked for.")
    stage.world.behave("registrator", Behaviour(), instance=first)
    await stage.until(lambda: stage.verdict(first, "registrator") == "READY")
    await stage.passes(60)
    stage.act("UpdateService", cluster=CLUSTER, service="kibana", desiredCount=6)
    await stage.passes(30)
    stage.table()
    where = [
        str(task.instance.arn)
        for task in stage.world.clusters[CLUSTER].tasks.values()
        if task.definition.family == "kibana" and task.counts
    ]
    counts = ", ".join(f"{where.count(stage.arn(one))} on {one}" for one in stage.instances)
    stage.says(f"Tasks of kibana: {counts}.")
    stage.events(first, kind="ACTION", since=180)


STORIES: tuple[Story, ...] = (update, rollback, gate)
