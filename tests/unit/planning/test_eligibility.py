from __future__ import annotations

import pytest

from daemonctl.model.cluster import Attributes, TaskDefinition
from daemonctl.model.desired import DesiredDaemon
from daemonctl.model.ids import Ec2InstanceId
from daemonctl.model.observed import Host
from daemonctl.model.reason import Code
from daemonctl.planning.course import Aim
from daemonctl.planning.eligibility import (
    InstanceSubject,
    Should,
    gate,
    mismatch,
    overrides_for,
    should,
    unplaceable,
)
from daemonctl.planning.overrides import MissingValueError
from daemonctl.planning.rules import Rule
from tests.unit.planning.scenery import (
    AGENT,
    arn,
    attributes,
    daemon,
    definition,
    host,
    instance,
    rule,
    spec,
    task,
)


def aim(asked: Rule) -> Aim:
    found = asked.course.target
    assert found is not None
    return found


def misfit(asked: Rule, seen: Host) -> str:
    return mismatch(asked, asked.course.target, seen)


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({}, Should.RUN),
        ({"connected": False}, Should.KEEP),
        ({"status": "DRAINING"}, Should.LEAVE),
        ({"status": "DRAINING", "connected": False}, Should.LEAVE),
        ({"status": "REGISTERING"}, Should.LEAVE),
        ({"ec2_id": Ec2InstanceId("mi-1")}, Should.NO),
        ({"ec2_id": Ec2InstanceId("")}, Should.LEAVE),
        ({"managed": True}, Should.NO),
        ({"managed": True, "status": "DRAINING"}, Should.NO),
    ],
)
def test_an_instance_asks_to_run_keep_leave_or_nothing(
    changes: dict[str, object], answer: Should
) -> None:
    assert should(instance(**changes)) is answer


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"managed": True}, "ECS Managed Instances look after their own daemons"),
        ({"ec2_id": Ec2InstanceId("mi-1")}, "not an EC2 instance (mi-1): EXTERNAL"),
    ],
)
def test_an_instance_that_takes_no_daemon_says_why(changes: dict[str, object], words: str) -> None:
    found = unplaceable(instance(**changes))
    assert (found.code, found.words) == (Code.INELIGIBLE, words)


@pytest.mark.parametrize(
    ("subject", "values"),
    [
        ("attribute:ecs.os-type", ("linux",)),
        ("attribute:absent", None),
        ("agentConnected", ("true",)),
        ("agentVersion", ("1.89.0",)),
        ("ec2InstanceId", ("i-00000000000000001",)),
        ("registeredAt", ("2025-06-15T12:36:40+00:00",)),
        ("runningTasksCount", ("4",)),
        ("task:group", ("daemonctl-consul-agent", "service:web")),
        ("nonsense", None),
    ],
)
def test_the_query_language_asks_the_host(subject: str, values: tuple[str, ...] | None) -> None:
    tasks = (
        task(1),
        task(2),
        task(3, group="service:web"),
        task(4, group="gone", desired_status="STOPPED"),
    )
    asked = InstanceSubject(host(1, *tasks, agent_version="1.89.0", running_tasks=4))
    assert asked.values(subject) == values


def test_what_ecs_did_not_tell_does_not_exist() -> None:
    asked = InstanceSubject(host(registered_at=None))
    assert (asked.values("registeredAt"), asked.values("agentVersion")) == (None, None)


def test_all_constraints_must_match() -> None:
    texts = ("attribute:ecs.os-type == linux", "attribute:tier == web")
    asked = rule(spec(constraints=texts))
    assert misfit(asked, host(attributes=attributes(tier="web"))) == ""
    assert misfit(asked, host()) == ("placement constraint does not match: attribute:tier == web")


def test_constraints_on_attributes_are_asked_once_for_equal_sets() -> None:
    asked = rule(spec(constraints=("attribute:tier == web",)))
    shared = attributes(tier="db")
    first = misfit(asked, host(1, attributes=shared))
    assert misfit(asked, host(2, attributes=shared)) is first
    assert list(aim(asked).misfits) == [shared]


