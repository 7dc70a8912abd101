"""The local ECS is held to each fact of the table: in memory, and some over the wire as well."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.conformance.document import DOCS, MODULES, PAGES
from tests.conformance.place import Place, WirePlace
from tests.conformance.table import SECTIONS, TABLE, Row

assert MODULES


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.section}-{row.name}")
def test_in_memory(row: Row) -> None:
    row.check(Place(row.switches))


@pytest.mark.parametrize(
    "row", [row for row in TABLE if row.wire], ids=lambda row: f"{row.section}-{row.name}"
)
def test_over_the_wire(row: Row) -> None:
    place = WirePlace(row.switches)
    try:
        row.check(place)
    finally:
        place.close()


def test_every_section_has_rows_and_no_two_the_same_name() -> None:
    assert {row.section for row in TABLE} == set(SECTIONS)
    assert [name for name, count in Counter(row.name for row in TABLE).items() if count > 1] == []


@pytest.mark.parametrize("name", list(PAGES))
def test_pages_are_made_from_their_tables(name: str) -> None:
    """`python -m tests.conformance --update` writes them."""
    assert (DOCS / name).read_text("utf-8") == PAGES[name]()
