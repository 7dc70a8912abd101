"""What an outdated task says of itself, what it waits for, and when it is looked at again."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.cluster import Container, Health, Task
from daemonctl.model.desired import DesiredDaemon
from daemonctl.model.memory import Hold, Memory, SlotMemory
from daemonctl.model.observed import Host
from daemonctl.model.plan import StopKind, StopTask
from daemonctl.model.reason import Code, Verdict
from daemonctl.model.rollout import Pause, Phase
from daemonctl.model.spec import Dependency, DependsOn, Strategy
from tests.unit.planning.rollouts import OLD, fleet, old, rolling, wanted, with_old
from tests.unit.planning.scenery import (
    AGENT,
    NOW,
    REGISTRATOR,
    arn,
    attributes,
    definition,
    host,
    observed,
    planned,
    spec,
    stops,
    task,
    task_arn,
    verdict,
)

WHAT = "runs consul-agent:1, is to run consul-agent:2"
CHECKED = structs.replace(
    with_old(spec()),
    definition=definition(has_health_check=True),
    known=(definition(arn=OLD.definition, has_health_check=True),),
)


def sick(number: int = 1, **changes: object) -> Task:
    ill = Container("main", "RUNNING", health=Health.UNHEALTHY)
    return old(number, **{"health": Health.UNHEALTHY, "containers": (ill,), **changes})


def remembered(**fields: object) -> Memory:
    memory = rolling()
    memory.slots[arn(), AGENT] = structs.replace(SlotMemory(), **fields)
    return memory


def both() -> Memory:
    return Memory(daemons={**rolling().daemons, **rolling(REGISTRATOR).daemons})


@pytest.mark.parametrize(
    ("changes", "of_spec", "words"),
    [
        ({"pause": Pause(NOW)}, {}, "the rollout is paused"),
        ({"phase": Phase.CANARY, "canaries": (arn(2),)}, {}, "waits for the canaries"),
        ({"phase": Phase.HALTED}, {}, "the rollout is halted"),
        (
            {},
            {"strategy": Strategy.ON_DELETE},
            "strategy ON_DELETE: updated once its task is stopped by hand",
        ),
    ],
)
def test_it_says_what_it_runs_and_what_it_waits_for(
    changes: dict[str, object], of_spec: dict[str, object], words: str
) -> None:
    made = planned(wanted(**of_spec), observed(*fleet(1, 2)), rolling(**changes))
    assert verdict(made) == Verdict(Code.OUTDATED, f"{WHAT}; {words}")


def test_before_all_has_been_seen_it_waits_for_that() -> None:
    made = planned(wanted(), observed(*fleet(1), complete=False))
    words = f"{WHAT}; waits until all of the cluster has been seen"
    assert verdict(made) == Verdict(Code.OUTDATED, words)


def test_it_is_stopped_with_the_reason_that_it_tells() -> None:
    made = planned(wanted(), observed(*fleet(1)), rolling())
    stop = StopTask(AGENT, arn(), task_arn(), StopKind.VOLUNTARY, Code.OUTDATED, WHAT)
    assert (made.actions, verdict(made)) == ((stop,), Verdict(Code.OUTDATED, WHAT))


def test_one_that_is_not_ready_says_so_and_waits_for_no_more() -> None:
    made = planned(wanted(CHECKED), host(1, sick()), remembered(unhealthy_since=NOW - 30))
    words = f"{WHAT} and is not ready: container main is UNHEALTHY"
    assert verdict(made) == Verdict(Code.UNREADY, words, NOW + 30)
    assert stops(made) == [task_arn()]


@pytest.mark.parametrize(("until", "wake"), [(7, 7), (50, 30)])
def test_one_that_is_busy_is_looked_at_when_it_is_free_or_when_it_is_replaced_anyhow(
    until: float, wake: float
) -> None:
    hold = Hold(NOW + until, "X", "w")
    memory = remembered(unhealthy_since=NOW - 30, hold=hold)
    made = planned(wanted(CHECKED), host(1, sick()), memory)
    assert (stops(made), made.wake) == ([], NOW + wake)
    ready = planned(wanted(), observed(*fleet(1)), remembered(hold=hold))
    assert (stops(ready), ready.wake) == ([], NOW + until)


def test_one_that_is_ready_is_left_until_a_stop_and_a_start_fit_into_the_limit() -> None:
    writes = tuple(NOW - 50 + n for n in range(5))
    ready = planned(wanted(), observed(*fleet(1)), remembered(writes=writes))
    assert (stops(ready), ready.wake) == ([], NOW + 10)
    assert stops(planned(wanted(), observed(*fleet(1)), remembered(writes=writes[1:])))
    broken = remembered(unhealthy_since=NOW - 30, writes=writes)
    assert stops(planned(wanted(CHECKED), host(1, sick()), broken))  # it serves nobody


def test_other_overrides_are_no_restart() -> None:
    same = task(1, overrides='{"cpu":"1"}', created_at=NOW - 100)
    made = planned(wanted(), host(1, same), rolling(restarted_at=NOW - 100))
    assert verdict(made).words == "runs consul-agent:2 with other overrides than wanted"
    older = structs.replace(same, created_at=NOW - 101)
    made = planned(wanted(), host(1, older), rolling(restarted_at=NOW - 100))
    assert verdict(made).words == "runs consul-agent:2 and is to be restarted"


def pair(condition: DependsOn, **of_agent: object) -> tuple[DesiredDaemon, DesiredDaemon]:
    needs = Dependency(AGENT, condition)
    return with_old(spec(**of_agent)), with_old(spec(REGISTRATOR, needs))


def test_a_dependency_has_to_be_as_far_as_the_condition_asks() -> None:
    settling = task(1, started_at=NOW - 4)
    seen = host(1, settling, old(1, REGISTRATOR, arn=task_arn(9)))
    for condition, gone in ((DependsOn.START, [task_arn(9)]), (DependsOn.READY, [])):
        daemons = pair(condition, min_ready_seconds=10)
        assert stops(planned(wanted(*daemons), seen, both())) == gone


def test_a_dependency_that_only_settles_is_waited_for_by_the_rollout() -> None:
    seen = host(1, task(1, last="PENDING", age=5), old(1, REGISTRATOR, arn=task_arn(9)))
    made = planned(wanted(*pair(DependsOn.READY)), seen, both())
    held = made.daemons.get(REGISTRATOR)
    assert held is None or held.rollout is None or held.rollout.phase is Phase.ROLLING


def test_the_turn_of_a_zone_is_for_updates_alone() -> None:
    per_zone = structs.replace(CHECKED, spec=spec(per_zone=True))
    others = [host(n, old(n, health=Health.HEALTHY)) for n in (2, 3, 4, 5)]
    far = attributes(ecs__availability_zone="z")
    seen = observed(host(1, sick(1, definition=definition().arn), attributes=far), *others)
    made = planned(wanted(per_zone), seen, remembered(unhealthy_since=NOW - 60))
    assert stops(made) == [task_arn(1)]


def test_an_instance_where_it_would_be_in_vain_holds_no_zone_up() -> None:
    def at(number: int, zone: str, agent: Task) -> Host:
        here = attributes(ecs__availability_zone=zone)
        return host(
            number, agent, old(number, REGISTRATOR, arn=task_arn(90 + number)), attributes=here
        )

    agents, dependents = pair(DependsOn.START)
    checked = structs.replace(agents, definition=definition(has_health_check=True))
    zoned = structs.replace(dependents, spec=structs.replace(dependents.spec, per_zone=True))
    broken = sick(1, definition=definition().arn)
    seen = observed(at(1, "a", broken), at(2, "b", task(2, health=Health.HEALTHY)))
    made = planned(wanted(checked, zoned), seen, both())
    assert stops(made) == [task_arn(92)]


def test_what_would_be_in_vain_everywhere_is_not_good_for_that() -> None:
    agents, dependents = pair(DependsOn.START)
    checked = structs.replace(agents, definition=definition(has_health_check=True))
    broken = host(1, sick(1, definition=definition().arn), old(1, REGISTRATOR, arn=task_arn(91)))
    made = planned(wanted(checked, dependents), observed(broken), both())
    assert REGISTRATOR not in made.daemons  # the rollout goes on as it was
