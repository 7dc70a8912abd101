"""What a task publishes on its host, and what its definition tells registrator of it."""

from __future__ import annotations

import pytest

from daemonctl.adapters.ecs.definition import definition
from daemonctl.adapters.ecs.wire import Decoder
from daemonctl.model.cluster import Labelled, Port

ARN = "arn:aws:ecs:eu-west-1:1:task-definition/web:3"


def test_a_port_is_told_once_for_both_families_of_addresses() -> None:
    rows = [
        {"bindIP": "0.0.0.0", "containerPort": 80, "hostPort": 32768, "protocol": "tcp"},  # noqa: S104  as ECS tells it
        {"bindIP": "::", "containerPort": 80, "hostPort": 32768, "protocol": "tcp"},
        {"containerPort": 53, "hostPort": 32768, "protocol": "udp"},
        {"containerPortRange": "90-99", "hostPortRange": "40090-40099", "protocol": "tcp"},
    ]
    wire = {"taskArn": "t", "containers": [{"name": "a", "networkBindings": rows}, {"name": "b"}]}
    first, second = Decoder().task(wire, 0.0).containers
    assert first.ports == (Port(80, 32768), Port(53, 32768, udp=True))
    assert second.ports == ()


@pytest.mark.parametrize(
    ("environment", "label"),
    [
        ({"SERVICE_IGNORE": "true"}, Labelled("app", None, ignore=True)),
        ({"SERVICE_80_IGNORE": "1"}, Labelled("app", 80, ignore=True)),
        ({"SERVICE_NAME": "web"}, Labelled("app", None, named=True)),
        ({"SERVICE_8080_NAME": "web"}, Labelled("app", 8080, named=True)),
        ({"SERVICE_IGNORE": ""}, None),
        ({"SERVICE_TAGS": "a"}, None),
        ({"SERVICE_IGNORED": "1"}, None),
        ({"IGNORE": "1"}, None),
    ],
)
@pytest.mark.parametrize("labels", [False, True])
def test_registrators_marks_are_read_from_environment_and_labels(
    environment: dict[str, str],
    label: Labelled | None,
    labels: bool,  # noqa: FBT001  pytest's way
) -> None:
    pairs = [{"name": name, "value": value} for name, value in environment.items()]
    told = {"dockerLabels": environment} if labels else {"environment": pairs}
    found = definition(
        {"taskDefinitionArn": ARN, "containerDefinitions": [{"name": "app", **told}]}
    )
    assert found.labelled == (() if label is None else (label,))


@pytest.mark.parametrize(
    ("command", "options"),
    [
        (["-cleanup", "-explicit", "consul://127.0.0.1:8500"], ("-explicit",)),
        (["--internal=true"], ("-internal",)),
        (["-internal=false", "-resync=15", "explicit"], ()),
    ],
)
def test_of_a_command_only_registrators_options_are_kept(
    command: list[str], options: tuple[str, ...]
) -> None:
    row = {"name": "registrator", "command": command}
    found = definition({"taskDefinitionArn": ARN, "containerDefinitions": [row]})
    assert found.options == options
