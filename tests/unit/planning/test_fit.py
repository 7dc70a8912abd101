from __future__ import annotations

import pytest

from daemonctl.model.cluster import Resources
from daemonctl.planning.fit import add, shortages
from tests.unit.planning.scenery import instance

NOTHING = Resources()
ROOM = Resources(2048, 7680)


def ports(*numbers: int) -> frozenset[int]:
    return frozenset(numbers)


def test_what_fits_exactly_fits() -> None:
    full = instance(remaining=Resources(128, 256))
    assert shortages(Resources(128, 256), full, NOTHING) == ""


def test_every_shortage_is_told_in_numbers() -> None:
    full = instance(remaining=Resources(100, 200, ports(8500, 22), ports(8301)))
    needs = Resources(128, 256, ports(8500), ports(8301))
    assert shortages(needs, full, NOTHING) == (
        "CPU: needs 128 units, 100 of 2048 left; MEMORY: needs 256 MiB, 200 of 7680 left; "
        "PORTS: tcp 8500 taken; PORTS: udp 8301 taken"
    )


def test_remaining_ports_are_the_taken_ones() -> None:
    needs = Resources(tcp=ports(8500))
    assert shortages(needs, instance(remaining=Resources(9, 9, ports(8500))), NOTHING)
    assert not shortages(needs, instance(remaining=Resources(9, 9, ports(8600))), NOTHING)


def test_a_port_of_the_other_protocol_is_free() -> None:
    busy = instance(remaining=Resources(9, 9, udp=ports(8500)))
    assert shortages(Resources(tcp=ports(8500)), busy, NOTHING) == ""


def test_ports_are_told_in_order() -> None:
    busy = instance(remaining=Resources(9, 9, ports(9, 80, 443, 8500)))
    needs = Resources(tcp=ports(8500, 443, 9, 80))
    assert shortages(needs, busy, NOTHING) == "PORTS: tcp 9, 80, 443, 8500 taken"


@pytest.mark.parametrize(
    ("promised", "words"),
    [
        (Resources(1950, 0), "CPU: needs 128 units, 98 of 2048 left"),
        (Resources(0, 7500), "MEMORY: needs 256 MiB, 180 of 7680 left"),
        (Resources(tcp=ports(8500)), "PORTS: tcp 8500 taken"),
        (Resources(udp=ports(8301)), "PORTS: udp 8301 taken"),
    ],
)
def test_what_is_promised_to_others_is_gone(promised: Resources, words: str) -> None:
    needs = Resources(128, 256, ports(8500), ports(8301))
    assert shortages(needs, instance(remaining=ROOM), promised) == words


def test_more_than_everything_promised_leaves_nothing_and_not_less() -> None:
    found = shortages(Resources(128), instance(remaining=ROOM), Resources(5000))
    assert found == "CPU: needs 128 units, 0 of 2048 left"


def test_an_instance_that_tells_no_resources_has_room_until_ecs_says_otherwise() -> None:
    silent = instance(registered=NOTHING, remaining=NOTHING)
    assert shortages(Resources(128, 256), silent, NOTHING) == ""


@pytest.mark.parametrize("told", [Resources(cpu=2048), Resources(memory=7680)])
def test_an_instance_that_tells_one_resource_is_believed(told: Resources) -> None:
    assert shortages(Resources(128, 256), instance(registered=told, remaining=NOTHING), NOTHING)


def test_resources_add_up() -> None:
    one, other = Resources(1, 2, ports(3), ports(4)), Resources(10, 20, ports(30), ports(40))
    assert add(one, other) == Resources(11, 22, ports(3, 30), ports(4, 40))
