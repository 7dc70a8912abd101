"""dependsOn with restart: what is older than its dependency is restarted, within the budget."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.ids import DaemonName
from daemonctl.model.memory import (
    DaemonMemory,
    Expectation,
    Failure,
    Hold,
    Kind,
    Memory,
    SlotMemory,
)
from daemonctl.model.plan import Plan, StopKind, StopTask
from daemonctl.model.reason import Code, Verdict
from daemonctl.model.rollout import Pause, Phase, Revision, Rollout
from daemonctl.model.spec import Dependency, DependsOn, Limits, Share, Strategy
from tests.unit.planning.scenery import (
    AGENT,
    NOW,
    REGISTRATOR,
    arn,
    definition_arn,
    desired,
    host,
    observed,
    planned,
    spec,
    stops,
    task,
    task_arn,
    verdict,
)

NEED = Dependency(AGENT, DependsOn.READY, restart=True)
WANTED = desired(spec(), spec(REGISTRATOR, NEED))
WORDS = "it was started before the consul-agent that runs here now"


def agent(number: int = 1, **changes: object) -> Task:
    return task(number, age=100, **changes)  # type: ignore[arg-type]  # fields of a task


def dependent(number: int = 2, age: float = 200, **changes: object) -> Task:
    return task(number, REGISTRATOR, age=age, **changes)  # type: ignore[arg-type]  # fields


def played(*tasks: Task, wanted: object = None, memory: Memory | None = None) -> Plan:
    assert wanted is None or wanted is PLAIN
    return planned(PLAIN if wanted is PLAIN else WANTED, host(1, *tasks), memory)


PLAIN = desired(spec(), spec(REGISTRATOR, Dependency(AGENT)))


def test_an_older_dependent_is_restarted() -> None:
    made = played(agent(), dependent())
    stop = StopTask(REGISTRATOR, arn(), task_arn(2), StopKind.VOLUNTARY, Code.RESTART, WORDS)
    assert made.actions == (stop,)
    assert verdict(made, REGISTRATOR) == Verdict(Code.RESTART, WORDS)


def test_another_dependency_that_is_no_reason_hides_none_that_is() -> None:
    other = DaemonName("aaa")
    both = spec(REGISTRATOR, Dependency(other), NEED)
    hosted = host(1, agent(), task(3, other, age=300), dependent())
    assert stops(planned(desired(spec(), spec(other), both), hosted)) == [task_arn(2)]
    again = spec(REGISTRATOR, Dependency(other, DependsOn.START, restart=True), NEED)
    target = Revision(definition_arn(other))
    rollout = Rollout(asked=target, target=target, phase=Phase.ROLLING, pause=Pause(NOW))
    held = Memory(daemons={other: DaemonMemory(rollout=rollout)})
    behind = host(1, agent(), task(3, other, definition=definition_arn(other, 1)), dependent())
    assert stops(planned(desired(spec(), spec(other), again), behind, held)) == [task_arn(2)]


@pytest.mark.parametrize(
    "tasks",
    [
        (agent(), dependent(age=100)),  # of one age
        (agent(), dependent(age=50)),
        (agent(created_at=None), dependent()),
        (agent(), dependent(created_at=None)),
        (agent(last="PENDING"), dependent()),
        (agent(connected=False), dependent()),
        (agent(), dependent(last="PENDING")),
        (dependent(),),
    ],
)
def test_else_it_is_left_alone(tasks: tuple[Task, ...]) -> None:
    assert stops(played(*tasks)) == []


def test_without_restart_an_older_one_stays() -> None:
    assert stops(played(agent(), dependent(), wanted=PLAIN)) == []


def test_not_where_the_agent_is_away() -> None:
    assert stops(planned(WANTED, host(1, agent(), dependent(), away=10.0))) == []


def test_a_stop_under_way_is_not_made_again() -> None:
    expected = SlotMemory(expectation=Expectation(Kind.STOP, NOW - 1, NOW + 59))
    made = played(agent(), dependent(), memory=Memory({(arn(), REGISTRATOR): expected}))
    assert (stops(made), verdict(made, REGISTRATOR).code) == ([], Code.RESTART)
    assert made.wake == NOW + 59


@pytest.mark.parametrize(("until", "wake"), [(7, 7), (500, 405)])
def test_one_that_is_busy_is_looked_at_when_it_is_free_and_no_later_than_any_other(
    until: float, wake: float
) -> None:
    failed = Failure(1, NOW - 300, NOW - 299, "X", "w")
    held = SlotMemory(hold=Hold(NOW + until, "X", "w"), failure=failed)
    made = played(agent(), dependent(), memory=Memory({(arn(), REGISTRATOR): held}))
    assert (stops(made), made.wake) == ([], NOW + wake)


def test_not_where_the_limit_leaves_a_stop_and_no_start() -> None:
    """Else nothing would run there until the limit ends."""
    writes = tuple(NOW - 50 + n for n in range(5))
    held = SlotMemory(writes=writes)
    made = played(agent(), dependent(), memory=Memory({(arn(), REGISTRATOR): held}))
    assert (stops(made), verdict(made, REGISTRATOR).code) == ([], Code.RESTART)
    assert made.wake == NOW + 10
    held = SlotMemory(writes=writes[1:])
    made = played(agent(), dependent(), memory=Memory({(arn(), REGISTRATOR): held}))
    assert len(stops(made)) == 1


def test_the_budget_holds() -> None:
    hosts = [host(n, agent(10 * n), dependent(10 * n + 1)) for n in range(1, 11)]
    wide = structs.replace(WANTED, limits=Limits(max_cluster_share=Share(10)))
    assert len(stops(planned(wide, observed(*hosts)))) == 1  # 10% of ten
    early = observed(*hosts, first_full_at=NOW - 1)
    assert stops(planned(wide, early)) == []


def test_a_dependency_that_is_to_be_updated_is_waited_for() -> None:
    """Else the dependent would be restarted twice."""
    target = Revision(definition_arn(AGENT, 2))
    rollout = Rollout(asked=target, target=target, phase=Phase.ROLLING, began=NOW - 50)
    memory = Memory(daemons={AGENT: DaemonMemory(rollout=rollout)})
    old = agent(definition=definition_arn(AGENT, 1))
    filler = [host(n, agent(10 * n), dependent(10 * n + 1, age=50)) for n in (2, 3)]
    made = planned(WANTED, observed(host(1, old, dependent()), *filler), memory)
    assert verdict(made, REGISTRATOR).code is not Code.RESTART
    assert task_arn(2) not in stops(made)


def test_under_on_delete_a_restart_is_no_way_to_update() -> None:
    by_hand = spec(REGISTRATOR, NEED, strategy=Strategy.ON_DELETE)
    wanted = desired(spec(), by_hand)
    old = Revision(definition_arn(REGISTRATOR, 1))
    new = Revision(definition_arn(REGISTRATOR))
    rolling = Memory(
        daemons={REGISTRATOR: DaemonMemory(rollout=Rollout(new, new, old, Phase.ROLLING))}
    )
    behind = dependent(definition=definition_arn(REGISTRATOR, 1))
    made = planned(wanted, host(1, agent(), behind), rolling)
    assert stops(made) == []
    assert "updated once its task is stopped by hand" in verdict(made, REGISTRATOR).words
    assert stops(planned(wanted, host(1, agent(), dependent()), rolling)) == [task_arn(2)]
