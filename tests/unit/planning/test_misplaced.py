"""A task where its daemon should not run."""

from __future__ import annotations

import pytest

from daemonctl.model.ids import DaemonName, Ec2InstanceId
from daemonctl.model.memory import Expectation, Kind, Memory, SlotMemory
from daemonctl.model.observed import Host
from daemonctl.model.plan import StopKind, StopTask
from daemonctl.model.reason import Code, Verdict
from daemonctl.model.spec import Limits, Share
from daemonctl.planning.board import Board
from tests.unit.planning.scenery import (
    AGENT,
    INFINITE,
    NOW,
    REGISTRATOR,
    arn,
    attributes,
    crash,
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

ONE = desired()
ELSEWHERE = desired(spec(constraints=("attribute:tier == web",)))


def remembered(**fields: object) -> Memory:
    return Memory({(arn(), AGENT): SlotMemory(**fields)})  # type: ignore[arg-type]  # its fields


def test_a_misplaced_task_is_stopped_as_a_voluntary_stop() -> None:
    made = planned(
        ELSEWHERE,
        observed(host(1, task(1)), host(2, task(2), attributes=attributes(tier="web"))),
    )
    words = "placement constraint does not match: attribute:tier == web"
    assert verdict(made) == Verdict(Code.MISPLACED, f"runs here, but {words}")
    assert made.actions == (
        StopTask(AGENT, arn(), task_arn(1), StopKind.VOLUNTARY, Code.MISPLACED, words),
    )


def test_of_a_chain_that_leaves_only_the_last_goes_now() -> None:
    last = DaemonName("last")
    astray = {"constraints": ("attribute:tier == web",)}
    chain = (spec(**astray), spec(REGISTRATOR, AGENT, **astray), spec(last, REGISTRATOR, **astray))
    names = (AGENT, REGISTRATOR, last)
    wide = Limits(max_cluster_share=Share(100, percent=True))
    fine = [
        host(
            n,
            *(task(10 * n + i, one) for i, one in enumerate(names)),
            attributes=attributes(tier="web"),
        )
        for n in (2, 3)
    ]
    leaving = host(1, *(task(i, one) for i, one in enumerate(names, 1)))
    made = planned(desired(*chain, limits=wide), observed(leaving, *fine))
    assert stops(made) == [task_arn(3)]
    assert verdict(made).words.endswith("; registrator leaves first")


def test_a_daemon_that_should_not_run_and_does_not_is_told_why() -> None:
    assert verdict(planned(ELSEWHERE, host())) == Verdict(
        Code.CONSTRAINT, "placement constraint does not match: attribute:tier == web"
    )
    assert verdict(planned(ONE, host(managed=True))).code is Code.INELIGIBLE


@pytest.mark.parametrize("changes", [{"status": "DEREGISTERING"}, {"away": 200.0}])
def test_a_misplaced_task_stays_where_the_instance_leaves_or_keeps(
    changes: dict[str, object],
) -> None:
    made = planned(
        ELSEWHERE,
        observed(
            host(1, task(1), **changes),  # type: ignore[arg-type]  # fields of a host
            host(2, task(2), attributes=attributes(tier="web")),
        ),
    )
    assert (verdict(made).code, made.actions) == (Code.MISPLACED, ())


def test_a_task_on_an_external_instance_is_misplaced() -> None:
    made = planned(ONE, observed(host(1, task(1), ec2_id=Ec2InstanceId("mi-1")), host(2, task(2))))
    assert stops(made) == [task_arn(1)]


def leaving(seen: Host, memory: Memory | None = None, *, astray: bool = True) -> int:
    board = Board(ELSEWHERE if astray else ONE)
    board.replan(observed(seen), memory or Memory(), None, INFINITE, NOW)
    return board.tallies[0].leaving


ASKED = "daemonctl: MISPLACED: wrong place"


def test_a_misplaced_task_counts_as_leaving_until_it_is_gone() -> None:
    assert leaving(host(1, task(1))) == 0
    stop = Expectation(Kind.STOP, NOW - 1, NOW + 59)
    assert leaving(host(1, task(1)), remembered(expectation=stop)) == 1
    assert leaving(host(1, stopping(1))) == 1
    assert leaving(host(1, stopping(1), task(2))) == 1
    assert leaving(host(1)) == 0


def test_it_counts_even_where_the_slot_belongs_again_by_then() -> None:
    going = stopping(1, stopped_reason=ASKED)
    assert leaving(host(1, going), astray=False) == 1
    assert leaving(host(1, going, task(2)), astray=False) == 1
    board = Board(ONE)
    board.replan(observed(host(1, going, task(2))), Memory(), None, INFINITE, NOW)
    assert board.counts[AGENT].ready == 1
    assert leaving(host(1, stopping(1)), astray=False) == 0
    assert leaving(host(1, crash(1, stopped_reason=ASKED), task(2)), astray=False) == 0


def test_a_stop_that_nothing_came_of_counts_until_it_expires() -> None:
    memory = remembered(expectation=Expectation(Kind.STOP, NOW - 1, NOW + 59))
    assert leaving(host(1, task(1)), memory, astray=False) == 1
    assert planned(ONE, host(1, task(1)), memory).wake == NOW + 59
    settling = host(1, task(1, started_at=NOW - 4))
    assert planned(desired(spec(min_ready_seconds=10)), settling, memory).wake == NOW + 6


def test_a_start_that_is_still_awaited_takes_nothing_away() -> None:
    start = Expectation(Kind.START, NOW - 1, NOW + 59)
    assert leaving(host(1, task(1)), remembered(expectation=start), astray=False) == 0
