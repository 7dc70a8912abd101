"""Two sides that are asked the same through boto3, ours and moto, and their answers made alike."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.request import Request, urlopen

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.conformance.place import WirePlace

REGION = "us-east-1"
SWITCHES = {"listing_lag_seconds": (0.0, 0.0), "quota_scale": float("inf"), "short_pages": False}
# what differs between any two accounts, and so between ours and moto's
ALIKE = (
    (re.compile(r"https?://[^/]+/"), "<endpoint>/"),
    (re.compile(r"\b(?:000000000000|123456789012)\b"), "<account>"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"\b[0-9a-f]{32,64}\b"), "<id>"),
    (re.compile(r"\b(i|r|vpc|subnet|ami)-[0-9a-z-]+"), r"\1-<id>"),
    (re.compile(r"ecs-svc/\d+"), "ecs-svc/<id>"),
    (re.compile(r"\b\d+\.\d+\.\d+\.\d+\b"), "<address>"),
    (re.compile(r"\bip-[0-9-]+"), "ip-<address>"),
    (re.compile(r"ec2-[0-9-]+\.compute-1\.amazonaws\.com"), "<public name>"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]*"), "<time>"),
)


class Side:
    """One of the two; ``names`` are what earlier answers said, by the names that steps use."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}

    def aws(self, service: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        raise AssertionError

    def wait(self, seconds: float) -> None:
        """Let so many seconds of the world's time pass."""

    def ask(self, service: str, operation: str, params: dict[str, Any]) -> Any:
        """An answer, or the code of a refusal; with the names put in."""
        try:
            answer = self.aws(service, operation, self._filled(params))
        except ClientError as no:
            return {"refused": no.response["Error"]["Code"]}
        answer.pop("ResponseMetadata", None)
        return answer

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        if isinstance(value, str) and value.startswith("$"):
            return self.names[value[1:]]
        return value


class Ours(Side):
    """The local ECS, three instances, on a clock set by hand."""

    def __init__(self) -> None:
        super().__init__()
        self._place = WirePlace(SWITCHES)
        self.aws("ecs", "CreateCluster", {"clusterName": "web"})
        arns = self._place.do("add_instances", "web", 3)
        self.names = {f"host{n}": arn for n, arn in enumerate(arns)}
        self.names |= {f"short{n}": arn.rpartition("/")[2] for n, arn in enumerate(arns)}
        machines = [self._place.world.clusters["web"].instances[arn].host.id for arn in arns]
        self.names |= {f"machine{n}": one for n, one in enumerate(machines)}
        (arn,) = self._place.do("add_instances", "web", 1)
        self.names["grouped"] = self._place.world.clusters["web"].instances[arn].host.id
        self.aws("ecs", "DeregisterContainerInstance", {"cluster": "web", "containerInstance": arn})

    def aws(self, service: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        return self._place.aws(service, operation, **params)

    def wait(self, seconds: float) -> None:
        self._place.after(seconds)

    def close(self) -> None:
        self._place.close()


class Moto(Side):
    """Moto's server, its tasks frozen as facts §8 says, with the same three instances."""

    def __init__(self, endpoint: str) -> None:
        super().__init__()
        self._endpoint = endpoint
        self._clients: dict[str, Any] = {}
        self._post("moto-api/reset", b"")
        frozen = {"progression": "manual", "times": 1_000_000}
        self._post(
            "moto-api/state-manager/set-transition",
            json.dumps({"model_name": "ecs::task", "transition": frozen}).encode(),
        )
        self.aws("ecs", "CreateCluster", {"clusterName": "web"})
        self.aws("ecs", "CreateCluster", {"clusterName": "local"})
        launch = {"ImageId": "ami-12c6146b", "MinCount": 3, "MaxCount": 3}
        for number, row in enumerate(self.aws("ec2", "RunInstances", launch)["Instances"]):
            document = json.dumps({"instanceId": row["InstanceId"], "region": REGION})
            given = {"cluster": "web", "instanceIdentityDocument": document}
            answer = self.aws("ecs", "RegisterContainerInstance", given)
            self.names[f"host{number}"] = answer["containerInstance"]["containerInstanceArn"]
            self.names[f"short{number}"] = self.names[f"host{number}"].rpartition("/")[2]
            self.names[f"machine{number}"] = row["InstanceId"]
        self._group()

    def _group(self) -> None:
        name = {"AutoScalingGroupName": "local"}
        launch = {"LaunchConfigurationName": "l", "ImageId": "ami-12c6146b"}
        self.aws("autoscaling", "CreateLaunchConfiguration", launch | {"InstanceType": "m5.large"})
        size = {"MinSize": 0, "MaxSize": 1, "DesiredCapacity": 1}
        where = {"AvailabilityZones": ["us-east-1a"], "LaunchConfigurationName": "l"}
        self.aws("autoscaling", "CreateAutoScalingGroup", name | size | where)
        groups = self.aws("autoscaling", "DescribeAutoScalingGroups", {})["AutoScalingGroups"]
        self.names["grouped"] = groups[0]["Instances"][0]["InstanceId"]

    def aws(self, service: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        client = self._clients.get(service)
        if client is None:
            client = self._clients[service] = boto3.client(
                service,
                endpoint_url=self._endpoint,
                region_name=REGION,
                aws_access_key_id="local",
                aws_secret_access_key="local",  # noqa: S106  anything is accepted
                config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
            )
        method = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).lower()
        answer: dict[str, Any] = getattr(client, method)(**params)
        return answer

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def _post(self, path: str, body: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        request = Request(f"{self._endpoint}/{path}", body, headers, method="POST")  # noqa: S310  ours
        urlopen(request).close()  # noqa: S310  moto, on this machine


def kept(answer: Any, path: str) -> Any:
    """The value at ``tasks.0.taskArn``; None where there is none."""
    found = answer
    for part in path.split("."):
        try:
            found = found[int(part) if part.isdigit() else part]
        except (LookupError, TypeError):
            return None
    return found


def alike(value: Any) -> Any:
    """The same for two accounts: times and ids are only known to be there."""
    if isinstance(value, dict):
        return {key: alike(item) for key, item in value.items()}
    if isinstance(value, list):
        rows = [alike(item) for item in value]
        return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))
    if isinstance(value, datetime):
        return "<time>"
    if isinstance(value, str):
        for pattern, word in ALIKE:
            value = pattern.sub(word, value)
    return value


def differences(ours: Any, motos: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Where two answers differ: (path, how); the places of a list have its path."""
    if isinstance(ours, dict) and isinstance(motos, dict):
        for key in {**ours, **motos}:
            where = f"{path}.{key}".removeprefix(".")
            if key not in motos:
                yield where, "only ours"
            elif key not in ours:
                yield where, "only moto's"
            else:
                yield from differences(ours[key], motos[key], where)
    elif isinstance(ours, list) and isinstance(motos, list):
        if len(ours) != len(motos):
            yield path, f"{len(ours)} here, {len(motos)} there"
        for one, other in zip(ours, motos, strict=False):
            yield from differences(one, other, path)
    elif ours != motos:
        yield path, f"{ours!r} here, {motos!r} there"
