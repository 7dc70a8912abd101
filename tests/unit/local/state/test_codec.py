"""A world written down and read again is the same world, and goes on as the other does."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from dataclasses import is_dataclass
from typing import Any

import pytest

import daemonctl.local.world
from daemonctl.local.dice import Dice
from daemonctl.local.state.codec import UnreadableError, encoded, frozen, thaw
from daemonctl.local.state.vocabulary import DATACLASSES, NOT_KEPT, PARTS, parts_of
from daemonctl.local.world import Behaviour, Switches, World
from daemonctl.local.world.agenda import HAPPENINGS
from daemonctl.local.world.capabilities import OFFERED
from daemonctl.local.world.ready_made import seed

NOW = 1_760_000_000.0
# what a new world has of itself, by its arguments
GIVEN = {
    "world": {"switches", "account", "region", "faults", "buckets", "sqs", "ec2", "core",
              "agents"},
    "core": {"dice", "switches", "account", "region", "names", "agenda", "publish", "stale",
             "scheduler", "base_url"},
    "names": {"account", "region", "_prefix"},
    "agenda": set(),
    "faults": {"_dice"},
    "buckets": {"_scale"},
    "sqs": {"_dice", "_faults", "_account", "_region", "base_url"},
}  # fmt: skip
SWITCHES = Switches(agent_flap_seconds=(60.0, 90.0), spot_draining=True, quota_scale=float("inf"))


def busy(dice: Dice) -> World:
    """A world with one of everything under way."""
    world = World(dice=dice, switches=SWITCHES)
    hosts = seed(world, 8, NOW)

    def call(operation: str, **params: Any) -> Any:
        return world.call("ecs", operation, {"cluster": "local", **params}, NOW + 20)

    check = {"command": ["CMD", "true"], "interval": 10}
    row = {"name": "a", "image": "x", "memory": 9, "healthCheck": check}
    row["portMappings"] = [{"containerPort": 80, "hostPort": 80}, {"containerPort": 81}]
    row["restartPolicy"] = {"enabled": True, "restartAttemptPeriod": 60}
    call("RegisterTaskDefinition", family="checked", containerDefinitions=[row])
    call("CreateCapacityProvider", name="p", autoScalingGroupProvider={
        "autoScalingGroupArn": "a", "managedDraining": "ENABLED"})  # fmt: skip
    world.add_instances("local", 1, NOW + 20, capacity_provider="p")
    world.behave("kibana", Behaviour(exit_after=40.0, exit_code=9), instance=hosts[3])
    world.behave("elasticsearch", Behaviour(pull_failure="no"))
    world.faults.set("event_lost", rate=0.2)
    world.faults.set("stale_list", rate=0.5, until=NOW + 900, size=3.0)
    call("CreateService", serviceName="s", taskDefinition="kibana", desiredCount=7)
    call("CreateService", serviceName="d", taskDefinition="checked", schedulingStrategy="DAEMON")
    call("RunTask", taskDefinition="elasticsearch", count=3, clientToken="t")
    call("StartTask", taskDefinition="registrator", containerInstances=hosts, tags=[
        {"key": "k", "value": "v"}])  # fmt: skip
    world.advance(NOW + 25)
    world.disconnect(hosts[1], NOW + 25)
    world.stop(hosts[2], NOW + 26)
    world.interrupt(hosts[4], NOW + 26)
    world.scale_in(list(world.hosts)[-1], NOW + 27, hook="h")
    world.terminate(hosts[5], NOW + 27)
    call("StopTask", task=next(iter(world.clusters["local"].tasks)))
    world.call("sqs", "ReceiveMessage", {"QueueUrl": "daemonctl-local"}, NOW + 28)
    real_agent(world)
    return world


def real_agent(world: World) -> None:
    """An agent of its own with an order that it has not acknowledged."""

    def call(operation: str, **params: Any) -> Any:
        return world.call("ecs", operation, {"cluster": "local", **params}, NOW + 28)

    resources = [{"name": name, "integerValue": 4096} for name in ("CPU", "MEMORY")]
    answer = call(
        "RegisterContainerInstance",
        totalResources=resources,
        attributes=[{"name": name} for name, _ in OFFERED],
        instanceIdentityDocument='{"instanceId": "i-real"}',
    )
    arn = answer["containerInstance"]["containerInstanceArn"]
    world.agents.connected(arn, NOW + 28)
    call("StartTask", taskDefinition="registrator", containerInstances=[arn])
    call("UpdateContainerInstancesState", containerInstances=[arn], status="DRAINING")


def read_again(world: World, dice: Dice) -> tuple[World, Dice]:
    other = Dice(99)
    again = World(dice=other, switches=SWITCHES)
    thaw(again, [(number, kind, body) for number, kind, body in frozen(world)])
    other.resume(json.loads(json.dumps(dice.state())))
    return again, other


def test_what_is_read_is_what_was_written() -> None:
    dice = Dice(4)
    world = busy(dice)
    again, other = read_again(world, dice)
    rows = list(frozen(world))
    assert list(frozen(again)) == rows
    assert other.thrown == dice.thrown
    kinds = {kind for _, kind, _ in rows}
    assert {kind.__name__ for kind in DATACLASSES} <= kinds  # the story has one of each
    assert again.hosts.keys() == world.hosts.keys()


def test_it_goes_on_as_the_other_does() -> None:
    dice = Dice(4)
    worlds = [busy(dice)]
    worlds.append(read_again(worlds[0], dice)[0])
    traces: list[list[object]] = []
    for world in worlds:
        trace: list[object] = []
        for step in range(1, 60):
            now = NOW + 28 + step * 7.5
            world.advance(now)
            tasks = world.call("ecs", "ListTasks", {"cluster": "local"}, now)["taskArns"]
            query = {"cluster": "local", "tasks": tasks}
            trace.append(world.call("ecs", "DescribeTasks", query, now) if tasks else None)
        trace.append(list(frozen(world)))
        traces.append(trace)
    assert traces[0] == traces[1]


def test_it_goes_on_through_everything_that_can_be_on_an_agenda() -> None:
    """Frozen after every happening of a long story, so that none is missing in the vocabulary."""
    world = busy(Dice(4))
    seen: set[str] = set()
    for _ in range(400):
        wake = world.next_wake()
        if wake is None:
            break
        for _, _, what, _ in world.core.agenda._heap:
            seen.add(what.__name__)
        list(frozen(world))
        world.advance(wake)
    assert len(seen) >= 10


def modules() -> list[Any]:
    path = daemonctl.local.world.__path__
    prefix = "daemonctl.local.world."
    return [importlib.import_module(row.name) for row in pkgutil.iter_modules(path, prefix)]


def test_every_happening_is_marked() -> None:
    """Whatever takes the due time first and then the core is made for an agenda."""
    made_for_it = [
        f"{module.__name__.rpartition('.')[2]}.{name}"
        for module in modules()
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__
        if list(inspect.signature(value).parameters)[:2] == ["now", "core"]
    ]
    assert made_for_it
    assert [name for name in made_for_it if name not in HAPPENINGS] == []


def test_nothing_of_the_world_is_forgotten() -> None:
    """A new attribute has to be kept, or named here as one that a new world has of itself."""
    world = busy(Dice(4))
    for name, part in parts_of(world).items():
        assert set(vars(part)) == set(PARTS[name]) | GIVEN[name], name
    unwritten = [
        value.__name__
        for module in modules()
        for value in vars(module).values()
        if inspect.isclass(value) and is_dataclass(value) and value.__module__ == module.__name__
        if value not in DATACLASSES
    ]
    assert sorted(unwritten) == ["Category", "Kind", "Launch", "Switches"]  # never in a world
    assert NOT_KEPT == {"Instance": ("attribute_rows", "registered_rows")}


@pytest.mark.parametrize(
    "row",
    [
        (1, "Popen", "{}"),
        (1, "Room", '{"cpu": 1}'),
        (0, "system", "{}"),
        (0, "world", '{"now": ["F", "os.system"]}'),
        (0, "world", '{"now": ["O", 7]}'),
        (0, "world", '{"now": ["X"]}'),
        (0, "world", '{"now": {"a": 1}}'),
        (0, "world", '{"now": []}'),
        (0, "world", "not JSON"),
    ],
)
def test_a_file_cannot_name_what_is_not_in_the_vocabulary(row: tuple[int, str, str]) -> None:
    with pytest.raises(UnreadableError):
        thaw(World(dice=Dice(1)), [row])


def test_numbers_and_text_that_the_fast_way_refuses() -> None:
    for value in (2**70, "\ud800", ["a", {"b": 2**65}]):
        assert json.loads(encoded(value)) == value
