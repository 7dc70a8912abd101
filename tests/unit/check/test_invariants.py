from __future__ import annotations

import pytest

from daemonctl.check import Checked, Violation
from daemonctl.check.invariants import INVARIANTS, judge
from tests.unit.check.rows import Row, rows

ROWS = rows()


def _name(row: Row) -> str:
    return f"{row.invariant}: {row.words}"


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_broken_invariant_is_told_in_a_sentence(row: Row) -> None:
    found = row.case.check()
    first = found.violations[0]
    assert (first.invariant, first.words) == (row.invariant, row.words)
    assert {violation.invariant for violation in found.violations} == {row.invariant}
    assert found.allowed != row.case.actions


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_without_its_invariant_the_plan_would_pass(row: Row) -> None:
    gone = (row.invariant, *row.also)
    others = {name: asks for name, asks in INVARIANTS.items() if name not in gone}
    assert judge(others, row.case.actions, row.case.scene()) == Checked(row.case.actions, ())


def test_every_invariant_has_a_row() -> None:
    assert {row.invariant for row in ROWS} == set(INVARIANTS)


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_violations_name_an_action_of_the_plan(row: Row) -> None:
    for violation in row.case.check().violations:
        assert isinstance(violation, Violation)
        assert violation.action in row.case.actions
