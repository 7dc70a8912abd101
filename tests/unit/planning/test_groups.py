from __future__ import annotations

import pytest

from daemonctl.planning.groups import groups_asked, matched_by_pattern
from daemonctl.planning.query import parse
from tests.unit.planning.scenery import REGISTRATOR, desired, spec


def test_groups_that_constraints_name_are_told_once_in_their_order() -> None:
    one = "task:group == service:web and attribute:x exists"
    two = "not (task:group in [family:job, service:web]) or task:group != service:db"
    wanted = desired(spec(constraints=(one,)), spec(REGISTRATOR, constraints=(two, one)))
    assert groups_asked(wanted) == ("service:web", "family:job", "service:db")


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
