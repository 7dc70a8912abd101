from __future__ import annotations

from math import inf

import pytest
from msgspec import structs

from daemonctl.model.cluster import Resources
from daemonctl.model.desired import DesiredDaemon
from daemonctl.model.ids import DaemonName
from daemonctl.model.rollout import Revision, Rollout
from daemonctl.planning.query import QueryError
from daemonctl.planning.rules import compile_rules
from tests.unit.planning.scenery import (
    AGENT,
    MARK,
    REGISTRATOR,
    daemon,
    definition,
    definition_arn,
    desired,
    rule,
    spec,
)


def test_daemons_come_dependencies_first_and_then_by_name() -> None:
    first, last = DaemonName("aaa"), DaemonName("zzz")
    rules = compile_rules(desired(spec(first, last), spec(REGISTRATOR), spec(last)))
    assert [rule.name for rule in rules.daemons] == [REGISTRATOR, last, first]
    assert [rule.index for rule in rules.daemons] == [0, 1, 2]
    assert rules.by_name[first].dependencies[0][0] == rules.by_name[last].index
    assert rules.mark == MARK
    assert rules.groups == ("daemonctl-registrator", "daemonctl-zzz", "daemonctl-aaa")


def test_a_constraint_that_asks_for_what_moves_gates_and_the_others_displace() -> None:
    texts = (
        "attribute:a == b",
        "runningTasksCount < 5",
        "task:group == x",
        "agentConnected == true",
    )
    rule = compile_rules(desired(spec(constraints=texts))).daemons[0]
    assert (len(rule.displacing), len(rule.gating)) == (1, 3)
    assert rule.by_attributes


def test_a_constraint_that_asks_for_more_than_attributes_is_not_cached_by_them() -> None:
    rule = compile_rules(desired(spec(constraints=("ec2InstanceId == i-1",)))).daemons[0]
    assert (len(rule.displacing), rule.by_attributes) == (1, False)


@pytest.mark.parametrize(
    ("written", "family"),
    [
        ("agent", "agent"),
        ("agent:7", "agent"),
        ("arn:aws:ecs:eu-west-1:000000000000:task-definition/agent:7", "agent"),
    ],
)
def test_the_family_of_an_unresolved_daemon_is_read_from_what_was_written(
    written: str, family: str
) -> None:
    one = DesiredDaemon(spec(AGENT, task_definition=written), None, "does not exist")
    rule = compile_rules(desired(one)).daemons[0]
    assert (rule.family, rule.course.target, rule.fault) == (family, None, "does not exist")


def test_the_family_and_needs_of_a_resolved_daemon_are_its_definitions() -> None:
    named = structs.replace(spec(AGENT), task_definition="other")
    rule = compile_rules(desired(daemon(named, definition("consul")))).daemons[0]
    assert rule.course.target is not None
    assert (rule.family, rule.course.target.needs) == ("consul", Resources(128, 256))


def test_without_a_rollout_a_daemon_goes_straight_to_what_is_wanted() -> None:
    (rule,) = compile_rules(desired()).daemons
    before = rule.course.target
    assert before is not None
    assert rule.steer(Rollout(Revision(definition_arn(revision=9)), before.revision))
    assert rule.steer(None)
    assert (rule.course.rollout, rule.course.target) == (None, before)
    assert not rule.steer(None)


def test_two_daemons_of_one_family_name_it_once() -> None:
    other = daemon(spec(REGISTRATOR), definition(AGENT))
    assert compile_rules(desired(spec(), other)).families == (AGENT,)


def test_an_expression_that_does_not_parse_is_refused() -> None:
    with pytest.raises(QueryError):
        compile_rules(desired(spec(constraints=("attribute:a ==",))))


def test_no_run_of_what_runs_once_is_stable_and_of_others_it_is_as_they_say() -> None:
    assert rule(spec()).restart == spec().restart
    assert rule(spec(once=True)).restart == structs.replace(spec().restart, reset_after_seconds=inf)
