"""deploy/cloudformation and deploy/terraform: linted, alike, with the rights that the code uses."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import hcl2
import pytest
from cfnlint.api import lint_file
from cfnlint.decode import cfn_yaml

from tests.simulation.run import run

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "deploy" / "cloudformation" / "daemonctl.yaml"
MODULE = ROOT / "deploy" / "terraform"

BUILT_UP = {"ecs:DescribeContainerInstances", "ecs:DescribeTasks"}
"""Their names are put together where they are called."""

BATCHES = {"sqs:DeleteMessageBatch": "sqs:DeleteMessage"}
"""Operations whose right has another name (SQS API permissions reference)."""

BY_THE_WAY = {"ecs:TagResource", "iam:PassRole"}
"""Rights that StartTask needs for tags and roles; no operation of their own is called."""

ELSEWHERE = {
    "s3:GetObject",  # a config in S3; the stack keeps it in Systems Manager
    "sts:AssumeRole",  # clusters[].roleArn
    "sts:GetCallerIdentity",  # needs no right
}
"""Operations that the code can call and this stack has no use for."""


def template() -> dict[str, Any]:
    content: dict[str, Any] = cfn_yaml.load(str(TEMPLATE))
    return content


def statements(role: str) -> list[dict[str, Any]]:
    policies = template()["Resources"][role]["Properties"]["Policies"]
    return [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def called() -> set[str]:
    """Every operation of AWS that stands in the code of the adapters, as the right it takes."""
    session = botocore.session.get_session()
    names = {
        operation: service
        for service in ("s3", "ssm", "sqs", "ec2", "ecs")  # the last one wins a name of two
        for operation in session.get_service_model(service).operation_names
    }
    found = set()
    for path in sorted((ROOT / "daemonctl" / "adapters").rglob("*.py")):
        if path.name == "buckets.py":  # quotas of operations, also of those that nobody calls
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and node.value in names:
                found.add(f"{names[node.value]}:{node.value}")
    return {BATCHES.get(each, each) for each in found} | BUILT_UP


def test_cfn_lint_finds_nothing() -> None:
    assert [f"{found.linenumber}: {found.message}" for found in lint_file(TEMPLATE)] == []


def test_the_role_has_what_the_code_calls_and_nothing_else() -> None:
    allowed = {action for each in statements("TaskRole") for action in many(each["Action"])}
    assert allowed == (called() | BY_THE_WAY) - ELSEWHERE


def test_the_role_has_what_the_simulation_sees_sent() -> None:
    sent = {f"{service}:{name}" for seed in range(6) for service, name in run(seed).called}
    assert {"ecs:StartTask", "ecs:StopTask", "ecs:PutAttributes"} <= sent
    allowed = {action for each in statements("TaskRole") for action in many(each["Action"])}
    assert sorted({BATCHES.get(each, each) for each in sent} - allowed) == []


def test_a_wildcard_stands_only_where_nothing_can_be_named() -> None:
    open_to_all = {
        action
        for each in statements("TaskRole")
        if "*" in many(each["Resource"])
        for action in many(each["Action"])
    }
    # Service Authorization Reference: these take no resource.
    assert open_to_all == {
        "ec2:DescribeInstances",
        "ecs:DescribeTaskDefinition",
        "ecs:ListServices",
    }


def module() -> Iterator[dict[str, Any]]:
    for path in sorted(MODULE.glob("*.tf")):
        with path.open(encoding="utf-8") as file:
            yield hcl2.load(file)


def bare(value: Any) -> Any:
    """Quotes are part of a string for the parser."""
    return value.strip('"') if isinstance(value, str) else value


def blocks(kind: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for file in module():
        for block in file.get(kind, ()):
            for of, named in block.items():
                for name, body in named.items():
                    yield bare(of), bare(name), body


def test_terraform_allows_the_same() -> None:
    (document,) = (body for _, name, body in blocks("data") if name == "daemonctl")
    theirs = {
        bare(each["sid"]): sorted(bare(action) for action in each["actions"])
        for each in document["statement"]
    }
    ours = {each["Sid"]: sorted(many(each["Action"])) for each in statements("TaskRole")}
    assert theirs == ours


def test_terraform_makes_the_same_kinds_of_things() -> None:
    kinds = sorted(of for of, _, _ in blocks("resource"))
    assert {kind: kinds.count(kind) for kind in ("aws_sqs_queue", "aws_cloudwatch_event_rule")} == {
        "aws_sqs_queue": 2,
        "aws_cloudwatch_event_rule": 2,
    }
    assert kinds.count("aws_cloudwatch_metric_alarm") == 3
    types = [each["Type"] for each in template()["Resources"].values()]
    assert types.count("AWS::SQS::Queue") == types.count("AWS::Events::Rule") == 2
    assert types.count("AWS::CloudWatch::Alarm") == 3


def test_both_write_the_tokens_alike() -> None:
    containers = template()["Resources"]["TaskDefinition"]["Properties"]["ContainerDefinitions"]
    (tokens,) = (each["Fn::If"][1] for each in containers if "Fn::If" in each)
    script = (MODULE / "tokens.script").read_text("utf-8")
    assert tokens["Command"] == [script]


def test_the_tokens_are_files_that_daemonctl_alone_may_read(tmp_path: Path) -> None:
    script = (MODULE / "tokens.script").read_text("utf-8").replace("/run/secrets", str(tmp_path))
    script = script.replace("65532", str(os.getuid()))
    env = {"CONSUL_TOKEN": "s3cret", "API_TOKEN": ""}
    subprocess.run([sys.executable, "-c", script], env=env, check=True)
    (file,) = tmp_path.iterdir()
    assert (file.name, file.read_text("utf-8")) == ("consul-token", "s3cret")
    assert file.stat().st_mode & 0o777 == 0o400


def test_terraform_formats_it_so() -> None:
    if shutil.which("terraform") is None:
        pytest.xfail("no terraform here: parsed above, formatting not looked at")
    done = subprocess.run(
        ["terraform", "fmt", "-check", "-recursive", "-diff", str(MODULE)],
        env={**os.environ, "TF_CLI_CONFIG_FILE": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
