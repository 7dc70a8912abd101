"""Changes the code in every way that mutmut knows, and sees whether a test notices.

``python -m tests.mutation [PART OF A PATH …] [--sample N] [--seed S]``; exit 0 only if enough are
killed and every survivor is explained in survivors.toml, 1 if not, 2 if they could not be tried.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import tomllib
from collections.abc import Sequence

import msgspec
import pytest

from tests.mutation.explained import explained
from tests.mutation.mutants import ROOT, mutants_of
from tests.mutation.report import Report, say
from tests.mutation.strike import Strike

_PLUGINS = ("-p", "no:cacheprovider", "-p", "tests.mutants.quick", "--hypothesis-profile=mutants")


class Config(msgspec.Struct, forbid_unknown_fields=True, rename="kebab"):
    """What pyproject.toml says under ``[tool.daemonctl.mutation]``."""

    source: str  # the folder whose files are changed
    tests: tuple[str, ...]  # what pytest is given
    least_killed: float  # per cent
    examples: int  # at most so many for each property test


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    began = time.monotonic()
    options, config = _options(arguments), _config()
    found = sorted((ROOT / config.source).rglob("*.py"))
    files = [path.relative_to(ROOT).as_posix() for path in found]
    files = [one for one in files if not options.parts or any(p in one for p in options.parts)]
    made = [mutant for file in files for mutant in mutants_of(file)]
    if not made:
        say("no mutants of that path")
        return 2
    number = min(options.sample or len(made), len(made))
    places = sorted(random.Random(options.seed).sample(range(len(made)), number))
    chosen = [made[place] for place in places]
    report = Report(made, chosen, explained())
    strike = Strike(chosen, report.tell, examples=config.examples, jobs=options.jobs)
    tests = options.tests or config.tests
    code = pytest.main([*_PLUGINS, *tests], plugins=[strike])
    if code != pytest.ExitCode.OK or strike.fault:
        say(strike.fault or f"pytest could not collect the tests: {code!r}")
        return 2
    say(f"{time.monotonic() - began:.0f} s")
    return report.end(config.least_killed)


def _config() -> Config:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return msgspec.convert(project["tool"]["daemonctl"]["mutation"], Config)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help="only files with this in a path")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="only N of all mutants")
    parser.add_argument("--seed", type=int, default=1, help="which N (default: 1)")
    parser.add_argument("--tests", nargs="+", metavar="PATH", help="only these tests, for a try")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once (default: 2)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
