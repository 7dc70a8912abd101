"""The same seed gives the same trace, whatever PYTHONHASHSEED is."""

from __future__ import annotations

import os
import subprocess
import sys

STORY = """
import hashlib, json, random
from daemonctl.local.world import Behaviour, World
from daemonctl.local.world.ready_made import seed

world = World(dice=random.Random(7).random)
trace = hashlib.sha256()
send = world.core.publish
world.core.publish = lambda *event: (trace.update(json.dumps(event).encode()), send(*event))
now = 1_760_000_000.0
hosts = seed(world, 6, now)
world.faults.set("event_shuffled", rate=0.3)
world.faults.set("stale_list", rate=0.5)

def call(operation, **params):
    answer = world.call("ecs", operation, {"cluster": "local", **params}, now)
    trace.update(json.dumps(answer).encode())
    return answer

call("CreateService", serviceName="d", taskDefinition="registrator", schedulingStrategy="DAEMON")
call("CreateService", serviceName="w", taskDefinition="kibana", desiredCount=9)
world.behave("consul-agent", Behaviour(exit_after=30.0))
for step in range(60):
    now += 3.5
    call("StartTask", taskDefinition="consul-agent", containerInstances=hosts[: 1 + step % 6])
    tasks = call("ListTasks", maxResults=5)["taskArns"]
    if tasks:
        call("DescribeTasks", tasks=tasks)
        call("StopTask", task=tasks[0])
    if step == 20:
        world.terminate(hosts[1], now)
    if step == 30:
        world.stop(hosts[2], now)
        call("UpdateContainerInstancesState", containerInstances=hosts[3:4], status="DRAINING")
    call("ListContainerInstances", filter="agentConnected == true")
    call("DescribeServices", services=["d", "w"])
print(trace.hexdigest(), world.sqs.published)
"""


def told(hash_seed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", STORY],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_the_hash_seed_does_not_show() -> None:
    first = told("0")
    assert int(first.split()[1]) > 500
    assert {told(seed) for seed in ("1", "4242")} == {first}
