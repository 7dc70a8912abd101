"""What the project promises about its own files."""

from __future__ import annotations

import ast
import hashlib
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.generated import outdated
from tests.mutants.__main__ import ALL
from tests.mutants.tree import fault

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("daemonctl", "tests", "docs", "deploy", ".ci")
PURE = ("daemonctl/model", "daemonctl/planning", "daemonctl/check", "daemonctl/local/world")

# Written in pieces, so that this file is not its own first offender.
UNFINISHED = re.compile(
    "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3 + r"\b", "Not" + "Implemented"))
)
THIS_MACHINE = re.compile("|".join(rf"/{name}/" for name in ("work", "root", "opt/p" + "ypi")))
UNEXPLAINED = re.compile(
    r"# (?:noqa(?:: [A-Z]+[0-9]+(?:, ?[A-Z]+[0-9]+)*)?|pragma: no \w+"
    r"|type: ignore(?:\[[a-z, -]+\])?)"
    r"(?!.*[a-z]{3})"  # no word after it
)

# sha256 of https://www.apache.org/licenses/LICENSE-2.0.txt
APACHE_2 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"


def texts() -> Iterator[tuple[str, str]]:
    """Every text file of the project, by its path in it."""
    # In a git worktree .git is a file, and no part of the project.
    files = [path for path in ROOT.iterdir() if path.is_file() and path.name != ".git"]
    for folder in FOLDERS:
        files += (ROOT / folder).rglob("*")
    for path in sorted(files):
        if path.is_file() and path.name != ".coverage" and "__pycache__" not in path.parts:
            try:
                yield str(path.relative_to(ROOT)), path.read_text("utf-8")
            except UnicodeDecodeError:  # a picture, a recording
                continue


def found(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def test_nothing_is_left_unfinished() -> None:
    assert found(UNFINISHED) == []


def test_no_path_of_the_machine_it_was_written_on() -> None:
    assert found(THIS_MACHINE) == []


def test_no_python_file_is_longer_than_300_lines() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for path in python_files("daemonctl", "tests", ".ci")
    }
    assert lengths
    assert {name: length for name, length in lengths.items() if length > 300} == {}


def test_every_exception_to_a_rule_has_its_reason_beside_it() -> None:
    assert [line for line in found(UNEXPLAINED) if ".py:" in line] == []


def test_what_decides_asks_no_clock_for_the_date() -> None:
    """Import contracts forbid the clock's modules; datetime is allowed, its clocks are not."""
    asked = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in python_files(*PURE)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}
        if isinstance(node.value, ast.Name) and node.value.id in {"datetime", "date"}
    ]
    assert asked == []


def test_every_break_can_still_be_made() -> None:
    """Code moves, and a break whose text is gone proves nothing any more."""
    assert [f"{one.name}: {why}" for one in ALL if (why := fault(one))] == []
    assert len({one.name for one in ALL}) == len(ALL)


def test_every_table_of_breaks_is_run() -> None:
    tables = sorted(path.stem for path in (ROOT / "tests" / "mutants").glob("*_breaks.py"))
    entry = (ROOT / "tests" / "mutants" / "__main__.py").read_text("utf-8")
    assert [name for name in tables if f"*{name}.BREAKS," not in entry] == []


def test_no_break_is_caught_only_because_its_text_is_gone() -> None:
    """This file fails wherever a break is made: it may not be among the tests that catch it."""
    here = Path(__file__).resolve()
    wide = [
        one.name
        for one in ALL
        if any(here.is_relative_to(ROOT / path.split("::")[0]) for path in one.tests)
    ]
    assert wide == []


def test_what_is_made_from_the_code_was_made_from_this_code() -> None:
    """After a change that was meant: ``make generated``, and read the difference."""
    assert outdated() == []


def test_the_licence_is_apache_2_whole() -> None:
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == APACHE_2


def test_the_changelog_has_a_place_for_the_next_change() -> None:
    assert re.search(r"^## \[?Unreleased", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)


def locked(level: str) -> dict[str, str]:
    """Package (and marker) to version."""
    text = (ROOT / "deploy" / "lock" / f"{level}.txt").read_text("utf-8")
    lines = re.findall(r"^(\S+)==(\S+)(.*?) \\$", text, re.MULTILINE)
    return {name + marker: version for name, version, marker in lines}


def test_each_lock_holds_the_smaller_one_in_the_same_versions() -> None:
    for small, large in pairwise(map(locked, ("run", "dev", "moto", "surface"))):
        # What the smaller one takes under a marker the larger one may take everywhere.
        there = [large.get(key, large.get(key.split(" ;")[0])) for key in small]
        assert there == list(small.values())
        assert len(small) < len(large)


def test_the_locks_hold_packages_and_hashes_and_nothing_of_where_they_were_made() -> None:
    line = re.compile(r"[a-z0-9.-]+==\S+( ; [^;@/]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    for lock in sorted((ROOT / "deploy" / "lock").iterdir()):
        lines = lock.read_text("utf-8").splitlines()
        assert lines
        assert [text for text in lines if not line.fullmatch(text)] == [], lock.name


def test_the_locks_have_everything_that_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extras = project["project"]["optional-dependencies"]
    build = project["build-system"]["requires"]
    asked = {
        "run": build + project["project"]["dependencies"],
        "dev": extras["dev"] + extras["local"],
        "moto": extras["moto"],
        "surface": extras["surface"],
    }
    for level, requirements in asked.items():
        names = {re.split(r"[^a-z0-9-]", one.lower(), maxsplit=1)[0] for one in requirements}
        assert names - {"daemonctl"} <= {key.split(" ")[0] for key in locked(level)}


def test_the_wheel_has_the_type_marker_the_licence_and_no_tests(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    shutil.copytree(ROOT / "daemonctl", tree / "daemonctl")
    build = "import sys, setuptools.build_meta as backend; backend.build_wheel(sys.argv[1])"
    subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=tree, check=True, capture_output=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "daemonctl/py.typed" in names
    assert any(name.endswith(".data/data/share/man/man1/daemonctl.1") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    sources = {str(path.relative_to(ROOT)) for path in python_files("daemonctl")}
    assert sources <= set(names)
    assert {name.split("/")[0] for name in names if not name.startswith("daemonctl-")} == {
        "daemonctl"
    }


@pytest.mark.parametrize("script", [".ci/run", ".ci/setup"])
def test_scripts_can_be_run(script: str) -> None:
    assert (ROOT / script).stat().st_mode & 0o111 == 0o111
