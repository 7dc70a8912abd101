"""Where the target of a rollout failed, and where that says nothing."""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.cluster import Container, Health, Task
from daemonctl.model.memory import DaemonMemory, SlotMemory
from daemonctl.model.rollout import FailedInstance, Phase
from daemonctl.model.spec import Share
from tests.unit.planning.rollouts import (
    OLD,
    died,
    fleet,
    rolling,
    updated_away,
    wanted,
    with_old,
)
from tests.unit.planning.scenery import (
    AGENT,
    NOW,
    arn,
    definition,
    host,
    observed,
    planned,
    spec,
    task,
)


def failing(*tasks: Task, at: float = 0.0, **changes: object) -> FailedInstance | None:
    made = planned(wanted(), observed(host(1, *tasks), *fleet(2, 3, 4)), rolling(**changes), at=at)
    held = made.daemons.get(AGENT)
    found = () if held is None or held.rollout is None else held.rollout.failed
    return next((one for one in found if one.instance == arn(1)), None)


def test_three_tries_that_end_at_once_are_a_failure() -> None:
    tries = [died(1, n, ago=20 - n) for n in range(3)]
    assert failing(updated_away(1), *tries[:2]) is None
    found = failing(updated_away(1), *tries)
    assert found is not None
    assert found.reason.startswith("did not become ready in 3 tries: container main exited with")
    assert (found.container, found.exit_code, found.fell_back) == ("main", 1, False)


def test_one_that_was_ready_and_ends_is_a_failure_at_once() -> None:
    found = failing(updated_away(1), died(1, 1, ran=10), task(1))
    assert found is not None
    assert (found.fell_back, found.reason.partition(":")[0]) == (True, "became ready and fell back")
    assert failing(updated_away(1), died(1, 1, ran=9.9)) is None


def test_a_task_that_never_starts_is_a_failure_after_a_while() -> None:
    pending = task(1, age=300, last="PENDING")
    assert failing(updated_away(1, ago=301), pending, at=89) is None
    found = failing(updated_away(1, ago=301), pending, at=90)
    assert found is not None
    assert "longer than startTimeoutSeconds" in found.reason
    assert (found.container, found.exit_code) == ("", None)


def test_an_instance_that_was_broken_before_says_nothing() -> None:
    tries = [died(1, n, ago=20 - n) for n in range(3)]
    broken = structs.replace(died(1, 9, ago=60), definition=OLD.definition)
    assert failing(broken, *tries) is None
    unready = structs.replace(updated_away(1), stopped_reason="daemonctl: UNREADY: sick")
    assert failing(unready, *tries) is None
    early = structs.replace(updated_away(1, ago=2000), stopped_reason="Task stopped by user")
    assert failing(early, *tries) is None
    assert failing(*tries) is None
    never = structs.replace(updated_away(1), started_at=None)
    assert failing(never, *tries) is None


def test_what_an_earlier_rollout_took_is_judged_while_nothing_has_lasted() -> None:
    tries = [died(1, n, ago=20 - n) for n in range(3)]
    assert failing(updated_away(1, ago=2000), *tries) is not None


def test_nothing_is_judged_twice_or_without_a_rollout_or_off_a_host_that_takes_none() -> None:
    tries = (updated_away(1), *(died(1, n, ago=20 - n) for n in range(3)))
    assert failing(*tries, phase=Phase.STEADY) is None
    known = FailedInstance(arn(1), NOW - 9, "known")
    assert failing(*tries, failed=(known,)) in (known, None)
    away = planned(wanted(), observed(host(1, *tries, away=1), *fleet(2, 3)), rolling())
    held = away.daemons.get(AGENT, DaemonMemory()).rollout
    assert held is None or held.failed == ()


def test_an_unhealthy_one_of_the_target_is_a_failure_once_it_would_be_replaced() -> None:
    checked = structs.replace(
        with_old(spec(max_unavailable=Share(2))), definition=definition(has_health_check=True)
    )
    ill = Container("main", "RUNNING", health=Health.UNHEALTHY)
    sick = task(1, age=50, health=Health.UNHEALTHY, containers=(ill,))
    memory = rolling()
    memory.slots[arn(1), AGENT] = SlotMemory(unhealthy_since=NOW - 60)
    seen = observed(host(1, updated_away(1), sick), *fleet(2, 3, 4, 5, 6))
    made = planned(wanted(checked), seen, memory)
    rollout = made.daemons[AGENT].rollout
    assert rollout is not None
    assert [one.instance for one in rollout.failed] == [arn(1)]
