"""An ECS DAEMON service becomes an entry of the config that the config's own edge takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from daemonctl.adapters.config import parse
from daemonctl.adapters.config.imported import NotImportableError
from daemonctl.adapters.config.imported import imported as made_of
from daemonctl.model.spec import DaemonSpec, Share

SERVICE: Mapping[str, Any] = {
    "serviceName": "consul-agent",
    "status": "ACTIVE",
    "schedulingStrategy": "DAEMON",
    "launchType": "EC2",
    "taskDefinition": "arn:aws:ecs:eu-west-1:111122223333:task-definition/consul-agent:7",
    "deploymentConfiguration": {"minimumHealthyPercent": 75, "maximumPercent": 100},
}


def imported(**changes: object) -> tuple[DaemonSpec, list[str]]:
    """The daemon as the config has it, and the comments."""
    text = made_of({**SERVICE, **changes}).yaml()
    comments = [line[2:] for line in text.splitlines() if line.startswith("# ")]
    entry = "".join(f"  {line}\n" for line in text.splitlines())
    config = f"owner: prod\nclusters: [{{name: web}}]\ndaemons:\n{entry}"
    (daemon,) = parse(config.encode()).clusters[0].daemons
    return daemon, comments


def test_what_has_a_place_is_carried_over() -> None:
    daemon, comments = imported(
        placementConstraints=[
            {"type": "distinctInstance"},
            {"type": "memberOf", "expression": "attribute:tier == web"},
        ],
        propagateTags="SERVICE",
        tags=[{"key": "team", "value": "x"}, {"key": "aws:stack", "value": "y"}],
        enableExecuteCommand=True,
    )
    assert (daemon.name, daemon.task_definition) == ("consul-agent", "consul-agent:7")
    assert daemon.constraints == ("attribute:tier == web",)
    assert daemon.max_unavailable == Share(25, percent=True)
    assert daemon.tags == (("team", "x"),)
    assert (daemon.enable_execute_command, daemon.adopt, daemon.propagate_tags) == (
        True,
        True,
        False,
    )
    assert comments[0].startswith("From the ECS service consul-agent")
    assert not any("is not carried over" in line for line in comments)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"loadBalancers": [{"containerPort": 1}]}, "loadBalancers is not carried over"),
        ({"serviceRegistries": [{"port": 1}]}, "serviceRegistries is not carried over"),
        ({"networkConfiguration": {"awsvpcConfiguration": {}}}, "networkConfiguration is not"),
        ({"volumeConfigurations": [{"name": "v"}]}, "volumeConfigurations is not"),
        ({"enableECSManagedTags": True}, "enableECSManagedTags is not carried over"),
        ({"tags": [{"key": "team", "value": "x"}]}, "are on none of its tasks"),
        ({"serviceName": "Consul_Agent"}, "The name Consul_Agent was made to fit"),
        (
            {"placementConstraints": [{"type": "memberOf", "expression": "attribute:a ~"}]},
            "placementConstraints: 'attribute:a ~' is not carried over",
        ),
        (
            {"deploymentConfiguration": {"minimumHealthyPercent": 0}},
            "stop it everywhere at once: 10% is the usual value",
        ),
        (
            {"deploymentConfiguration": {"alarms": {"enable": True}}},
            "deploymentConfiguration.alarms is not carried over",
        ),
    ],
)
def test_what_has_none_is_a_comment_of_one_line(changes: dict[str, object], words: str) -> None:
    _, comments = imported(**changes)
    assert sum(words in line for line in comments) == 1


def test_minimum_healthy_of_a_hundred_still_lets_one_go() -> None:
    daemon, _ = imported(deploymentConfiguration={"minimumHealthyPercent": 100})
    assert daemon.max_unavailable == Share(1, percent=True)


def test_tags_of_the_task_definition_are_propagated() -> None:
    assert imported(propagateTags="TASK_DEFINITION")[0].propagate_tags


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"schedulingStrategy": "REPLICA"}, "has schedulingStrategy REPLICA, not DAEMON"),
        ({"status": "INACTIVE"}, "is INACTIVE"),
        ({"launchType": "EXTERNAL"}, "has launchType EXTERNAL"),
    ],
)
def test_what_no_daemon_can_stand_for_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(NotImportableError, match=words):
        made_of({**SERVICE, **changes})
