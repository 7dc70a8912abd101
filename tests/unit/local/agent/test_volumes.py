"""Which volumes are made for a task, and which end with it."""

from __future__ import annotations

from daemonctl.local.agent import volumes
from tests.unit.local.agent.given import arn, payload, task
from tests.unit.local.agent.test_config import docker_volume, volume

MARK = arn(1).rpartition("/")[2]


def test_folders_of_the_host_are_nobodys_to_make() -> None:
    made = task(payload(1, volumes=[volume("folder", host={"sourcePath": "/srv"})]))
    assert (volumes.of_task(made), volumes.own_names(made)) == ([], [])


def test_a_volume_without_a_path_is_the_tasks_own() -> None:
    made = task(payload(1, volumes=[volume("scratch")]))
    name = f"ecs-web-3-scratch-{MARK}"
    assert [row["Name"] for row in volumes.of_task(made)] == [name]
    assert volumes.own_names(made) == [name]


def test_a_docker_volume_is_made_as_it_is_described() -> None:
    own = docker_volume("own", driver="d", driverOpts={"o": "1"}, labels={"l": "2"})
    made = task(payload(1, volumes=[own]))
    assert volumes.of_task(made) == [
        {
            "Name": f"ecs-web-3-own-{MARK}",
            "Driver": "d",
            "DriverOpts": {"o": "1"},
            "Labels": {"l": "2"},
        }
    ]


def test_a_shared_volume_is_made_only_if_asked_for_and_never_ends_with_a_task() -> None:
    made = task(
        payload(
            1,
            volumes=[
                docker_volume("kept", scope="shared"),
                docker_volume("made", scope="shared", autoprovision=True),
            ],
        )
    )
    assert [row["Name"] for row in volumes.of_task(made)] == ["made"]
    assert volumes.own_names(made) == []
