"""The contract of ports.SpecSource by a file: it is always reachable, and absent it is bad."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemonctl.ports import SpecSource
from daemonctl.sources import open_source
from tests.contract.config.suite import (
    test_a_bad_edit_names_source_and_line_and_is_told_once,
    test_a_change_is_seen_and_the_same_again_is_none,
    test_an_edit_between_reading_and_looking_is_not_overlooked,
)
from tests.unit.adapters.conftest import StandingClock

__all__ = [
    "test_a_bad_edit_names_source_and_line_and_is_told_once",
    "test_a_change_is_seen_and_the_same_again_is_none",
    "test_an_edit_between_reading_and_looking_is_not_overlooked",
]


class FileBench:
    """See bench.Bench."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ref = str(path)

    def source(self, *, reachable: bool = True) -> SpecSource:
        return open_source(self.ref, StandingClock(), {})

    async def put(self, text: str) -> None:
        self.path.write_text(text)

    async def remove(self) -> None:
        self.path.unlink()


@pytest.fixture
def bench(tmp_path: Path) -> FileBench:
    return FileBench(tmp_path / "daemonctl.yaml")
