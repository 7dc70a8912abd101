from __future__ import annotations

import pytest

from daemonctl.model.spec import OnlyWith
from daemonctl.planning.groups import (
    any_named,
    groups_asked,
    matched_by_pattern,
    named,
    services_asked,
)
from daemonctl.planning.query import parse
from tests.unit.planning.scenery import REGISTRATOR, desired, spec


def test_groups_that_constraints_name_are_told_once_in_their_order() -> None:
    one = "task:group == service:web and attribute:x exists"
    two = "task:group != service:db or not (task:group in [family:job, service:web])"
    wanted = desired(spec(constraints=(one,)), spec(REGISTRATOR, constraints=(two, one)))
    assert groups_asked(wanted) == ("service:web", "service:db", "family:job")


def test_values_of_other_subjects_are_no_groups() -> None:
    asked = "attribute:stack == prod or attribute:stack in [a, b]"
    assert groups_asked(desired(spec(constraints=(asked,)))) == ()


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("task:group =~ service:web.*", True),
        ("not (attribute:x exists or task:group !~ service:.*)", True),
        ("task:group == service:web", False),
        ("attribute:x =~ y.*", False),
    ],
)
def test_a_pattern_over_groups_is_seen_wherever_it_stands(text: str, *, pattern: bool) -> None:
    assert matched_by_pattern(parse(text)) is pattern


def test_services_are_meant_by_name_or_by_star() -> None:
    assert named("web", "web")
    assert not named("web", "web2")
    assert named("elastic*", "elasticsearch")
    assert named("*", "anything")
    assert named("a.c*", "a.cd")
    assert not named("a.c*", "abcd")
    assert any_named(("x", "w*"), "service:web")
    assert not any_named(("x", "w*"), "family:web")
    assert not any_named(("*",), "web")
    assert not any_named((), "service:web")


def test_the_services_of_constraints_and_of_only_with_are_asked_for() -> None:
    asked = "task:group == service:web or task:group == family:x"
    one = spec(constraints=(asked,), only_with=OnlyWith(("kibana", "web")))
    assert services_asked(desired(one, spec(REGISTRATOR))) == ("web", "kibana")
    assert services_asked(desired(spec())) == ()
