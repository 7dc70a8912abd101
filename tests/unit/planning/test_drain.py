"""A host that drains: what its daemons wait for, and in which order they leave."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.ids import Ec2InstanceId
from daemonctl.model.memory import Expectation, Kind, Memory, SlotMemory
from daemonctl.model.observed import Host
from daemonctl.model.plan import INFINITE, Allowance, Plan, StopKind, StopTask
from daemonctl.model.reason import Code, Verdict
from daemonctl.model.spec import Limits, Share
from daemonctl.planning.board import Board
from tests.unit.planning.scenery import (
    AGENT,
    BOTH,
    NOW,
    REGISTRATOR,
    arn,
    desired,
    host,
    observed,
    planned,
    spec,
    stopping,
    stops,
    task,
    task_arn,
    verdict,
)

WEB = {"group": "service:web", "started_by": "ecs-svc/1"}
BATCH = {"group": "family:batch", "started_by": "someone"}
ALONE = "only daemons are left on a DRAINING instance"


def ended(one: Task, **changes: object) -> Task:
    gone = {"last_status": "STOPPED", "desired_status": "STOPPED", "stopped_at": NOW - 5}
    return structs.replace(one, **(gone | changes))


def draining(*tasks: Task, number: int = 1, since: float = 60.0, **changes: object) -> Host:
    """A host that drains, with all its tasks known."""
    kept: dict[str, object] = {"draining_since": NOW - since, "listed_at": NOW - since + 10}
    seen = host(number, *tasks, status="DRAINING")
    return structs.replace(seen, **(kept | changes))


def both(*others: Task) -> Host:
    return draining(task(1), task(2, REGISTRATOR), *others)


def words(made: Plan, name: object = AGENT) -> str:
    told = verdict(made, REGISTRATOR if name == REGISTRATOR else AGENT)
    assert told.code is Code.DRAINING
    return told.words


def test_alone_they_leave_in_reverse_order() -> None:
    made = planned(BOTH, both())
    stop = StopTask(REGISTRATOR, arn(), task_arn(2), StopKind.VOLUNTARY, Code.DRAINING, ALONE)
    assert made.actions == (stop,)
    assert words(made, REGISTRATOR) == f"stops: {ALONE}"
    assert words(made) == "registrator leaves first: it depends on consul-agent"
    still = planned(BOTH, draining(task(1), stopping(2, REGISTRATOR)))
    assert still.actions == ()
    assert words(still, REGISTRATOR) == "its task is on its way out"
    assert stops(planned(BOTH, draining(task(1), ended(task(2, REGISTRATOR))))) == [task_arn(1)]
    assert stops(planned(BOTH, draining(task(1)))) == [task_arn(1)]


HOLDING = (task(7, **WEB), stopping(7, **WEB), task(7, last="PENDING", **WEB))


@pytest.mark.parametrize("leaving", HOLDING)
def test_a_task_of_a_service_holds_them_without_limit(leaving: Task) -> None:
    made = planned(BOTH, draining(task(1), task(2, REGISTRATOR), leaving, since=100_000))
    assert (made.actions, made.wake) == ((), None)
    assert words(made) == "stays until the last task of a service has left: web (1)"


def test_how_many_tasks_of_which_service_is_told() -> None:
    api = WEB | {"group": "service:api"}
    made = planned(BOTH, both(task(7, **WEB), task(8, **WEB), task(9, **api)))
    assert words(made).endswith("web (2), api (1)")


def test_a_service_task_that_has_left_holds_nobody() -> None:
    assert stops(planned(BOTH, both(ended(task(7, **WEB))))) == [task_arn(2)]


def test_other_daemons_hold_nobody() -> None:
    logs = task(7, group="service:logs", started_by="ecs-svc/9")
    other = task(8, group="daemonctl-x", started_by="daemonctl/staging")
    seen = observed(both(logs, other))
    assert stops(planned(BOTH, seen)) == []
    known = structs.replace(seen, daemon_services=frozenset({"service:logs"}))
    assert stops(planned(BOTH, known)) == [task_arn(2)]


def test_an_adopted_task_is_a_daemon_and_leaves_like_one() -> None:
    by_hand = task(1, started_by="", group="family:consul-agent")
    assert stops(planned(desired(spec(adopt=True)), draining(by_hand))) == [task_arn(1)]
    assert stops(planned(desired(spec()), draining(by_hand, task(2)))) == []


def test_standalone_tasks_hold_them_until_the_timeout_of_each() -> None:
    wanted = desired(
        spec(drain_timeout_seconds=100),
        spec(REGISTRATOR, drain_timeout_seconds=90),
        limits=Limits(max_cluster_share=Share(9)),
    )
    seen = both(task(7, **BATCH))
    made = planned(wanted, seen)
    assert (made.actions, made.wake) == ((), NOW + 30)
    assert verdict(made).until == NOW + 40
    assert words(made).startswith("stays for standalone tasks, at most drain.timeoutSeconds: 0000")
    assert stops(planned(wanted, seen, at=30)) == [task_arn(2)]
    assert stops(planned(wanted, seen, at=39.9)) == [task_arn(2)]
    assert stops(planned(wanted, seen, at=40)) == [task_arn(1), task_arn(2)]


def test_of_many_standalone_tasks_three_are_named() -> None:
    names = [task(number, **BATCH) for number in range(11, 16)]
    three = ", ".join(f"{number:032x}" for number in (11, 12, 13))
    for number, more in ((5, " and 2 more"), (4, " and 1 more"), (3, "")):
        assert words(planned(BOTH, both(*names[:number]))) == (
            f"stays for standalone tasks, at most drain.timeoutSeconds: {three}{more}"
        )


def test_nobody_leaves_before_all_tasks_there_are_known() -> None:
    for unknown in ({"listed_at": None}, {"draining_since": None}):
        made = planned(BOTH, structs.replace(both(), **unknown))
        assert made.actions == ()
        assert words(made) == "stays until all tasks on the instance are known"


def test_a_spot_host_is_left_twenty_seconds_before_ec2_takes_it() -> None:
    seen = structs.replace(both(task(7, **WEB)), leaves_at=NOW + 60)
    made = planned(BOTH, seen)
    assert (made.actions, made.wake) == ((), NOW + 40)
    assert verdict(made).until == NOW + 40
    assert stops(planned(BOTH, seen, at=40)) == [task_arn(2)]
    batch = structs.replace(both(task(7, **BATCH)), leaves_at=NOW + 60)
    assert planned(BOTH, batch).wake == NOW + 40
    unknown = structs.replace(both(), leaves_at=NOW + 20, listed_at=None)
    assert stops(planned(BOTH, unknown)) == [task_arn(2)]


def test_one_that_ended_while_others_still_run_is_told_and_not_started() -> None:
    died = ended(task(1), stopped_reason="Essential container in task exited")
    told = "it has ended while web (1) still runs here; nothing is started on a DRAINING one"
    made = planned(BOTH, draining(died, task(7, **WEB)))
    assert (words(made), made.actions) == (told, ())
    made = planned(BOTH, draining(died, task(7, **BATCH)))
    assert f"while task {7:032x} still runs" in words(made)
    plain = "the container instance is DRAINING"
    assert words(planned(BOTH, draining(died))) == plain
    asked = ended(task(1), stopped_reason=f"daemonctl: DRAINING: {ALONE}")
    assert words(planned(BOTH, draining(asked, task(7, **WEB)))) == plain
    assert words(planned(BOTH, draining(task(7, **WEB)))) == plain


def test_a_start_of_a_dependent_that_may_still_show_is_waited_for() -> None:
    def waits(kind: Kind, expires: float) -> Plan:
        expected = SlotMemory(expectation=Expectation(kind, NOW - 10, expires))
        return planned(BOTH, draining(task(1)), Memory({(arn(), REGISTRATOR): expected}))

    made = waits(Kind.START, NOW + 50)
    assert (made.actions, made.wake) == ((), NOW + 50)
    assert stops(waits(Kind.START, NOW)) == [task_arn(1)]
    assert stops(waits(Kind.STOP, NOW + 50)) == [task_arn(1)]


def test_a_stop_that_is_under_way_is_not_made_again() -> None:
    expected = SlotMemory(expectation=Expectation(Kind.STOP, NOW - 10, NOW + 50))
    made = planned(BOTH, draining(task(1)), Memory({(arn(), AGENT): expected}))
    assert (made.actions, made.wake) == ((), NOW + 50)


def test_a_misplaced_one_leaves_too() -> None:
    elsewhere = desired(spec(constraints=("attribute:tier == web",)))
    assert stops(planned(elsewhere, draining(task(1)))) == [task_arn(1)]


@pytest.mark.parametrize(
    "changes", [{"managed": True}, {"ec2_id": Ec2InstanceId("mi-1")}, {"ec2_id": Ec2InstanceId("")}]
)
def test_whatever_kind_of_instance_it_is(changes: dict[str, object]) -> None:
    seen = draining(task(1))
    seen = structs.replace(seen, instance=structs.replace(seen.instance, **changes))
    assert stops(planned(desired(), seen)) == [task_arn(1)]


def test_it_takes_nothing_from_the_budget_and_waits_for_no_first_look() -> None:
    hosts = [draining(task(n), number=n) for n in range(1, 5)]
    wide = desired(spec(max_unavailable=Share(1)), limits=Limits(max_cluster_share=Share(4)))
    fresh = observed(*hosts, first_full_at=NOW - 1)
    assert len(stops(planned(wide, fresh))) == 4


def test_the_share_of_the_cluster_and_the_allowance_hold() -> None:
    hosts = [draining(task(n), number=n) for n in range(1, 5)]
    narrow = desired(limits=Limits(max_cluster_share=Share(3)))
    seen = observed(*hosts)
    assert stops(planned(narrow, seen)) == [task_arn(n) for n in (1, 2, 3)]
    assert len(stops(planned(narrow, seen, allowance=Allowance(2, 60)))) == 2
    assert len(stops(planned(narrow, seen, allowance=Allowance(60, 1)))) == 1


def test_what_drains_leaves_less_of_the_share_for_others() -> None:
    wanted = desired(
        spec(constraints=("attribute:tier == web",), max_unavailable=Share(9)),
        limits=Limits(max_cluster_share=Share(1)),
    )
    astray = host(2, task(2))
    there = [structs.replace(host(n, task(n)), instance=_web(n)) for n in (3, 4)]
    made = planned(wanted, observed(draining(task(1)), astray, *there))
    assert stops(made) == [task_arn(1)]


def _web(number: int) -> object:
    one = host(number).instance
    values = one.attributes.values | {"tier": "web"}  # type: ignore[operator]  # a dict
    return structs.replace(one, attributes=type(one.attributes)(values))


def test_what_was_asked_to_leave_is_no_loss_of_the_daemon_after_it_stays() -> None:
    asked = ended(task(1), stopped_reason=f"daemonctl: DRAINING: {ALONE}")
    made = planned(desired(), host(1, asked))
    assert verdict(made) == Verdict(Code.START, "not running here")
    assert len(made.actions) == 1


def test_who_left_the_config_is_on_its_way_out_while_it_is_there_and_others_are_not() -> None:
    wanted = desired(spec(), removed=(spec(REGISTRATOR),))
    busy = SlotMemory(expectation=Expectation(Kind.STOP, NOW - 1, NOW + 29))
    for memory in (Memory(), Memory({(arn(), REGISTRATOR): busy})):
        board = Board(wanted)
        board.replan(observed(both()), memory, None, INFINITE, NOW)
        left = {rule.name: board.tallies[rule.index].leaving for rule in board.rules.daemons}
        assert left == {AGENT: 0, REGISTRATOR: 1}
