"""One contract over every transport: what is above it must not be able to tell them apart.

Moto is asked only what it answers truthfully (facts §8): no failures of StartTask, no pages, no
stopped tasks that go away, no throttling.
"""

from __future__ import annotations

import json

import pytest

from daemonctl.adapters.sqs import SqsSource
from daemonctl.model.ids import (
    ContainerInstanceArn,
    DaemonName,
    Owner,
    TaskArn,
    TaskDefinitionArn,
)
from daemonctl.model.plan import StartTask, StopKind, StopTask
from daemonctl.ports import ApiError
from tests.contract.conftest import STAGES, WORLDS, Stage

everywhere = pytest.mark.parametrize("stage", STAGES, indirect=True)
in_worlds = pytest.mark.parametrize("stage", WORLDS, indirect=True)


def arns_of(stage: Stage) -> list[ContainerInstanceArn]:
    return [ContainerInstanceArn(arn) for arn in stage.instances]


async def start(stage: Stage, *instances: str, overrides: str = "") -> StartTask:
    found = await stage.cluster.describe_task_definition("consul-agent")
    return StartTask(
        daemon=DaemonName("consul-agent"),
        owner=Owner("prod"),
        definition=found.arn,
        instances=tuple(map(ContainerInstanceArn, instances)),
        overrides=overrides,
        tags=(("team", "platform"),),
    )


def stop(task: str) -> StopTask:
    return StopTask(
        daemon=DaemonName("consul-agent"),
        instance=ContainerInstanceArn(""),
        task=TaskArn(task),
        kind=StopKind.REPAIR,
        code="DUPLICATE",
        words="a second one",
    )


@everywhere
async def test_every_instance_is_listed_and_described(stage: Stage) -> None:
    listed = await stage.cluster.list_container_instances()
    assert sorted(listed) == sorted(stage.instances)
    found = await stage.cluster.describe_container_instances(listed)
    assert [row.arn for row in found.found] == list(listed)
    assert found.missing == ()
    for row in found.found:
        assert row.ec2_id.startswith("i-")
        assert (row.status, row.connected, row.managed) == ("ACTIVE", True, False)
        assert row.registered.cpu > 0
        assert row.registered.memory > 0
        assert row.registered.tcp >= {22, 2375, 2376, 51678, 51679}
    if stage.kind != "moto":
        pages = [name for name, _ in stage.sink.outcomes if name == "ListContainerInstances"]
        assert len(pages) == 3
        assert {row.zone for row in found.found} == {"us-east-1a", "us-east-1b", "us-east-1c"}
        assert all(row.version and row.registered_at for row in found.found)


@everywhere
async def test_an_instance_that_nobody_knows_is_missing(stage: Stage) -> None:
    nobody = ContainerInstanceArn(stage.instances[0][:-8] + "ffffffff")
    asked = [*arns_of(stage)[:2], nobody]
    found = await stage.cluster.describe_container_instances(asked)
    assert [row.arn for row in found.found] == asked[:2]
    assert found.missing == (nobody,)


@everywhere
async def test_a_task_definition_and_one_that_is_not_there(stage: Stage) -> None:
    found = await stage.cluster.describe_task_definition("consul-agent")
    assert found.arn.endswith(":task-definition/consul-agent:1")
    assert (found.active, found.needs.cpu, found.needs.memory) == (True, 128, 256)
    assert found.needs.tcp == {8500}
    with pytest.raises(ApiError) as raised:
        await stage.cluster.describe_task_definition("nobody")
    assert (raised.value.code, raised.value.ambiguous) == ("ClientException", False)
    assert "\n" not in raised.value.message


@everywhere
async def test_the_cluster_itself(stage: Stage) -> None:
    assert (await stage.cluster.describe_cluster()).endswith(":cluster/web")


@everywhere
async def test_a_task_is_started_listed_described_and_stopped(stage: Stage) -> None:
    asked = await start(stage, *stage.instances[:2])
    answer = await stage.cluster.start_task(asked)
    assert (answer.refused, answer.unanswered) == ((), ())
    assert sorted(task.instance for task in answer.started) == sorted(stage.instances[:2])
    for task in answer.started:
        assert (task.group, task.started_by) == ("daemonctl-consul-agent", "daemonctl/prod")
        assert task.definition == asked.definition
        assert task.live
        assert task.overrides == ""
    arns = sorted(task.arn for task in answer.started)
    assert sorted(await stage.cluster.list_tasks(started_by="daemonctl/prod")) == arns
    assert sorted(await stage.cluster.list_tasks(family="consul-agent")) == arns
    found = await stage.cluster.describe_tasks([TaskArn(arn) for arn in arns])
    assert sorted(task.arn for task in found.found) == arns
    assert stage.sink.outcomes.count(("StartTask", "ok")) == 1
    ended = await stage.cluster.stop_task(stop(arns[0]))
    assert ended is not None
    assert (ended.arn, ended.desired_status) == (arns[0], "STOPPED")
    assert ended.stopped_reason in {"", "daemonctl: DUPLICATE: a second one"}
    assert await stage.cluster.list_tasks(family="consul-agent", stopped=True) == (arns[0],)


@everywhere
async def test_overrides_come_back_as_they_were_asked_for(stage: Stage) -> None:
    overrides = '{"containerOverrides":[{"command":["b","a"],"name":"consul-agent"}]}'
    answer = await stage.cluster.start_task(
        await start(stage, stage.instances[0], overrides=overrides)
    )
    assert [task.overrides for task in answer.started] == [overrides]
    found = await stage.cluster.describe_tasks([task.arn for task in answer.started])
    assert [task.overrides for task in found.found] == [overrides]


