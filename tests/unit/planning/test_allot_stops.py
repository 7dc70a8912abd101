from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.ids import DaemonName
from daemonctl.model.memory import DaemonMemory, Hold, Memory, SlotMemory
from daemonctl.model.observed import Observed
from daemonctl.model.plan import Allowance
from daemonctl.model.reason import Condition, Notice
from daemonctl.model.spec import Limits, Share
from tests.unit.planning.rollouts import fleet, old, rolling, wanted
from tests.unit.planning.scenery import (
    AGENT,
    NOW,
    applied,
    arn,
    attributes,
    desired,
    host,
    notices,
    observed,
    planned,
    spec,
    starts,
    stops,
    task,
    task_arn,
)

ONE = desired()


ASTRAY = desired(
    spec(constraints=("attribute:tier == web",), max_unavailable=Share(2)),
    limits=Limits(max_cluster_share=Share(100, percent=True)),
)


def strewn(astray: int, fine: int, **changes: object) -> Observed:
    """So many misplaced tasks and so many where they belong."""
    hosts = [host(n, task(n)) for n in range(1, astray + 1)]
    web = attributes(tier="web")
    hosts += [host(n, task(n), attributes=web) for n in range(100, 100 + fine)]
    return observed(*hosts, **changes)


def test_misplaced_tasks_go_at_most_max_unavailable_at_a_time() -> None:
    made = planned(ASTRAY, strewn(4, 6))
    assert stops(made) == [task_arn(1), task_arn(2)]
    assert made.conditions == (
        Condition(Notice.STOPS_HELD, "2 misplaced tasks wait for their turn", AGENT),
    )


def test_where_all_have_their_turn_none_is_told_to_wait() -> None:
    made = planned(ASTRAY, strewn(2, 6))
    assert (stops(made), made.conditions) == ([task_arn(1), task_arn(2)], ())


def test_over_half_is_told_only_where_one_could_be_stopped() -> None:
    other = DaemonName("other")
    constrained = spec(other, constraints=("attribute:tier == web",))
    wanted = desired(ASTRAY.daemons[0], constrained, limits=ASTRAY.limits)
    web = attributes(tier="web")
    seen = observed(
        *(host(n, task(n)) for n in (1, 2, 3)),
        host(4, task(40, other)),
        *(host(n, task(n), task(10 * n, other), attributes=web) for n in (5, 6)),
    )
    held = SlotMemory(hold=Hold(NOW + 9, "X", "w"))
    memory = Memory({(arn(n), AGENT): held for n in (1, 2, 3)})
    made = planned(wanted, seen, memory)
    assert (stops(made), made.conditions) == ([task_arn(40)], ())


def test_those_on_their_way_out_count() -> None:
    first = planned(ASTRAY, strewn(4, 6))
    again = planned(ASTRAY, strewn(4, 6), applied(Memory(), first), at=1)
    assert stops(again) == []


def test_over_half_of_a_daemon_at_once_is_refused() -> None:
    assert stops(planned(ASTRAY, strewn(2, 2)))
    made = planned(ASTRAY, strewn(3, 2))
    assert (stops(made), notices(made)) == ([], [(Notice.MISPLACED_HELD, AGENT)])
    assert made.conditions[0].words.startswith("3 of 5 tasks are misplaced, over half")


def test_over_half_goes_once_an_operator_has_confirmed_it() -> None:
    def confirmed(until: float) -> Memory:
        return Memory(daemons={AGENT: DaemonMemory(misplaced_until=until)})

    made = planned(ASTRAY, strewn(3, 2), confirmed(NOW + 1))
    assert len(stops(made)) == 2  # of 3: maxUnavailable still holds
    over = planned(ASTRAY, strewn(3, 2), confirmed(NOW))
    assert (stops(over), notices(over)) == ([], [(Notice.MISPLACED_HELD, AGENT)])
    assert "daemonctl prune consul-agent --misplaced" in over.conditions[0].words


def test_no_voluntary_stop_before_the_first_look_is_over() -> None:
    seen = strewn(1, 3, first_full_at=NOW - 600)
    made = planned(ASTRAY, seen)
    words = "voluntary stops wait until the cluster has been watched for a while"
    assert (stops(made), made.conditions) == ([], (Condition(Notice.STOPS_HELD, words),))
    assert made.wake == NOW + 60
    assert stops(planned(ASTRAY, seen, at=60)) == [task_arn(1)]


def test_without_a_first_full_view_there_is_no_voluntary_stop_at_all() -> None:
    made = planned(ASTRAY, strewn(1, 3, first_full_at=None))
    assert (stops(made), made.wake) == ([], None)


def test_starts_and_repairs_do_not_wait_for_the_first_look() -> None:
    seen = observed(host(1, task(1, age=60), task(2, age=50)), host(2), first_full_at=None)
    made = planned(ONE, seen)
    assert (len(starts(made)), len(stops(made))) == (1, 1)


def test_one_plan_touches_at_most_max_cluster_share_of_the_instances() -> None:
    wanted = structs.replace(ASTRAY, limits=Limits(max_cluster_share=Share(10, percent=True)))
    assert len(stops(planned(wanted, strewn(4, 6)))) == 1


def test_the_share_of_the_cluster_is_shared_by_the_daemons() -> None:
    other = DaemonName("other")
    one = spec(constraints=("attribute:tier == web",), max_unavailable=Share(2))
    wanted = desired(
        one, structs.replace(one, name=other), limits=Limits(max_cluster_share=Share(3))
    )
    web = attributes(tier="web")
    hosts = [
        host(n, task(n), task(50 + n, other), **({} if n < 3 else {"attributes": web}))
        for n in range(1, 9)
    ]
    made = planned(wanted, observed(*hosts))
    assert [action.daemon for action in made.actions] == [AGENT, AGENT, other]


@pytest.mark.parametrize(("allowed", "done"), [(Allowance(9, 1), 1), (Allowance(1, 9), 1)])
def test_voluntary_stops_need_their_own_allowance_and_tokens(allowed: Allowance, done: int) -> None:
    assert len(stops(planned(ASTRAY, strewn(4, 6), allowance=allowed))) == done


def test_voluntary_stops_without_a_token_are_woken_with_the_next() -> None:
    made = planned(ASTRAY, strewn(1, 6), allowance=Allowance(0, 60, NOW + 3))
    assert (stops(made), made.wake) == ([], NOW + 3)


def test_what_is_taken_for_one_reason_is_not_there_for_the_next() -> None:
    stuck = [host(n, old(n, last="PENDING", age=900)) for n in (1, 2)]
    made = planned(wanted(), observed(*stuck, *fleet(3, 4)), rolling())
    assert stops(made) == [task_arn(1), task_arn(2)]  # maxUnavailable 2


def test_a_duplicate_that_goes_takes_nothing_of_max_unavailable() -> None:
    twice = host(1, task(1), task(11, age=900))
    made = planned(wanted(max_unavailable=Share(1)), observed(twice, *fleet(2, 3)), rolling())
    assert stops(made) == [task_arn(11), task_arn(2)]
