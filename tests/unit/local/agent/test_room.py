"""Who may begin: first in, first out, as room is really free."""

from __future__ import annotations

from typing import Any

import pytest

from daemonctl.local.agent.record import STOPPED, Task
from daemonctl.local.agent.room import Needs, admit, needs
from tests.unit.local.agent.given import arn, container, end, host_config, payload, port, task

CPU, MEMORY = 2048, 4096


def waiting(number: int, **fields: Any) -> Task:
    raw = payload(number, container(**fields))
    return task(raw, admitted=False)


def begun(tasks: list[Task]) -> list[str]:
    return [row.arn for row in admit(tasks, CPU, MEMORY)]


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (payload(1, container(cpu=10, memory=20), container("b", cpu=1, memory=2)), (11, 22)),
        (payload(1, container(cpu=10, memory=20), cpu=0.5, memory=512), (512, 512)),
        (payload(1, container(dockerConfig=host_config(MemoryReservation=64 << 20))), (0, 64)),
        (payload(1, container(memory=99, dockerConfig=host_config(MemoryReservation=64 << 20))),
         (0, 64)),
        (payload(1, container(cpu=9, overrides='{"cpu": 5, "memory": 7}')), (5, 7)),
        (payload(1, container(memory=9, overrides='{"memoryReservation": 8}')), (0, 8)),
    ],
)  # fmt: skip
def test_what_a_task_needs(raw: dict[str, Any], wanted: tuple[int, int]) -> None:
    assert needs(task(raw).payload) == Needs(*wanted, frozenset())


def test_only_static_ports_are_held() -> None:
    mappings = [port(80), port(53, 53, "udp"), port(443, 8443)]
    raw = payload(1, container(portMappings=mappings))
    assert needs(task(raw).payload).ports == {(53, "udp"), (8443, "tcp")}


def test_all_begin_while_there_is_room() -> None:
    tasks = [waiting(n, cpu=1024, memory=2048) for n in (1, 2)]
    assert begun(tasks) == [arn(1), arn(2)]
    assert begun(tasks) == []


@pytest.mark.parametrize(
    "fields",
    [{"cpu": 1025}, {"memory": 2049}, {"portMappings": [port(80, 80)]}],
    ids=["cpu", "memory", "port"],
)
def test_one_without_room_waits_and_holds_up_all_behind_it(fields: dict[str, Any]) -> None:
    holder = waiting(1, cpu=1024, memory=2048, portMappings=[port(81, 80)])
    tasks = [holder, waiting(2, **fields), waiting(3)]
    assert begun(tasks) == [arn(1)]
    end(holder)
    assert begun(tasks) == [arn(2), arn(3)]


def test_the_same_port_of_another_protocol_is_another_port() -> None:
    tasks = [
        waiting(1, portMappings=[port(53, 53)]),
        waiting(2, portMappings=[port(53, 53, "udp")]),
    ]
    assert begun(tasks) == [arn(1), arn(2)]


def test_a_stopping_task_holds_its_room_until_it_has_ended() -> None:
    holder = waiting(1, memory=MEMORY)
    tasks = [holder, waiting(2, memory=1)]
    assert begun(tasks) == [arn(1)]
    holder.record.desired = STOPPED
    assert begun(tasks) == []


def test_one_told_to_stop_while_it_waits_holds_up_nobody() -> None:
    never = waiting(1, memory=MEMORY + 1)
    tasks = [never, waiting(2)]
    assert begun(tasks) == []
    never.record.desired = STOPPED
    assert begun(tasks) == [arn(2)]
