"""Task definitions: revisions, what they require, how they are found and listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.local.world.conftest import Ecs

DOCKER = "com.amazonaws.ecs.capability.docker-remote-api."


def found(ecs: Ecs, name: str) -> str:
    answer = ecs.call("DescribeTaskDefinition", taskDefinition=name)
    return answer["taskDefinition"]["taskDefinitionArn"].rpartition("/")[2]


def test_every_call_is_a_new_revision(ecs: Ecs) -> None:
    """ "new revision every call"; "family = latest ACTIVE"."""
    for revision in (1, 2, 3):
        assert ecs.register("web", {"name": "a"}).endswith(f":task-definition/web:{revision}")
    ecs.call("DeregisterTaskDefinition", taskDefinition="web:3")
    assert found(ecs, "web") == "web:2"
    assert found(ecs, "web:3") == "web:3"
    assert found(ecs, ecs.register("web", {"name": "a"})) == "web:4"


def test_unknown_is_a_client_exception(ecs: Ecs) -> None:
    for name in ("nope", "consul-agent:2", "arn:aws:ecs:us-east-1:1:task-definition/a:1"):
        refusal = ecs.refused("DescribeTaskDefinition", taskDefinition=name)
        assert refusal == ("ClientException", "Unable to describe task definition.")
    assert ecs.refused("DeregisterTaskDefinition", taskDefinition="consul-agent")


@pytest.mark.parametrize(
    ("container", "task", "names"),
    [
        ({}, {}, []),
        (
            {"logConfiguration": {"logDriver": "json-file"}}, {},
            ["com.amazonaws.ecs.capability.logging-driver.json-file", f"{DOCKER}1.18"],
        ),
        (
            {"logConfiguration": {"logDriver": "awslogs"}}, {"executionRoleArn": "arn:x"},
            ["com.amazonaws.ecs.capability.logging-driver.awslogs", f"{DOCKER}1.19",
             "ecs.capability.execution-role-awslogs"],
        ),
        (
            {"image": "1.dkr.ecr.eu-west-1.amazonaws.com/a:1"}, {"executionRoleArn": "arn:x"},
            ["com.amazonaws.ecs.capability.ecr-auth", f"{DOCKER}1.19",
             "ecs.capability.execution-role-ecr-pull"],
        ),
        (
            {"environmentFiles": [{"value": "arn:aws:s3:::b/e.env", "type": "s3"}]},
            {},
            ["ecs.capability.env-files.s3"],
        ),
        (
            {"firelensConfiguration": {"type": "fluentbit"}},
            {},
            ["ecs.capability.firelens.fluentbit"],
        ),
        (
            {"repositoryCredentials": {"credentialsParameter": "p"}},
            {},
            ["ecs.capability.private-registry-authentication.secretsmanager", f"{DOCKER}1.19"],
        ),
        ({"privileged": True}, {}, ["com.amazonaws.ecs.capability.privileged-container"]),
        ({"memoryReservation": 64}, {}, [f"{DOCKER}1.21"]),
        (
            {"healthCheck": {"command": ["CMD"]}}, {},
            ["ecs.capability.container-health-check", f"{DOCKER}1.24"],
        ),
        ({}, {"networkMode": "awsvpc"}, ["ecs.capability.task-eni"]),
        (
            {}, {"networkMode": "host", "taskRoleArn": "arn:x"},
            ["com.amazonaws.ecs.capability.task-iam-role-network-host", f"{DOCKER}1.17"],
        ),
        ({}, {"pidMode": "host"}, ["ecs.capability.pid-ipc-namespace-sharing"]),
        ({}, {"memory": "512"}, ["ecs.capability.task-cpu-mem-limit"]),
        (
            {"secrets": [{"name": "A", "valueFrom": "arn:aws:secretsmanager:x:secret:y"}]}, {},
            ["ecs.capability.secrets.asm.environment-variables"],
        ),
        (
            {"secrets": [{"name": "A", "valueFrom": "/a"}]}, {},
            ["ecs.capability.secrets.ssm.environment-variables"],
        ),
        (
            {}, {"volumes": [{"name": "v", "dockerVolumeConfiguration": {"driver": "rexray"}}]},
            ["ecs.capability.docker-plugin.rexray"],
        ),
    ],
)  # fmt: skip
def test_requires_attributes(
    ecs: Ecs, container: dict[str, Any], task: dict[str, Any], names: list[str]
) -> None:
    ecs.register("needy", {"name": "a", **container}, **task)
    row = ecs.call("DescribeTaskDefinition", taskDefinition="needy")["taskDefinition"]
    assert [item["name"] for item in row["requiresAttributes"]] == names


@pytest.mark.parametrize(
    ("containers", "more", "words"),
    [
        ([], {}, "Container list"),
        ([{"name": "a"}] * 2, {}, "unique"),
        ([{"name": ""}], {}, "name"),
        ([{"name": "a", "image": ""}], {}, "image"),
        ([{"name": "a", "essential": False}], {}, "essential"),
        ([{"name": "a", "memory": 5}], {}, "memory"),  # "container minimum 6 MiB"
        ([{"name": "a", "memory": None}], {}, "memoryReservation"),
        ([{"name": f"c{n}"} for n in range(11)], {}, "limit is 10"),
        ([{"name": "a"}], {"family": "a b"}, "Family"),
        ([{"name": "a"}], {"family": "a" * 256}, "Family"),
    ],
)
def test_what_is_refused(
    ecs: Ecs, containers: list[dict[str, Any]], more: dict[str, Any], words: str
) -> None:
    rows = [{"image": "x", "memory": 64, **row} for row in containers]
    params = {"family": "bad", "containerDefinitions": rows, **more}
    code, message = ecs.refused("RegisterTaskDefinition", **params)
    assert code == "ClientException"
    assert words in message


def test_lists(ecs: Ecs) -> None:
    """ "familyPrefix (= FULL family name)"; the families' list "takes a real prefix"."""
    for _ in range(3):
        ecs.register("web", {"name": "a"})
    ecs.register("website", {"name": "a"})
    ecs.call("DeregisterTaskDefinition", taskDefinition="web:1")
    ecs.call("DeregisterTaskDefinition", taskDefinition="website:1")

    def names(**params: Any) -> list[str]:
        arns = ecs.pages("ListTaskDefinitions", "taskDefinitionArns", maxResults=1, **params)
        return [arn.rpartition("/")[2] for arn in arns]

    def families(**params: Any) -> list[str]:
        return ecs.pages("ListTaskDefinitionFamilies", "families", maxResults=1, **params)

    assert names(familyPrefix="web") == ["web:2", "web:3"]
    assert names(familyPrefix="web", sort="DESC") == ["web:3", "web:2"]
    assert names(familyPrefix="web", status="INACTIVE") == ["web:1"]
    assert names(familyPrefix="we") == []
    assert len(names()) == 6
    assert families(familyPrefix="we") == ["web", "website"]
    assert families(familyPrefix="we", status="ACTIVE") == ["web"]
    assert families(status="INACTIVE") == ["website"]


def test_the_ready_made_ones(ecs: Ecs) -> None:
    """Host network without portMappings for the daemons, dynamic ports for the services."""
    rows = {
        family: ecs.call("DescribeTaskDefinition", taskDefinition=family)["taskDefinition"]
        for family in ("consul-agent", "registrator", "elasticsearch", "kibana")
    }
    for family, size in (("consul-agent", 128), ("registrator", 64)):
        (container,) = rows[family]["containerDefinitions"]
        assert rows[family]["networkMode"] == "host"
        assert container["portMappings"] == []
        assert (container["cpu"], container["memory"]) == (size, size)
    for family in ("elasticsearch", "kibana"):
        (container,) = rows[family]["containerDefinitions"]
        assert rows[family]["networkMode"] == "bridge"
        assert [port["hostPort"] for port in container["portMappings"]] == [0]
    assert rows["consul-agent"]["containerDefinitions"][0]["command"][0] == "agent"
