from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.cluster import Port
from daemonctl.model.discovery import Service, Tenant
from daemonctl.planning.coverage import GRACE_SECONDS, by_coverage, container_of, coverage, named
from daemonctl.planning.readiness import LOST, READY, Readiness, Ready
from tests.unit.planning.published import HERE, registered, service, tenant
from tests.unit.planning.scenery import NOW, REGISTRATOR, task

DNS = Port(53, 32768, udp=True)


def missing(*what: Tenant | Service) -> list[int]:
    return [gap.port.host for gap in coverage(registered(*what)).missing]


def stale(*what: Tenant | Service) -> list[str]:
    return [each.id for each in coverage(registered(*what)).stale]


@pytest.mark.parametrize(
    "there",
    [
        service(),
        service(address=""),  # its node's
        Service("by-hand", "web", HERE, 32768),
        Service("other:thing:80", "web", HERE, 32768),
    ],
)
def test_what_is_at_its_address_and_port_is_covered(there: Service) -> None:
    found = coverage(registered(tenant(), there))
    assert (found.expected, found.missing, found.young) == (1, (), ())


@pytest.mark.parametrize(
    "there",
    [
        service(32769),
        service(address="127.0.1.1"),
        service(name="ecs-api-4-app-a1"),  # another container's registration at the same port
        service(id="host:ecs-web-2-app-a1:80:udp"),
    ],
)
def test_what_is_elsewhere_does_not_cover(there: Service) -> None:
    assert missing(tenant(), there) == [32768]


def test_udp_and_tcp_are_two_ports() -> None:
    both = tenant(ports=(DNS, Port(80, 32768)), expected=(DNS, Port(80, 32768)))
    found = coverage(registered(both, service()))
    assert [gap.port for gap in found.missing] == [DNS]
    assert (
        coverage(registered(both, service(), service(id="h:ecs-web-2-app-a:53:udp"))).missing == ()
    )


def test_a_gap_says_what_is_missing() -> None:
    [gap] = coverage(registered(tenant())).missing
    assert gap.words == f"web-2-app port 32768 (task {7:032x})"
    assert gap.key == f"{gap.task}:32768"
    assert structs.replace(gap, port=DNS).key.endswith(":32768/udp")
    three = ", ".join([gap.words] * 3)
    assert (named([gap] * 3), named([gap] * 5)) == (three, f"{three} and 2 more")


@pytest.mark.parametrize(("age", "ripe"), [(GRACE_SECONDS, True), (GRACE_SECONDS - 1, False)])
def test_a_grace_counts_from_the_task_and_from_registrator(age: float, ripe: bool) -> None:  # noqa: FBT001  pytest's way
    young = coverage(registered(tenant(age=age)))
    assert (young.expected, len(young.missing), len(young.young)) == (ripe, ripe, not ripe)
    later = coverage(registered(tenant()), since=NOW - age)
    assert (later.expected, len(later.missing), len(later.young)) == (ripe, ripe, not ripe)


def test_the_grace_is_over_when_consul_was_asked_not_now() -> None:
    found = coverage(registered(tenant(age=100), ago=80))
    assert (found.expected, len(found.young)) == (0, 1)


@pytest.mark.parametrize(
    "there",
    [
        (),
        (tenant(8, 32770),),
        (tenant(prefix="ecs-api-4-app-"),),  # took over its port
        (tenant(ports=(DNS,)),),
    ],
)
def test_an_entry_of_a_container_that_is_gone_is_stale(there: tuple[Tenant, ...]) -> None:
    assert stale(*there, service()) == ["host:ecs-web-2-app-a1:80"]


@pytest.mark.parametrize(
    "there",
    [
        tenant(),
        tenant(expected=()),
        tenant(ports=(), loose=True),
    ],
)
def test_an_entry_of_a_container_that_is_there_is_not(there: Tenant) -> None:
    assert stale(there, service()) == []
    assert stale(there, service(address="127.0.1.1")) == []


@pytest.mark.parametrize("id_", ["by-hand", "h:nginx:80", "h:ecs-web-2-app-a1", "ecs-x:80", ""])
def test_what_registrator_has_not_made_of_an_ecs_container_is_nobodys_business(id_: str) -> None:
    assert stale(service(id=id_)) == []
    assert container_of(service(id=id_)) == ("", False)


def test_an_entry_names_its_container() -> None:
    assert container_of(service()) == ("ecs-web-2-app-a1", False)
    assert container_of(service(id="h.x:ecs-a-1-b-c:53:udp")) == ("ecs-a-1-b-c", True)


def judged(*what: Tenant | Service, age: float = 3600.0) -> Readiness:
    own = task(1, REGISTRATOR, age=age)
    return by_coverage(READY, own, registered(*what), start_timeout=300, now=NOW)


def test_it_fails_only_where_everything_is_missing() -> None:
    assert judged(tenant(), service()) == READY
    assert judged(tenant(7), tenant(8, 32769), service()) == READY
    assert judged(tenant(7), tenant(8, 32769)).value is Ready.NOT_READY
    [gap] = coverage(registered(tenant())).missing
    words = f"none of the 1 ports that are published here is in Consul: {gap.words}"
    assert judged(tenant()) == Readiness(Ready.NOT_READY, words, running=True)


def test_where_nothing_is_due_nothing_is_asked() -> None:
    assert judged() == READY
    assert judged(tenant(age=10)) == READY
    assert judged(tenant(expected=())) == READY


def test_registrator_has_its_time_to_start() -> None:
    found = judged(tenant(), age=200)
    words = "RUNNING, but none of the 1 ports that are published here is in Consul"
    assert found == Readiness(Ready.SETTLING, words, NOW + 105, running=True)
    assert judged(tenant(), age=305).value is Ready.NOT_READY


def test_what_consul_has_is_not_known_is_unknown() -> None:
    found = by_coverage(READY, task(), None, start_timeout=300, now=NOW)
    words = "ready by what ECS tells; what is registered in Consul is not known now"
    assert found == Readiness(Ready.UNKNOWN, words, running=True, by_ecs=True)


def test_only_what_is_ready_by_all_else_is_asked_about() -> None:
    assert by_coverage(LOST, task(), registered(tenant()), start_timeout=1, now=NOW) is LOST
