"""Files that are made from the code, and committed so that people can read them.

``python -m tests.generated`` writes them anew; tests/unit/test_project.py fails where one of them
is not what would be written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from daemonctl.cli.documents import SCHEMAS
from daemonctl.cli.main import main
from daemonctl.cli.manual_roff import roff
from daemonctl.cli.manual_tree import tree_of
from daemonctl.cli.schemas import schema_of
from daemonctl.http.openapi import openapi
from tests.cli_page import page

ROOT = Path(__file__).resolve().parents[1]

FILES: Mapping[str, Callable[[], str]] = {
    "daemonctl/cli/daemonctl.1": lambda: roff(tree_of(main)),
    "docs/cli.md": page,
    "docs/openapi.json": lambda: openapi().decode() + "\n",
    **{f"docs/schemas/{name}.json": partial(schema_of, name) for name in SCHEMAS},
}

FOLDERS = ("docs/schemas",)
"""Everything in them is made."""


def outdated() -> list[str]:
    """Files that differ from what would be written, are missing, or are left over."""
    there = {
        str(path.relative_to(ROOT)): path.read_text("utf-8")
        for folder in FOLDERS
        for path in (ROOT / folder).glob("*")
    }
    for name in FILES:
        path = ROOT / name
        if path.exists():
            there[name] = path.read_text("utf-8")
    made = {name: make() for name, make in FILES.items()}
    return sorted(name for name in {**there, **made} if there.get(name) != made.get(name))


def write() -> None:
    """Makes them."""
    for name in outdated():
        path = ROOT / name
        if name in FILES:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(FILES[name](), encoding="utf-8")
        else:
            path.unlink()


if __name__ == "__main__":
    write()