def test_constraints_on_the_instance_are_asked_for_each() -> None:
    asked = rule(spec(constraints=("ec2InstanceId == i-00000000000000001",)))
    assert misfit(asked, host(1)) == ""
    assert misfit(asked, host(2)) != ""
    assert not aim(asked).misfits
    needy = definition(requires=("com.amazonaws.ecs.capability.task-eni",))
    asked = rule(daemon(spec(constraints=("ec2InstanceId == i-00000000000000001",)), needy))
    assert misfit(asked, host(1)).startswith("the instance lacks attributes")


def test_a_gating_constraint_keeps_back_and_never_displaces() -> None:
    asked = rule(spec(constraints=("runningTasksCount < 5", "agentConnected == true")))
    busy = host(running_tasks=5)
    assert misfit(asked, busy) == ""
    assert gate(asked, busy) == "placement constraint does not match: runningTasksCount < 5"
    assert gate(asked, host(running_tasks=4)) == ""


LINUX_ARM = attributes(ecs__cpu_architecture="arm64")


@pytest.mark.parametrize(
    ("needs", "has", "words"),
    [
        (definition(requires=("cap",)), attributes(cap=""), ""),
        (
            definition(requires=("cap", "ecs.os-type", "more")),
            attributes(),
            "the instance lacks attributes that the task requires: cap, more",
        ),
        (definition(requires=("cap",)), Attributes({}), ""),
        (definition(os_family="LINUX"), attributes(), ""),
        (
            definition(os_family="WINDOWS_SERVER_2022_CORE"),
            attributes(),
            "the task is for WINDOWS_SERVER_2022_CORE, the instance runs linux",
        ),
        (
            definition(os_family="WINDOWS_SERVER_2022_CORE"),
            attributes(ecs__os_type="windows"),
            "",
        ),
        (
            definition(os_family="WINDOWS_SERVER_2022_CORE"),
            Attributes({"x": ""}),
            "the task is for WINDOWS_SERVER_2022_CORE, the instance runs linux",
        ),
        (definition(cpu_architecture="ARM64"), LINUX_ARM, ""),
        (
            definition(cpu_architecture="X86_64"),
            LINUX_ARM,
            "the task is for X86_64, the instance is arm64",
        ),
        (definition(cpu_architecture="X86_64"), attributes(), ""),
    ],
)
def test_what_the_task_definition_requires_decides(
    needs: TaskDefinition, has: Attributes, words: str
) -> None:
    assert misfit(rule(daemon(spec(), needs)), host(attributes=has)) == words


def test_a_daemon_without_a_definition_requires_nothing_yet() -> None:
    asked = rule(DesiredDaemon(spec(), None, "does not exist"))
    assert misfit(asked, host()) == ""


NODE = '{"containerOverrides":[{"name":"agent","command":["-node={{ec2InstanceId}}"]}]}'


def test_overrides_are_rendered_for_each_instance_and_again_when_it_changes() -> None:
    asked = rule(spec(overrides='{"taskRoleArn":"{{privateIp}}"}'))
    one = instance(private_ip="10.0.0.1")
    first = overrides_for(aim(asked), one, "web")
    assert first == '{"taskRoleArn":"10.0.0.1"}'
    assert overrides_for(aim(asked), one, "web") is first
    moved = instance(private_ip="10.0.0.2")
    assert overrides_for(aim(asked), moved, "web") == '{"taskRoleArn":"10.0.0.2"}'
    assert overrides_for(aim(asked), instance(2, private_ip="10.0.0.3"), "web").endswith('0.3"}')
    assert list(aim(asked).rendered) == [arn(1), arn(2)]


def test_without_a_template_there_are_no_overrides() -> None:
    assert overrides_for(aim(rule()), instance(), "web") == ""


def test_a_value_that_is_missing_is_told_by_its_name() -> None:
    with pytest.raises(MissingValueError, match="privateIp"):
        overrides_for(aim(rule(spec(AGENT, overrides='["{{privateIp}}"]'))), instance(), "web")
