from __future__ import annotations

import pytest

from daemonctl.model.ids import DaemonName
from daemonctl.model.reason import Code
from daemonctl.planning.adopt import free, held_by_service
from daemonctl.planning.rules import compile_rules
from daemonctl.planning.slots import sort_tasks
from tests.unit.planning.scenery import (
    AGENT,
    BOTH,
    MARK,
    attributes,
    definition_arn,
    desired,
    host,
    planned,
    spec,
    starts,
    stops,
    task,
    task_arn,
    verdict,
)

ADOPTING = desired(spec(adopt=True))
BY_HAND = {"started_by": "", "group": "family:consul-agent"}


@pytest.mark.parametrize(
    ("started_by", "group", "holds"),
    [
        ("", "family:consul-agent", True),
        ("user-data", "family:consul-agent", True),
        ("daemonctl", "family:consul-agent", True),
        ("daemonctl/staging", "daemonctl-consul-agent", False),
        (MARK, "family:consul-agent", False),
        ("ecs-svc/123", "family:consul-agent", False),
        ("", "service:consul-agent", False),
    ],
)
def test_a_task_is_free_where_no_service_and_no_daemonctl_holds_it(
    started_by: str, group: str, *, holds: bool
) -> None:
    assert free(task(started_by=started_by, group=group)) is holds


def test_only_a_task_of_a_service_is_held_by_one() -> None:
    assert held_by_service(task(group="service:web")) == "web"
    assert held_by_service(task(group="family:web")) == ""


def test_free_tasks_of_the_family_are_the_daemons_own_in_any_state() -> None:
    found = sort_tasks(
        compile_rules(ADOPTING),
        host(
            1,
            task(1, **BY_HAND),
            task(2, **BY_HAND, last="STOPPED"),
            task(3, **{**BY_HAND, "started_by": "ecs-svc/1"}),
            task(4, **BY_HAND, definition=definition_arn("nginx")),
        ),
    )
    assert [t.arn for t in found.own["daemonctl-consul-agent"]] == [task_arn(1), task_arn(2)]
    assert [t.arn for t in found.foreign] == [task_arn(3)]


def test_without_adopt_they_are_foreign() -> None:
    found = sort_tasks(compile_rules(BOTH), host(1, task(1, **BY_HAND)))
    assert (found.own, len(found.foreign)) == ({}, 1)


def test_no_second_one_is_started_and_the_verdict_says_whose_it_was() -> None:
    made = planned(ADOPTING, host(1, task(1, **BY_HAND)))
    assert made.actions == ()
    seen = verdict(made)
    assert (seen.code, seen.words) == (Code.READY, "adopted (no startedBy)")
    assert starts(planned(desired(), host(1, task(1, **BY_HAND)))) != []


def test_what_else_there_is_to_say_comes_first() -> None:
    by_user_data = task(1, **{**BY_HAND, "started_by": "user-data"}, last="PENDING", age=10)
    seen = verdict(planned(ADOPTING, host(1, by_user_data)))
    assert (seen.code, seen.words) == (
        Code.SETTLING,
        "PENDING, starting; adopted (startedBy user-data)",
    )


def test_of_an_adopted_one_and_our_own_the_younger_goes() -> None:
    made = planned(ADOPTING, host(1, task(1, **BY_HAND), task(2, age=60)))
    assert stops(made) == [task_arn(2)]


def test_an_adopted_one_where_the_daemon_does_not_belong_is_misplaced() -> None:
    constrained = desired(spec(adopt=True, constraints=("attribute:tier == web",)))
    db, web = attributes(tier="db"), attributes(tier="web")
    made = planned(constrained, host(1, task(1, **BY_HAND), attributes=db))
    assert verdict(made).code is Code.MISPLACED
    assert stops(planned(constrained, host(1, task(1, **BY_HAND), attributes=web))) == []


def test_a_dependent_counts_on_an_adopted_dependency() -> None:
    logger = DaemonName("fluentd")
    made = planned(desired(spec(adopt=True), spec(logger, AGENT)), host(1, task(1, **BY_HAND)))
    assert [name for name, _ in starts(made)] == [logger]


def test_nothing_starts_beside_a_task_of_the_family_that_a_service_still_holds() -> None:
    held = task(1, started_by="ecs-svc/1", group="service:agents")
    made = planned(ADOPTING, host(1, held))
    assert made.actions == ()
    seen = verdict(made)
    assert seen.code is Code.BLOCKED
    assert seen.words.startswith("service agents still has task 0")
    leaving = task(1, started_by="ecs-svc/1", group="service:agents", desired_status="STOPPED")
    assert starts(planned(ADOPTING, host(1, leaving))) == []
    gone = task(1, started_by="ecs-svc/1", group="service:agents", last="STOPPED")
    assert starts(planned(ADOPTING, host(1, gone))) != []
    other = task(1, group="service:x", started_by="", definition=definition_arn("nginx"))
    assert starts(planned(ADOPTING, host(1, other))) != []
    assert starts(planned(desired(), host(1, held))) != []
