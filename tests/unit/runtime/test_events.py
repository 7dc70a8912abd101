"""Messages read: what each kind becomes, and which ones stay in the queue."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemonctl.model.ids import Ec2InstanceId
from daemonctl.runtime.events import (
    INSTANCE_CHANGE,
    MAX_BYTES,
    SPOT_WARNING,
    TASK_CHANGE,
    Became,
    Reader,
)
from daemonctl.runtime.facts import InstanceSeen, Source, SpotWarning, TaskSeen
from tests.unit.runtime.fakes import FakeCluster
from tests.unit.runtime.made import NOW, instance, task

CLUSTER = "arn:aws:ecs:eu-west-1:1:cluster/c"


def reader() -> Reader:
    cluster = FakeCluster()
    cluster.add(instance("a"), task("t"))
    return Reader(cluster, CLUSTER)


def message(kind: object = TASK_CHANGE, **changes: Any) -> str:
    detail = {"clusterArn": CLUSTER, "taskArn": "t", "containerInstanceArn": "a"}
    envelope = {"detail-type": kind, "time": "2027-01-15T07:59:30Z", "detail": detail}
    return json.dumps(envelope | changes)


def test_a_task_change_becomes_a_fact_with_its_age() -> None:
    reading = reader().read(message(), NOW)
    assert reading.became is Became.APPLIED
    assert reading.fact == TaskSeen(task("t"), NOW, Source.EVENT, NOW - 30)
    assert reading.age == 30
    assert reading.done


def test_an_instance_change_becomes_a_fact() -> None:
    reading = reader().read(message(INSTANCE_CHANGE), NOW)
    assert reading.fact == InstanceSeen(instance("a"), NOW, Source.EVENT)


@pytest.mark.parametrize(
    ("body", "became", "done"),
    [
        (message(detail={"clusterArn": CLUSTER + "2", "taskArn": "t"}), Became.FOREIGN, True),
        (message("ECS Service Action"), Became.IRRELEVANT, True),
        (message("ECS Deployment State Change"), Became.IRRELEVANT, True),
        (message("EC2 Instance-terminate Lifecycle Action"), Became.IRRELEVANT, True),
        (message(SPOT_WARNING, detail={}), Became.BROKEN, False),
        (message(SPOT_WARNING, detail={"instance-id": ""}), Became.BROKEN, False),
        (message("EC2 Instance State-change Notification"), Became.UNKNOWN, False),
        (message(7), Became.BROKEN, False),
        (message(detail=None), Became.BROKEN, False),
        (message(detail=["clusterArn"]), Became.BROKEN, False),
        (message(detail={"taskArn": "t"}), Became.BROKEN, False),
        (message(detail={"clusterArn": 5, "taskArn": "t"}), Became.BROKEN, False),
        (message(detail={"clusterArn": CLUSTER, "taskArn": "gone"}), Became.BROKEN, False),
        (message(detail={"clusterArn": CLUSTER}), Became.BROKEN, False),
        ("", Became.BROKEN, False),
        ("{", Became.BROKEN, False),
        ("[]", Became.BROKEN, False),
        ("null", Became.BROKEN, False),
        ("[" * 100_000, Became.BROKEN, False),
        (message(pad="x" * MAX_BYTES), Became.BROKEN, False),
        (message(pad="\N{SNOWMAN}" * (MAX_BYTES // 6)), Became.BROKEN, False),
    ],
)
def test_what_becomes_of_other_messages(body: str, became: Became, *, done: bool) -> None:
    reading = reader().read(body, NOW)
    assert reading.became is became
    assert reading.done is done
    assert reading.fact is None
    assert done or reading.words


@pytest.mark.parametrize("time", [None, 5, "yesterday", "2027-01-15T07:59:30"])
def test_without_a_readable_time_there_is_no_age(time: object) -> None:
    reading = reader().read(message(time=time), NOW)
    assert reading.became is Became.APPLIED
    assert reading.age is None


def test_a_clock_ahead_of_ours_makes_no_negative_age() -> None:
    assert reader().read(message(time="2027-01-15T08:00:30Z"), NOW).age == 0.0


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda kids: (
        st.lists(kids, max_size=3) | st.dictionaries(st.text(max_size=5), kids, max_size=3)
    ),
    max_leaves=8,
)


@given(st.text() | _JSON.map(json.dumps) | _JSON.map(lambda detail: message(detail=detail)))
def test_nothing_that_others_send_raises(body: str) -> None:
    assert isinstance(reader().read(body, NOW).became, Became)


def test_a_spot_warning_tells_when_ec2_takes_the_host() -> None:
    detail = {"instance-id": "i-a", "instance-action": "terminate"}
    reading = reader().read(message(SPOT_WARNING, detail=detail), NOW)
    assert reading.became is Became.APPLIED
    assert reading.fact == SpotWarning(Ec2InstanceId("i-a"), NOW - 30 + 120)
    undated = reader().read(message(SPOT_WARNING, detail=detail, time=None), NOW)
    assert undated.fact == SpotWarning(Ec2InstanceId("i-a"), NOW + 120)
