"""The example cluster behind both listeners."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest


@pytest.fixture(scope="session")
def ex() -> SimpleNamespace:
    """The names of ``example.py``; run once, for folders of tests are not packages."""
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("example.py"))))