@everywhere
async def test_messages_are_received_and_deleted(stage: Stage) -> None:
    source = SqsSource(stage.transport, stage.queue_url, stage.sink)
    for number in range(12):
        await stage.transport.call(
            "sqs", "SendMessage", {"QueueUrl": stage.queue_url, "MessageBody": f'"{number} ä"'}
        )
    seen: list[str] = []
    while len(seen) < 12:
        messages = await source.receive()
        assert 1 <= len(messages) <= 10
        seen += [json.loads(message.body) for message in messages]
        await source.delete(messages)
    assert sorted(seen) == sorted(f"{number} ä" for number in range(12))
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    left = await stage.transport.call(
        "sqs", "GetQueueAttributes", {"QueueUrl": stage.queue_url, "AttributeNames": names}
    )
    assert [left["Attributes"][name] for name in names] == ["0", "0"]


@everywhere
async def test_the_hosts_in_ec2(stage: Stage) -> None:
    (row,) = (await stage.cluster.describe_container_instances(arns_of(stage)[:1])).found
    answer = await stage.transport.call("ec2", "DescribeInstances", {"InstanceIds": [row.ec2_id]})
    (host,) = answer["Reservations"][0]["Instances"]
    assert (host["InstanceId"], host["State"]["Name"]) == (row.ec2_id, "running")
    assert host["PrivateIpAddress"].count(".") == 3
    nobody = {"InstanceIds": ["i-0123456789abcdef0"]}
    with pytest.raises(ApiError) as raised:
        await stage.transport.call("ec2", "DescribeInstances", nobody)
    assert raised.value.code == "InvalidInstanceID.NotFound"
    assert not raised.value.ambiguous


@in_worlds
async def test_a_start_that_fails_in_part_is_paired_with_its_instances(stage: Stage) -> None:
    one, two, away = stage.instances[:3]
    nobody = ContainerInstanceArn(one[:-8] + "ffffffff")
    await stage.cluster.start_task(await start(stage, two))  # takes port 8500 there
    stage.truth.disconnect(away, stage.truth.now)
    instances = (one, two, away, nobody)
    answer = await stage.cluster.start_task(await start(stage, *instances))
    assert [task.instance for task in answer.started] == [one]
    assert answer.unanswered == ()
    reasons = {refusal.instance: refusal.reason for refusal in answer.refused}
    assert reasons == {two: "RESOURCE:PORTS", away: "AGENT", nobody: "MISSING"}


@in_worlds
async def test_a_task_that_nobody_knows(stage: Stage) -> None:
    nobody = TaskArn(f"arn:aws:ecs:us-east-1:{stage.truth.account}:task/web/{'f' * 32}")
    assert await stage.cluster.stop_task(stop(nobody)) is None
    assert (await stage.cluster.describe_tasks([nobody])).missing == (nobody,)


@in_worlds
async def test_what_ecs_refuses_is_not_ambiguous(stage: Stage) -> None:
    asked = await start(stage, stage.instances[0])
    params = {"taskDefinition": asked.definition}
    await stage.transport.call("ecs", "DeregisterTaskDefinition", params)
    with pytest.raises(ApiError, match="inactive") as raised:
        await stage.cluster.start_task(asked)
    assert not raised.value.ambiguous
    with pytest.raises(ApiError) as raised:
        await stage.transport.call("ecs", "ListTasks", {"cluster": "nobody"})
    assert (raised.value.code, raised.value.ambiguous) == ("ClusterNotFoundException", False)


@in_worlds
async def test_a_start_whose_answer_is_lost_is_ambiguous_and_sent_once(stage: Stage) -> None:
    asked = await start(stage, stage.instances[0])
    stage.truth.faults.set("ambiguous_start")
    with pytest.raises(ApiError) as raised:
        await stage.cluster.start_task(asked)
    assert raised.value.ambiguous
    assert stage.truth.buckets.spent["StartTask"] == 1
    assert len(await stage.cluster.list_tasks(started_by="daemonctl/prod")) == 1


@in_worlds
@pytest.mark.parametrize(
    ("fault", "code", "ambiguous"),
    [("throttle", "ThrottlingException", False), ("server_error", None, True)],
)
async def test_a_write_that_fails_was_tried_once(
    stage: Stage, fault: str, code: str | None, *, ambiguous: bool
) -> None:
    asked = await start(stage, stage.instances[0])
    stage.truth.faults.set(fault)
    with pytest.raises(ApiError) as raised:
        await stage.cluster.start_task(asked)
    assert raised.value.ambiguous is ambiguous
    assert code in {None, raised.value.code}
    assert stage.truth.faults.hits[fault] == 1
    assert stage.truth.buckets.spent.get("StartTask", 0) == 0


@in_worlds
async def test_an_events_detail_reads_as_the_description_does(stage: Stage) -> None:
    stage.truth.sqs.subscribe("web", "events", stage.truth.now)
    answer = await stage.cluster.start_task(await start(stage, stage.instances[0]))
    source = SqsSource(stage.transport, stage.queue_url, stage.sink)
    seen: dict[str, list[str]] = {}
    while len(seen) < 2:
        for message in await source.receive():
            body = json.loads(message.body)
            if body["detail-type"] == "ECS Task State Change":
                task = stage.cluster.decode_task(body["detail"])
                assert task.arn == answer.started[0].arn
                assert task.definition == TaskDefinitionArn(answer.started[0].definition)
                assert task.created_at == pytest.approx(answer.started[0].created_at, abs=0.01)
                seen.setdefault("task", []).append(task.last_status)
            else:
                instance = stage.cluster.decode_instance(body["detail"])
                assert instance.arn == stage.instances[0]
                assert 8500 in instance.remaining.tcp
                seen.setdefault("instance", []).append(instance.status)
    assert seen["instance"][0] == "ACTIVE"
