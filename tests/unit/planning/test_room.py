from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from daemonctl.check.room import room_faults
from daemonctl.model.cluster import Resources
from daemonctl.model.ids import TaskArn
from daemonctl.model.observed import Host
from daemonctl.model.surroundings import Service, Tenant
from daemonctl.planning.fit import shortages
from daemonctl.planning.room import make, without
from tests.unit.planning.scenery import instance, task, task_arn

REST = Service("batch", desired=4, running=4, pending=0, deploying=False, least_healthy=50)
SMALL = Resources(256, 512)
FULL = instance(1, remaining=Resources(100, 100, frozenset((22, 80)), frozenset((53,))))


def tenant(number: int = 1, needs: Resources = SMALL, **changes: object) -> Tenant:
    of = str(changes.pop("service", "batch"))
    held = task(number, group=f"service:{of}", started_by="ecs-svc/1")
    plain = Tenant(held, of, needs)
    return structs.replace(plain, **changes)


def way(
    *tenants: Tenant, needs: Resources = SMALL, service: Service | None = REST
) -> tuple[tuple[TaskArn, ...], str]:
    known = {} if service is None else {service.name: service}
    found = make(needs, FULL, tenants, known)
    return found.tasks, found.words


def test_the_fewest_that_free_enough_the_first_by_arn() -> None:
    assert way(tenant(2), tenant(1)) == ((task_arn(1),), "room made by batch")
    large = tenant(3, Resources(600, 1100))
    assert way(tenant(1), tenant(2), large, needs=Resources(600, 1100))[0] == (task_arn(3),)
    both = way(tenant(1), tenant(2), needs=Resources(500, 1000))[0]
    assert both == (task_arn(1), task_arn(2))


@pytest.mark.parametrize(
    "needs", [Resources(tcp=frozenset((80,))), Resources(udp=frozenset((53,)))]
)
def test_ports_are_freed_too(needs: Resources) -> None:
    assert way(tenant(1, needs), needs=needs)[0] == (task_arn(1),)
    assert way(tenant(1), needs=needs)[0] == ()


def test_at_most_four_give_way_to_one() -> None:
    tenants = [tenant(n, Resources(20, 20)) for n in range(1, 6)]
    busy = structs.replace(REST, desired=10, running=10)
    assert len(way(*tenants, needs=Resources(180, 180), service=busy)[0]) == 4
    assert way(*tenants, needs=Resources(200, 200), service=busy)[0] == ()


def test_every_service_that_gives_way_is_named() -> None:
    other = structs.replace(REST, name="jobs")
    pair = (tenant(1), tenant(2, service="jobs"))
    services = {one.name: one for one in (REST, other)}
    assert make(Resources(500, 1000), FULL, pair, services).words == "room made by batch, jobs"


def test_what_fits_by_now_needs_no_room() -> None:
    assert way(tenant(), needs=Resources(1, 1)) == ((), "it fits by now")


def test_nobody_is_there() -> None:
    assert way() == ((), "nothing here may give way")


@pytest.mark.parametrize(
    ("one", "service", "words"),
    [
        (tenant(), None, "batch is no active REPLICA service"),
        (tenant(), structs.replace(REST, strategy="DAEMON"), "no active REPLICA"),
        (tenant(), structs.replace(REST, status="DRAINING"), "no active REPLICA"),
        (tenant(), structs.replace(REST, deploying=True), "a deployment of batch is in progress"),
        (tenant(), structs.replace(REST, running=3), "batch runs 3 of 4 tasks"),
        (tenant(), structs.replace(REST, pending=1), "batch runs 4 of 4 tasks"),
        (tenant(protected=True), REST, "a task of batch is protected from scale-in"),
        (tenant(task=task(1, last="PENDING", group="service:batch")), REST, "is not RUNNING"),
        (
            tenant(task=task(1, desired_status="STOPPED", group="service:batch")),
            REST,
            "is not RUNNING",
        ),
        (tenant(), structs.replace(REST, least_healthy=76), "what may give way is too small"),
    ],
)
def test_who_stays(one: Tenant, service: Service | None, words: str) -> None:
    tasks, told = way(one, service=service)
    assert tasks == ()
    assert told.startswith("no room can be made: ")
    assert words in told


def test_every_reason_why_something_stays_is_told() -> None:
    told = way(tenant(1, protected=True), tenant(2, task=task(2, last="PENDING")))[1]
    assert told == (
        "no room can be made: a task of batch is protected from scale-in; "
        "a task of batch is not RUNNING"
    )
    spared = way(tenant(), service=structs.replace(REST, least_healthy=76))[1]
    assert spared == "no room can be made: what may give way is too small"


def test_a_service_may_go_down_to_its_minimum_and_not_below() -> None:
    pair = (tenant(1), tenant(2))
    needs = Resources(500, 1000)
    assert len(way(*pair, needs=needs)[0]) == 2
    hundreds = structs.replace(REST, desired=200, running=200, least_healthy=100)
    assert way(tenant(1), service=hundreds)[0] == ()
    assert way(*pair, needs=needs, service=structs.replace(REST, least_healthy=51))[0] == ()


numbers = st.integers(0, 1200)
resources = st.builds(
    Resources,
    cpu=numbers,
    memory=numbers,
    tcp=st.frozensets(st.sampled_from((80, 443)), max_size=1),
)
services = st.builds(
    Service,
    name=st.sampled_from(("batch",)),
    desired=st.integers(1, 5),
    running=st.integers(1, 5),
    pending=st.sampled_from((0, 0, 0, 1)),
    deploying=st.sampled_from((False, False, False, True)),
    least_healthy=st.sampled_from((0, 50, 100)),
)
tenants_ = st.lists(st.tuples(resources, st.sampled_from((False, False, True))), max_size=6)


@given(resources, tenants_, services)
def test_what_is_planned_passes_the_check_and_makes_room(
    needs: Resources, drawn: list[tuple[Resources, bool]], service: Service
) -> None:
    tenants = [
        tenant(number, needed, protected=kept) for number, (needed, kept) in enumerate(drawn)
    ]
    known = {service.name: service}
    tasks = make(needs, FULL, tenants, known).tasks
    if not tasks:
        return
    assert room_faults(tasks, Host(FULL), needs, tenants, known) == []
    chosen = [one for one in tenants if one.task.arn in tasks]
    assert not shortages(needs, without(FULL, chosen), Resources())
