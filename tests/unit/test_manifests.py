"""helm-free-manifests: what an operator registers as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml
from botocore.validate import ParamValidator
from click.testing import CliRunner

from daemonctl.cli.main import main

FOLDER = Path(__file__).resolve().parents[2] / "helm-free-manifests"
DEFINITIONS = sorted(p for p in FOLDER.glob("*.json") if not p.stem.endswith("-service"))
SERVICES = sorted(FOLDER.glob("*-service.json"))
ECS = botocore.session.get_session().get_service_model("ecs")


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content


def faults(operation: str, params: dict[str, Any]) -> str:
    shape = ECS.operation_model(operation).input_shape
    assert shape is not None
    return str(ParamValidator().validate(params, shape).generate_report())


def test_all_that_the_readme_names_is_there() -> None:
    daemons = {"consul-agent", "registrator", "node-exporter", "fluentd"}
    more = {"cadvisor", "datadog-agent", "xray"}
    services = {"elasticsearch", "kibana", "daemonctl"}
    assert {path.stem for path in DEFINITIONS} == daemons | more | services
    assert {path.stem for path in SERVICES} == {f"{name}-service" for name in services}


def test_services_wait_for_the_gate_and_daemonctl_does_not() -> None:
    gated = {
        path.stem.removesuffix("-service")
        for path in SERVICES
        for each in read(path)["placementConstraints"]
        if each.get("expression") == "attribute:daemonctl.ready == true"
    }
    assert gated == {"elasticsearch", "kibana"}


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: path.stem)
def test_each_definition_is_one_that_ecs_takes(path: Path) -> None:
    definition = read(path)
    assert faults("RegisterTaskDefinition", definition) == ""
    assert definition["family"] == path.stem
    mounted = {
        m["sourceVolume"]
        for c in definition["containerDefinitions"]
        for m in c.get("mountPoints", [])
    }
    assert mounted == {volume["name"] for volume in definition.get("volumes", [])}


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_each_service_is_one_that_ecs_takes(path: Path) -> None:
    service = read(path)
    assert faults("CreateService", service) == ""
    assert (FOLDER / f"{service['taskDefinition']}.json").exists()


def test_the_config_is_valid_and_names_what_is_there() -> None:
    done = CliRunner().invoke(main, ["validate", "--config", str(FOLDER / "daemonctl.yaml")])
    assert done.exit_code == 0, done.output
    config = yaml.safe_load((FOLDER / "daemonctl.yaml").read_text("utf-8"))
    for daemon in config["daemons"]:
        definition = read(FOLDER / f"{daemon['taskDefinition']}.json")
        containers = {each["name"] for each in definition["containerDefinitions"]}
        overrides = daemon.get("overrides", {}).get("containerOverrides", [])
        assert {each["name"] for each in overrides} <= containers
        assert faults("StartTask", start(daemon)) == ""


def start(daemon: dict[str, Any]) -> dict[str, Any]:
    call = {"cluster": "c", "containerInstances": ["i"], "taskDefinition": daemon["taskDefinition"]}
    return {**call, "overrides": daemon.get("overrides", {})}


def test_registrator_looks_again_cleans_up_and_never_gives_up() -> None:
    """Else a container that started while Consul had no leader stays missing for ever."""
    config = yaml.safe_load((FOLDER / "daemonctl.yaml").read_text("utf-8"))
    (daemon,) = (each for each in config["daemons"] if each["name"] == "registrator")
    (given,) = read(FOLDER / "registrator.json")["containerDefinitions"]
    for command in (given["command"], daemon["overrides"]["containerOverrides"][0]["command"]):
        assert "-cleanup" in command
        assert "-retry-attempts=-1" in command
        assert any(flag.startswith("-resync=") and flag != "-resync=0" for flag in command)


def test_no_secret_is_in_any_of_them() -> None:
    for path in DEFINITIONS:
        for container in read(path)["containerDefinitions"]:
            names = {each["name"] for each in container.get("environment", [])}
            assert not {name for name in names if "TOKEN" in name or "SECRET" in name}
