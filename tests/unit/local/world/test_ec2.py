"""EC2's view of hosts: which are shown, what each filter means, what a change answers."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from daemonctl.local.world.ec2 import Ec2
from daemonctl.local.world.errors import WorldError

NOW = 1_700_000_000.0


@dataclass
class Host:
    id: str
    zone: str = "us-east-1a"
    instance_type: str = "m5.large"
    image_id: str = "ami-1"
    private_ip: str = "10.0.0.1"
    vpc_id: str = "vpc-1"
    subnet_id: str = "subnet-1"
    launched_at: float = NOW
    state: str = "running"
    state_reason: str = ""
    terminated_at: float | None = None
    tags: dict[str, str] = field(default_factory=dict)


class Farm:
    def __init__(self, *hosts: Host) -> None:
        self.hosts = {host.id: host for host in hosts}
        self.done: list[str] = []

    def terminate(self, id: str, now: float) -> None:  # noqa: A002  the world's own word
        self.done.append(f"terminate {id}")
        self.hosts[id].state = "shutting-down"

    def stop(self, id: str, now: float) -> None:  # noqa: A002  the world's own word
        self.done.append(f"stop {id}")
        self.hosts[id].state = "stopping"

    def start(self, id: str, now: float) -> None:  # noqa: A002  the world's own word
        self.done.append(f"start {id}")
        self.hosts[id].state = "pending"

    def reboot(self, id: str, now: float) -> None:  # noqa: A002  the world's own word
        self.done.append(f"reboot {id}")


def name(number: int) -> str:
    return f"i-{number:017x}"


def ids(ec2: Ec2, now: float = NOW, **params: object) -> list[str]:
    answer = ec2.call("DescribeInstances", params, now)
    rows = answer["Reservations"]
    assert isinstance(rows, list)
    return [instance["InstanceId"] for row in rows for instance in row["Instances"]]


def refused(ec2: Ec2, operation: str, **params: object) -> str:
    with pytest.raises(WorldError) as no:
        ec2.call(operation, params, NOW)
    return no.value.code


def test_a_terminated_host_is_shown_for_an_hour() -> None:
    ec2 = Ec2(Farm(Host(name(1)), Host(name(2), state="terminated", terminated_at=NOW)))
    assert ids(ec2, NOW + 3_599) == [name(1), name(2)]
    assert ids(ec2, NOW + 3_600) == [name(1)]
    with pytest.raises(WorldError, match=r"InvalidInstanceID\.NotFound.*'i-0+2' does not exist"):
        ids(ec2, NOW + 3_600, InstanceIds=[name(2)])


def test_one_unknown_id_refuses_the_whole_call() -> None:
    ec2 = Ec2(Farm(Host(name(1))))
    assert ids(ec2, InstanceIds=[name(1)]) == [name(1)]
    unknown = [name(1), name(7)]
    assert refused(ec2, "DescribeInstances", InstanceIds=unknown) == "InvalidInstanceID.NotFound"
    assert refused(ec2, "DescribeInstances", InstanceIds=["x"]) == "InvalidInstanceID.Malformed"


@pytest.mark.parametrize(
    ("filter_name", "values", "found"),
    [
        ("instance-id", [name(1), name(3)], [1, 3]),
        ("instance-state-name", ["stopped"], [3]),
        ("instance-state-name", ["stopped", "running"], [1, 2, 3]),
        ("availability-zone", ["us-east-1b"], [2]),
        ("instance-type", ["m5.*"], [1, 3]),
        ("instance-type", ["m?.large"], [1, 3]),
        ("instance-type", ["m5?large"], [1, 3]),
        ("instance-type", [r"m5\*large"], []),
        ("instance-type", ["m5"], []),
        ("instance-type", ["c.*"], []),  # a dot is a dot
        ("tag:team", ["platform"], [2]),
        ("tag:team", ["*"], [2]),
        ("tag-key", ["team"], [2]),
        ("private-ip-address", ["10.0.0.1"], [1, 2, 3]),
        ("vpc-id", ["vpc-2"], []),
    ],
)
def test_filters(filter_name: str, values: list[str], found: list[int]) -> None:
    ec2 = Ec2(
        Farm(
            Host(name(1)),
            Host(name(2), "us-east-1b", "c5.large", tags={"team": "platform"}),
            Host(name(3), state="stopped"),
        )
    )
    rows = [{"Name": filter_name, "Values": values}]
    assert ids(ec2, Filters=rows) == [name(number) for number in found]


def test_filters_all_hold_and_an_unknown_one_is_named() -> None:
    ec2 = Ec2(Farm(Host(name(1)), Host(name(2), state="stopped")))
    both = [
        {"Name": "instance-state-name", "Values": ["stopped"]},
        {"Name": "instance-id", "Values": [name(1)]},
    ]
    assert ids(ec2, Filters=both) == []
    with pytest.raises(WorldError, match="The filter 'mood' is invalid"):
        ids(ec2, Filters=[{"Name": "mood", "Values": ["good"]}])


def test_pages_go_on_where_they_stopped_also_past_a_host_that_vanished() -> None:
    farm = Farm(*(Host(name(number)) for number in range(1, 13)))
    ec2 = Ec2(farm)
    first = ec2.call("DescribeInstances", {"MaxResults": 5}, NOW)
    assert ids(ec2, NextToken=first["NextToken"]) == [name(number) for number in range(6, 13)]
    farm.hosts[name(6)].terminated_at = NOW - 4_000
    assert ids(ec2, MaxResults=5, NextToken=first["NextToken"]) == [name(n) for n in range(7, 12)]
    assert refused(ec2, "DescribeInstances", NextToken="zzz") == "InvalidNextToken"
    assert refused(ec2, "DescribeInstances", MaxResults=4) == "InvalidParameterValue"
    both = {"MaxResults": 5, "InstanceIds": [name(1)]}
    assert refused(ec2, "DescribeInstances", **both) == "InvalidParameterCombination"


@pytest.mark.parametrize(
    ("operation", "member", "before", "after", "acts"),
    [
        ("TerminateInstances", "TerminatingInstances", "running", "shutting-down", True),
        ("TerminateInstances", "TerminatingInstances", "terminated", "terminated", False),
        ("StopInstances", "StoppingInstances", "running", "stopping", True),
        ("StopInstances", "StoppingInstances", "stopped", "stopped", False),
        ("StartInstances", "StartingInstances", "stopped", "pending", True),
        ("StartInstances", "StartingInstances", "running", "running", False),
    ],
)
def test_a_change_tells_before_and_after(
    operation: str, member: str, before: str, after: str, *, acts: bool
) -> None:
    farm = Farm(Host(name(1), state=before))
    rows = Ec2(farm).call(operation, {"InstanceIds": [name(1)]}, NOW)[member]
    assert isinstance(rows, list)
    states = (rows[0]["PreviousState"]["Name"], rows[0]["CurrentState"]["Name"])
    assert states == (before, after)
    assert bool(farm.done) is acts


@pytest.mark.parametrize(
    ("operation", "state"),
    [
        ("StopInstances", "terminated"),
        ("StartInstances", "stopping"),
        ("RebootInstances", "stopped"),
    ],
)
def test_a_state_from_which_it_cannot_be(operation: str, state: str) -> None:
    farm = Farm(Host(name(1)), Host(name(2), state=state))
    wanted = [name(1), name(2)]
    assert refused(Ec2(farm), operation, InstanceIds=wanted) == "IncorrectInstanceState"
    assert farm.done == []


def test_reboot_dry_run_and_unknown() -> None:
    farm = Farm(Host(name(1)))
    ec2 = Ec2(farm)
    assert ec2.call("RebootInstances", {"InstanceIds": [name(1)]}, NOW) == {}
    assert farm.done == [f"reboot {name(1)}"]
    dry = {"InstanceIds": [name(1)], "DryRun": True}
    assert refused(ec2, "TerminateInstances", **dry) == "DryRunOperation"
    assert refused(ec2, "RunInstances") == "UnsupportedOperation"
    assert farm.done == [f"reboot {name(1)}"]


def test_what_is_shown_of_a_host() -> None:
    ec2 = Ec2(Farm(Host(name(1), tags={"a": "b"}), Host(name(2), state="terminated")))
    rows = ec2.call("DescribeInstances", {}, NOW)["Reservations"]
    assert isinstance(rows, list)
    up, gone = (row["Instances"][0] for row in rows)
    assert up["State"] == {"Code": 16, "Name": "running"}
    assert up["LaunchTime"] == NOW
    assert up["PrivateDnsName"] == "ip-10-0-0-1.ec2.internal"
    assert up["Tags"] == [{"Key": "a", "Value": "b"}]
    assert gone["State"] == {"Code": 48, "Name": "terminated"}
    assert "PrivateIpAddress" not in gone
