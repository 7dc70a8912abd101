"""Facts §1: clusters, tags and services, in pages and within their limits."""

from __future__ import annotations

from tests.conformance.operations import INVALID
from tests.conformance.place import Place
from tests.conformance.table import fact


@fact(
    1,
    "TagResource: ≤50 tags; key ≤128, value ≤256; +ResourceNotFoundException",
    wire=True,
)
def tag_resource(ecs: Place) -> None:
    def refused(count: int, key: int = 5, value: int = 5, arn: str = ecs.hosts[0]) -> str:
        tags = [{"key": f"{n}".rjust(key, "k"), "value": "v" * value} for n in range(count)]
        return ecs.refusal("TagResource", resourceArn=arn, tags=tags)

    assert refused(1, key=129) == refused(1, value=257) == refused(51) == INVALID
    assert refused(1, key=128, value=256) == ""
    assert refused(50) == INVALID  # 51 with the one before
    assert refused(1, arn=ecs.hosts[0][:-4] + "0000") == "ResourceNotFoundException"


@fact(
    1,
    "DescribeClusters: ≤100; +failures[]; registeredContainerInstancesCount = ACTIVE+DRAINING",
    wire=True,
)
def describe_clusters(ecs: Place) -> None:
    first, second, _ = ecs.hosts
    ecs.call("UpdateContainerInstancesState", containerInstances=[first], status="DRAINING")
    ecs.call("DeregisterContainerInstance", containerInstance=second)
    answer = ecs.call("DescribeClusters", clusters=["local", "nobody"])
    assert [row["registeredContainerInstancesCount"] for row in answer["clusters"]] == [2]
    assert [row["reason"] for row in answer["failures"]] == ["MISSING"]
    assert ecs.refusal("DescribeClusters", clusters=[f"c{n}" for n in range(101)]) == INVALID


@fact(
    1,
    "ListServices / DescribeServices: page 10, max 100 / ≤10 per call",
    wire=True,
)
def services_in_pages(ecs: Place) -> None:
    for number in range(12):
        ecs.call("CreateService", serviceName=f"s{number}", taskDefinition="kibana", desiredCount=0)
    assert len(ecs.call("ListServices")["serviceArns"]) == 10
    assert len(ecs.call("ListServices", maxResults=100)["serviceArns"]) == 12
    assert ecs.refusal("ListServices", maxResults=101) == INVALID
    assert ecs.refusal("DescribeServices", services=[f"s{n}" for n in range(11)]) == INVALID
    assert (
        len(ecs.call("DescribeServices", services=[f"s{n}" for n in range(10)])["services"]) == 10
    )
