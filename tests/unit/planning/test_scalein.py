from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemonctl.check.scalein import drain_faults
from daemonctl.model.observed import Host, Observed
from daemonctl.model.spec import Limits, ScaleIn, Share
from daemonctl.planning import scalein
from tests.unit.planning.scenery import MARK, NOW, arn, attributes, host, observed, task

WISH = ScaleIn(empty_after_seconds=60.0, drain=True)
ALL = Limits(max_cluster_share=Share(100, percent=True))


def idle(number: int, zone: str = "a", **changes: object) -> Host:
    """A host with one daemon and nothing else."""
    given = {"attributes": attributes(ecs__availability_zone=zone), "running_tasks": 1, **changes}
    return host(number, task(number), **given)


def look(
    seen: Observed, since: float | None = NOW - 60, wish: ScaleIn = WISH, limits: Limits = ALL
) -> scalein.Idle:
    before = {} if since is None else dict.fromkeys(seen.hosts, since)
    return scalein.look(seen, before, MARK, wish, limits, now=NOW)


def test_it_takes_a_while() -> None:
    seen = observed(idle(1), idle(2))
    first = look(seen, None)
    assert (first.since, first.long) == ({arn(1): NOW, arn(2): NOW}, ())
    assert first.wake == NOW + 60
    assert look(seen, NOW - 59.9).long == ()
    ripe = look(seen)
    assert (ripe.long, ripe.drain, ripe.wake) == ((arn(1), arn(2)), (arn(1),), None)


@pytest.mark.parametrize(
    "changes",
    [
        {"running_tasks": 2},
        {"pending_tasks": 1},
        {"status": "DRAINING"},
        {"managed": True},
        {"ec2_id": "mi-1"},
    ],
)
def test_hosts_with_work_or_not_ours_to_judge_are_not_idle(changes: dict[str, object]) -> None:
    assert look(observed(idle(1, **changes))).since == {}


def test_an_agent_that_flaps_begins_nothing_anew() -> None:
    def away(seconds: float) -> Observed:
        zone = attributes(ecs__availability_zone="a")
        gone = host(1, task(1), away=seconds, running_tasks=1, attributes=zone)
        return observed(gone, idle(2))

    found = look(away(299))
    assert found.since == {arn(1): NOW - 60, arn(2): NOW - 60}
    assert (found.long, found.drain) == ((arn(1), arn(2)), ())
    none = look(away(299), wish=ScaleIn(60.0, drain=True, least_per_zone=0))
    assert none.drain == (arn(2),)
    assert found.wake is None
    assert look(away(300)).since == {arn(2): NOW - 60}
    assert look(away(1), None).since == {arn(2): NOW}
    busy = host(1, task(1), away=1, running_tasks=2)
    assert look(observed(busy)).since == {}


def test_a_stopping_or_foreign_task_is_no_daemon_of_ours() -> None:
    other = host(1, task(1, started_by="x"), running_tasks=1)
    assert look(observed(other)).since == {}


def test_a_start_of_ours_does_not_stand_for_work_that_was_counted_before_it() -> None:
    starting = host(1, task(1), task(2, last="PENDING"), running_tasks=2)
    assert look(observed(starting)).since == {}
    counted = host(1, task(1), task(2, last="PENDING"), running_tasks=1, pending_tasks=1)
    assert look(observed(counted)).since == {arn(1): NOW - 60}


def test_each_zone_keeps_its_minimum() -> None:
    seen = observed(idle(1, "a"), idle(2, "a"), idle(3, "b"), idle(4, "b"), idle(5, "b"))
    assert look(seen).drain == (arn(1), arn(3), arn(4))
    none = look(seen, wish=ScaleIn(60.0, drain=True, least_per_zone=0))
    assert len(none.drain) == 5
    busy = observed(idle(1, "a"), idle(2, "a", running_tasks=9))
    assert look(busy).drain == (arn(1),)


def test_no_more_than_a_share_of_the_cluster_at_once() -> None:
    seen = observed(*(idle(n) for n in range(1, 10)), idle(10, status="DRAINING"))
    assert len(look(seen, limits=Limits()).drain) == 2  # 30 % of 10, and one drains already


hosts = st.lists(
    st.tuples(
        st.sampled_from(("a", "b")),
        st.integers(0, 2),
        st.sampled_from(("ACTIVE", "ACTIVE", "DRAINING")),
    ),
    max_size=8,
)


@given(hosts, st.integers(0, 2), st.sampled_from((Share(30, percent=True), Share(2))))
def test_what_is_planned_passes_the_check(
    drawn: list[tuple[str, int, str]], least: int, share: Share
) -> None:
    wish, limits = ScaleIn(60.0, drain=True, least_per_zone=least), Limits(max_cluster_share=share)
    seen = observed(
        *(
            idle(number, zone, running_tasks=running, status=status)
            for number, (zone, running, status) in enumerate(drawn, 1)
        )
    )
    going = look(seen, wish=wish, limits=limits).drain
    if going:
        assert drain_faults(going, seen, MARK, wish, limits) == []
