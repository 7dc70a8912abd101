"""A Consul of three servers that loses its quorum, and replicas that start while it is away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.real.leader.replicas import Stage, until
from tests.real.parts.machine import prepare
from tests.stand_ins.metadata import metadata


@contextmanager
def playing(folder: Path, *others: str) -> Iterator[Stage]:
    prepare()
    stage = Stage(folder, *others)
    try:
        yield stage
    finally:
        stage.close()


def told(task: str) -> bytes:
    return json.dumps({"Cluster": "local", "TaskARN": task}).encode()


def test_without_a_quorum_the_holder_repairs_and_leads_again_with_one(tmp_path: Path) -> None:
    with playing(tmp_path, "second", "third") as stage:
        leader, standby = stage.pair()
        for other in stage.consul.others:
            other.kill()
        until(lambda: leader.role() == "repair-only", said=stage.said)
        victim = stage.kill()
        until(lambda: stage.replaced(victim), said=stage.said)
        assert standby.role() == "standby"
        for other in stage.consul.others:
            other.restart()
        stage.consul.ready()
        until(lambda: leader.leads() != standby.leads(), said=stage.said)
        assert stage.stops() == []


def test_where_nobody_led_the_oldest_task_of_its_own_service_repairs(tmp_path: Path) -> None:
    with playing(tmp_path) as stage:
        stage.api.create_service(
            cluster="local", serviceName="daemonctl", taskDefinition="kibana", desiredCount=2
        )

        def own() -> list[str]:
            listed = stage.api.list_tasks(cluster="local", serviceName="daemonctl")["taskArns"]
            if not listed:
                return []
            rows = stage.api.describe_tasks(cluster="local", tasks=listed)["tasks"]
            up = [row for row in rows if row["lastStatus"] == "RUNNING"]
            return [row["taskArn"] for row in sorted(up, key=lambda one: one["startedAt"])]

        until(lambda: len(own()) == 2)
        eldest, other = own()
        stage.consul.pause()
        try:
            with metadata(told(other)) as second, metadata(told(eldest)) as first:
                younger = stage.begin(ECS_CONTAINER_METADATA_URI_V4=second)
                older = stage.begin(ECS_CONTAINER_METADATA_URI_V4=first)
                until(lambda: older.role() == "repair-only", said=stage.said)
                until(lambda: len(stage.running()) == 3, said=stage.said)
                assert younger.role() == "standby"
        finally:
            stage.consul.go_on()
        until(lambda: older.leads() != younger.leads(), said=stage.said)
        stage.leading()
        assert stage.stops() == []
