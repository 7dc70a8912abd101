"""docs/assumptions.md names every switch and no other, and calls each assumption one."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from daemonctl.local.world import Behaviour, Switches

PAGE = (Path(__file__).parents[2] / "docs" / "assumptions.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| assumption")]


def test_every_switch_stands_beside_its_assumption() -> None:
    named = {name for row in ROWS for name in re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`", row)}
    switches = {field.name.replace("_", "-") for field in fields(Switches)}
    assert named == switches


def test_behaviours_that_are_named_exist() -> None:
    cells = [row.split("|")[2] for row in ROWS if "behaviour" in row.split("|")[2]]
    named = {name for cell in cells for name in re.findall(r"`([a-z_]+)`", cell)}
    assert named
    assert named <= {field.name for field in fields(Behaviour)}


def test_everything_is_marked_as_an_assumption() -> None:
    before, _, _ = PAGE.partition("## Simplifications")
    lines = [line for line in before.splitlines() if line.startswith(("- ", "| "))]
    heads = [line for line in lines if line.startswith("| assumption |")]
    rows = [line for line in lines if line not in heads]
    assert len(rows) > 40
    assert [row for row in rows if not row.startswith(("- assumption: ", "| assumption: "))] == []
