"""Three stages for one suite over ports.Transport: the world in memory, over HTTP, and moto."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest

from daemonctl.adapters.clock import SystemClock
from daemonctl.adapters.ecs.buckets import Buckets
from daemonctl.adapters.ecs.cluster import EcsCluster
from daemonctl.adapters.ecs.transport import BotoTransport
from daemonctl.local.memory import MemoryTransport
from daemonctl.local.server import serve
from daemonctl.local.world import Switches, World
from daemonctl.ports import Transport
from tests.stand_ins.moto_server import moto_served

REGION = "us-east-1"
DEFINITION: dict[str, Any] = {
    "family": "consul-agent",
    "containerDefinitions": [
        {
            "name": "consul-agent",
            "image": "consul",
            "cpu": 128,
            "memory": 256,
            "portMappings": [{"containerPort": 8500, "hostPort": 8500}],
        }
    ],
}


class Deaf:
    """ports.Sink that counts requests and hears nothing else."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[str, str]] = []

    def _ignore(self, *args: object, **labels: object) -> None: ...

    verdict = condition = action = violation = observe = log = _ignore

    def count(self, name: str, **labels: str) -> None:
        if name == "aws_requests_total":
            self.outcomes.append((labels["operation"], labels["outcome"]))


@dataclass
class Stage:
    """A cluster ``web`` with instances and the task definition ``consul-agent``, and a queue."""

    kind: str
    transport: Transport
    sink: Deaf
    cluster: EcsCluster
    queue_url: str
    instances: list[str]
    world: World | None = None

    @property
    def truth(self) -> World:
        """The world behind it. Moto has none."""
        assert self.world is not None
        return self.world


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Callable[[str], None]:
    """Points boto3 at an endpoint by the environment alone, away from this machine's own setup."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    # Ours is one attempt, whatever stands in the environment.
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "5")
    return lambda endpoint: monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)


def stage_of(kind: str, transport: Transport, **more: Any) -> Stage:
    clock, sink = SystemClock(), Deaf()
    buckets = Buckets(clock, budget=1.0, jitter=lambda: 0.0)
    return Stage(kind, transport, sink, EcsCluster(transport, buckets, "web", sink, clock), **more)


def a_world(clock: SystemClock, instances: int) -> tuple[World, str, list[str]]:
    world = World(dice=random.Random(1).random, switches=Switches(listing_lag_seconds=(0.0, 0.0)))
    world.call("ecs", "CreateCluster", {"clusterName": "web"}, clock.now())
    world.call("ecs", "RegisterTaskDefinition", DEFINITION, clock.now())
    queue_url = str(
        world.call("sqs", "CreateQueue", {"QueueName": "events"}, clock.now())["QueueUrl"]
    )
    return world, queue_url, world.add_instances("web", instances, clock.now())


@asynccontextmanager
async def in_memory() -> AsyncIterator[Stage]:
    clock = SystemClock()
    world, queue_url, arns = a_world(clock, 230)
    transport = MemoryTransport(world, clock)
    yield stage_of("memory", transport, queue_url=queue_url, instances=arns, world=world)


@asynccontextmanager
async def over_http(aws: Callable[[str], None]) -> AsyncIterator[Stage]:
    clock = SystemClock()
    world, _, arns = a_world(clock, 230)
    ended, endpoint = asyncio.Event(), asyncio.get_running_loop().create_future()
    server = asyncio.create_task(
        serve("127.0.0.1", 0, world, clock=clock.now, ready=endpoint.set_result, ended=ended)
    )
    await asyncio.wait([server, endpoint], return_when=asyncio.FIRST_COMPLETED)
    if server.done():
        server.result()
    aws(endpoint.result())
    transport = BotoTransport(REGION)
    try:
        answer = await transport.call("sqs", "GetQueueUrl", {"QueueName": "events"})
        yield stage_of("http", transport, queue_url=answer["QueueUrl"], instances=arns, world=world)
    finally:
        transport.close()
        ended.set()
        await server


@asynccontextmanager
async def over_moto(aws: Callable[[str], None]) -> AsyncIterator[Stage]:
    with moto_served() as endpoint:
        aws(endpoint)
        transport = BotoTransport(REGION)
        try:
            queue_url, arns = await asyncio.to_thread(_furnish_moto, endpoint)
            yield stage_of("moto", transport, queue_url=queue_url, instances=arns)
        finally:
            transport.close()


def _furnish_moto(endpoint: str) -> tuple[str, list[str]]:
    # Its state belongs to the process, not to the server.
    urlopen(Request(f"{endpoint}/moto-api/reset", method="POST")).close()  # noqa: S310 — ours
    ecs, ec2, sqs = (boto3.client(name) for name in ("ecs", "ec2", "sqs"))
    ecs.create_cluster(clusterName="web")
    ecs.register_task_definition(**DEFINITION)
    # One of moto's own; to list them all takes seconds.
    made = ec2.run_instances(ImageId="ami-12c6146b", MinCount=3, MaxCount=3)["Instances"]
    arns = []
    for row in made:
        document = json.dumps({"instanceId": row["InstanceId"], "region": REGION})
        answer = ecs.register_container_instance(cluster="web", instanceIdentityDocument=document)
        arns.append(answer["containerInstance"]["containerInstanceArn"])
    queue_url = sqs.create_queue(QueueName="events")["QueueUrl"]
    for client in (ecs, ec2, sqs):
        client.close()
    return queue_url, arns


STAGES = ("memory", "http", "moto")
WORLDS = ("memory", "http")


@pytest.fixture
async def stage(request: pytest.FixtureRequest, aws: Callable[[str], None]) -> AsyncIterator[Stage]:
    """One of the three; ``@pytest.mark.parametrize("stage", WORLDS, indirect=True)`` for two."""
    kind = getattr(request, "param", None)
    opened = in_memory() if kind == "memory" else None
    opened = opened or (over_moto(aws) if kind == "moto" else over_http(aws))
    async with opened as found:
        yield found
