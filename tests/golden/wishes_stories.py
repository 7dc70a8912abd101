"""Stories of what was asked for and cannot be, or is there and should not."""

from __future__ import annotations

from msgspec.structs import replace

from daemonctl.local.world import Behaviour
from daemonctl.local.world.ready_made import CLUSTER
from daemonctl.model.ids import DaemonName
from daemonctl.model.spec import DaemonSpec
from tests.golden.common import OURS, Story, converged, kill
from tests.golden.stage import AGENT, REGISTRATOR, Stage


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
    kill(stage, first)
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
    stage.events(stage.instances[0], daemon="consul-agent", kind="ACTION")


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
    await converged(stage)
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
    await converged(stage)
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
    await converged(stage)
    stage.replace(AGENT)
    await stage.passes(60)
    stage.status()
    stage.explain(stage.instances[0])
    stage.plan()
    stage.events(stage.instances[0], daemon="registrator")


async def foreign(stage: Stage) -> None:
    stage.says("Somebody runs a consul-agent by hand beside ours.")
    await converged(stage)
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


STORIES: tuple[Story, ...] = (
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
