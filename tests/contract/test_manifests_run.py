"""helm-free-manifests, registered with the AWS CLI as they are and run on the local ECS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from tests.scenarios.processes import Controller, Ecs, closing, eventually

FOLDER = Path(__file__).resolve().parents[2] / "helm-free-manifests"
INSTANCES = 2


def config(ecs: Ecs) -> dict[str, Any]:
    """daemonctl.yaml with monitoring.yaml in it, for this cluster and without a Consul."""
    content: dict[str, Any] = yaml.safe_load((FOLDER / "daemonctl.yaml").read_text("utf-8"))
    content["daemons"] += yaml.safe_load((FOLDER / "monitoring.yaml").read_text("utf-8"))
    del content["consul"]
    (cluster,) = content["clusters"]
    cluster |= {"name": "local", "region": "us-east-1", "events": {"queueUrl": ecs.queue()}}
    del cluster["consul"]
    for daemon in content["daemons"]:
        daemon.get("ready", {}).pop("consul", None)
    content["http"] = {"listen": "127.0.0.1:0", "metricsListen": "127.0.0.1:0"}
    return content


def test_all_of_it_is_registered_and_runs(tmp_path: Path) -> None:
    ecs = Ecs(tmp_path, "--instances", str(INSTANCES))
    with closing(ecs):
        for path in sorted(FOLDER.glob("*.json")):
            if not path.stem.endswith("-service"):
                ecs.aws("ecs", "register-task-definition", "--cli-input-json", f"file://{path}")
        content = config(ecs)
        path = tmp_path / "daemonctl.yaml"
        path.write_text(yaml.safe_dump(content), "utf-8")
        controller = Controller(path, ecs.env)
        with closing(controller):
            names = [daemon["name"] for daemon in content["daemons"]]
            assert len(names) == 7

            def current() -> dict[str, int]:
                rows: Any = controller.cluster()["daemons"]
                return {row["name"]: row["current"] for row in rows}

            # Whatever is started is RUNNING here; what has a health check is ready a minute later.
            everywhere = dict.fromkeys(names, INSTANCES)
            eventually(lambda: current() == everywhere, lambda: str(current()))
            eventually(lambda: controller.counted("gate_closed_instances") == 0)
            for service in sorted(FOLDER.glob("*-service.json")):
                asked = {**json.loads(service.read_text("utf-8")), "cluster": "local"}
                ecs.aws("ecs", "create-service", "--cli-input-json", json.dumps(asked))

            def running() -> str:
                names = ("elasticsearch", "kibana", "daemonctl")
                query = "services[].[serviceName,runningCount==desiredCount]"
                asked = ("--cluster", "local", "--services", *names, "--query", query)
                return ecs.aws("ecs", "describe-services", *asked)

            eventually(lambda: running().count("True") == len(running().splitlines()) == 3, running)
            assert current() == everywhere
