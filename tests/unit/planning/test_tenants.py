from __future__ import annotations

import pytest

from daemonctl.model.cluster import Container, Labelled, Port, Task
from daemonctl.planning.tenants import plain, tenants
from tests.unit.planning.published import web
from tests.unit.planning.scenery import NOW, definition, definition_arn, task_arn

WEB = definition_arn("web")
PORT, OTHER = Port(80, 32768), Port(81, 32769)


def known(*labels: Labelled, mode: str = "bridge") -> dict[object, object]:
    return {WEB: definition("web", network_mode=mode, labelled=labels)}


def test_what_a_bridged_container_publishes_is_expected() -> None:
    [found] = tenants([web()], known())
    assert (found.task, found.prefix) == (task_arn(7), "ecs-web-2-app-")
    assert (found.ports, found.expected, found.loose) == ((PORT,), (PORT,), False)
    assert found.since == NOW - 3595


def test_every_container_of_every_task_is_a_tenant() -> None:
    both = (Container("app", ports=(PORT,)), Container("side_car"))
    found = tenants([web(containers=both), web(8)], known())
    assert [each.prefix for each in found] == [
        "ecs-web-2-app-",
        "ecs-web-2-sidecar-",
        "ecs-web-2-app-",
    ]
    assert found[1].expected == ()


def test_what_has_stopped_is_no_tenant() -> None:
    assert tenants([web(last_status="STOPPED", desired_status="STOPPED")], known()) == ()


@pytest.mark.parametrize("mode", ["host", "awsvpc", "none"])
def test_another_network_may_hold_any_port_and_has_to_hold_none(mode: str) -> None:
    [found] = tenants([web()], known(mode=mode))
    assert (found.expected, found.loose) == ((), True)


def test_a_definition_that_is_not_known_may_be_anything() -> None:
    [found] = tenants([web()], {})
    assert (found.expected, found.loose) == ((), True)


@pytest.mark.parametrize(
    ("one", "loose"),
    [
        (web(last_status="PENDING", containers=(Container("app"),)), True),  # ports not told yet
        (web(last_status="PENDING"), False),
        (web(desired_status="STOPPED"), False),
    ],
)
def test_what_comes_or_goes_holds_its_ports_and_is_not_missed(one: Task, loose: bool) -> None:  # noqa: FBT001  pytest's way
    [found] = tenants([one], known())
    assert (found.expected, found.loose) == ((), loose)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (Labelled("app", None, ignore=True), ()),
        (Labelled("app", 80, ignore=True), (OTHER,)),
        (Labelled("app", 82, ignore=True), (PORT, OTHER)),
        (Labelled("another", None, ignore=True), (PORT, OTHER)),
        (Labelled("app", None, named=True), (PORT, OTHER)),
    ],
)
def test_what_is_marked_to_be_ignored_is_not_missed(
    label: Labelled, expected: tuple[Port, ...]
) -> None:
    [found] = tenants([web(7, PORT, OTHER)], known(label))
    assert (found.ports, found.expected) == ((PORT, OTHER), expected)


def test_explicit_wants_a_name_of_its_own() -> None:
    named = Labelled("app", 81, named=True)
    [found] = tenants([web(7, PORT, OTHER)], known(named), ("-explicit",))
    assert found.expected == (OTHER,)
    assert tenants([web()], known(), ("-explicit",))[0].expected == ()


def test_internal_addresses_cannot_be_compared() -> None:
    [found] = tenants([web()], known(), ("-internal",))
    assert (found.expected, found.loose) == ((), True)


def test_a_task_with_another_word_to_registrator_is_not_missed() -> None:
    told = '{"containerOverrides":[{"environment":[{"name":"SERVICE_IGNORE","value":"1"}]}]}'
    assert tenants([web(overrides=told)], known())[0].expected == ()


def test_docker_names_have_letters_digits_and_hyphens() -> None:
    assert plain("a_b-1.ä") == "ab-1"
