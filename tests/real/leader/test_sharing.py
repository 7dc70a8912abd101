"""Two clusters, two controllers: each leads one and spends half; one dies, the other leads both."""

from __future__ import annotations

from pathlib import Path

from tests.real.leader.replicas import TAKEOVER, Replica, Stage, until
from tests.real.parts.machine import prepare


def led(stage: Stage, replica: Replica) -> list[str]:
    return [name for name in stage.clusters if replica.leads(name)]


def test_replicas_share_the_clusters_and_the_api_budget(tmp_path: Path) -> None:
    prepare()
    stage = Stage(tmp_path, clusters=2)
    try:
        one = stage.begin()
        until(lambda: led(stage, one) == stage.clusters, said=stage.said)
        writes = 'bucket="cluster_resource_modify"'  # 100 in ECS's own
        until(lambda: one.counted("api_budget_tokens", writes) > 80, said=stage.said)
        other = stage.begin()
        until(lambda: led(stage, other) == ["more1"], 2 * TAKEOVER, stage.said)
        until(lambda: led(stage, one) == ["local"], said=stage.said)
        assert one.counted("leader", 'cluster="more1"') == 0
        until(lambda: one.counted("api_budget_tokens", writes) <= 50, said=stage.said)
        other.kill()
        until(lambda: led(stage, one) == stage.clusters, TAKEOVER + 15, stage.said)
        until(lambda: one.counted("api_budget_tokens", writes) > 80, said=stage.said)
    finally:
        stage.close()
