"""The tool behind `make mutation`: what it changes, and what it takes for explained."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.ids import DaemonName
from daemonctl.planning.ordering import depths
from daemonctl.planning.query.pattern import PatternError
from tests.mutation.apart import put
from tests.mutation.explained import Explained, explained, void, why
from tests.mutation.mutants import ROOT, Mutant, mutants_of

FILE = "daemonctl/planning/ordering.py"


@pytest.fixture(scope="module")
def made() -> list[Mutant]:
    return mutants_of(FILE)


def row(mutant: Mutant) -> Explained:
    return Explained(mutant.file, mutant.function, mutant.was, mutant.becomes, "as well")


def test_a_mutant_is_one_function_with_one_change_in_it(made: list[Mutant]) -> None:
    one = next(one for one in made if one.was.startswith("found[name] = 1 + max"))
    text = (ROOT / FILE).read_text("utf-8")
    assert one.function == "_depth"
    assert one.was in text
    assert one.becomes not in text
    assert one.source.startswith("def _depth(")
    assert one.becomes in one.source


def test_each_has_a_name_of_its_own(made: list[Mutant]) -> None:
    assert len({one.name for one in made}) == len(made)


def test_whoever_imported_a_function_has_the_mutant_in_its_place() -> None:
    source = "def depths(depends):\n    return {'mutant': 0} if not depends else depths({})\n"
    mutant = Mutant(FILE, "depths", 1, source, "", "")
    before = depths.__code__
    try:
        put(mutant)
        assert depths({DaemonName("a"): ()}) == {"mutant": 0}
    finally:
        depths.__code__ = before
    assert depths({}) == {}


def test_every_mutant_of_a_method_that_asks_for_the_class_above_finds_its_place() -> None:
    before = vars(PatternError)["__init__"]
    code = before.__code__
    try:
        for one in mutants_of("daemonctl/planning/query/pattern.py"):
            if one.function == "PatternError.__init__":
                put(one)
                assert isinstance(PatternError("why", 7), ValueError)
    finally:
        before.__code__ = code
        PatternError.__init__ = before  # type: ignore[method-assign]  # as it was
    assert str(PatternError("why", 7)) == "why"


def test_a_row_explains_its_mutant_wherever_it_moves_to(made: list[Mutant]) -> None:
    first, other = made[:2]
    assert why(structs.replace(first, number=99), [row(first)]) == "as well"
    assert why(other, [row(first)]) == ""


def test_a_row_that_explains_nothing_or_what_is_killed_is_void(made: list[Mutant]) -> None:
    first = made[0]
    gone = structs.replace(row(first), was="a line of last year")
    elsewhere = structs.replace(gone, file="daemonctl/planning/fit.py")
    assert void([row(first), elsewhere], made, killed=[]) == []
    (said,) = void([gone], made, killed=[])
    assert said.startswith(f"explains what nothing makes: {FILE}: {first.function}")
    (said,) = void([row(first)], made, killed=[first])
    assert said.startswith(f"explains what the tests kill: {FILE}: {first.function}")


def test_every_row_says_why_and_of_which_file() -> None:
    for one in explained():
        assert (ROOT / one.file).is_file(), one
        assert one.why, one
