"""A story of a daemon that runs once, and of those that wait for it."""

from __future__ import annotations

from msgspec.structs import replace

from daemonctl.local.world import Behaviour
from daemonctl.model.ids import DaemonName
from daemonctl.model.spec import DaemonSpec, Dependency, DependsOn
from tests.golden.common import Story
from tests.golden.stage import AGENT, Stage

SETUP = DaemonSpec(DaemonName("host-setup"), "host-setup", once=True)
AFTER = replace(AGENT, depends_on=(Dependency(SETUP.name, DependsOn.SUCCESS),))


async def run_once(stage: Stage) -> None:
    stage.says("host-setup runs once on each of three instances; on the first it fails.")
    stage.seed()
    first = stage.instances[0]
    container = {"name": "setup", "image": "setup:1", "memory": 64, "essential": True}
    stage.act("RegisterTaskDefinition", family="host-setup", containerDefinitions=[container])
    stage.world.behave("host-setup", Behaviour(exit_after=4.0, exit_code=0))
    fails = Behaviour(exit_after=2.0, exit_code=17)
    stage.world.behave("host-setup", fails, instance=stage.arn(first))
    stage.start(SETUP, AFTER)
    await stage.passes(45)
    stage.status()
    stage.status("host-setup")
    stage.explain(first)
    stage.says("What it needs is put right on that host.")
    works = Behaviour(exit_after=4.0, exit_code=0)
    stage.world.behave("host-setup", works, instance=stage.arn(first))
    await stage.passes(120)
    stage.status()
    stage.explain(first)
    stage.events(first, daemon="host-setup", kind="ACTION")


STORIES: tuple[Story, ...] = (run_once,)
