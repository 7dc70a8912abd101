"""A pytest plugin that tries mutants instead of running each collected test once.

Tests are imported and collected once; each mutant gets a forked process, and in it the tests that
run the changed function: those of the module's own test file first, then the quickest.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import PurePath

import pytest
from msgspec import Struct

from tests.mutation.apart import NOT_TRIED, SURVIVED, Outcomes, Seen, fork, tried, watched
from tests.mutation.mutants import Mutant

_SETTINGS = "_hypothesis_internal_use_settings"  # where Hypothesis keeps a test's own


class Tried(Struct, frozen=True):
    """What became of a mutant."""

    mutant: Mutant
    survived: bool
    tests: int  # that run its function
    seconds: float


class Strike:
    """Tries mutants, so many at once, and tells of each as soon as it is known.

    ``fault`` is why nothing could be tried, "" where it could.
    """

    def __init__(
        self,
        mutants: Sequence[Mutant],
        tell: Callable[[Tried], None],
        *,
        examples: int,
        jobs: int,
    ) -> None:
        self.fault = ""
        self._mutants = mutants
        self._tell = tell
        self._examples = examples
        self._jobs = jobs
        self._running: dict[int, tuple[Mutant, int, float]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of pytest's own."""
        items = session.items
        for item in items:
            _with_few_examples(item, self._examples)
        plugins = session.config.pluginmanager
        outcomes = Outcomes()
        plugins.register(outcomes)
        plugins.unregister(name="terminalreporter")  # whoever fails on purpose is not told of
        gc.freeze()  # so that the children share what was imported
        seen = watched(outcomes, items)
        failing = [name for name, one in seen.items() if not one.passed]
        if failing or not items:
            self.fault = (
                f"tests fail before anything is changed: {', '.join(failing) or 'no tests'}"
            )
            return True
        for mutant in self._mutants:
            self._start(outcomes, mutant, _tests_of(mutant, items, seen))
        while self._running:
            self._reap()
        return True

    def _start(
        self, outcomes: Outcomes, mutant: Mutant, tests: list[tuple[pytest.Item, float]]
    ) -> None:
        while len(self._running) >= self._jobs:
            self._reap()
        pid = fork(partial(tried, outcomes, mutant, tests))
        self._running[pid] = mutant, len(tests), time.monotonic()

    def _reap(self) -> None:
        pid, status = os.wait()
        mutant, tests, began = self._running.pop(pid)
        code = os.waitstatus_to_exitcode(status)
        if code == NOT_TRIED:
            self.fault = f"{mutant.name} could not be put in its place"
        self._tell(Tried(mutant, code == SURVIVED, tests, time.monotonic() - began))


def _tests_of(
    mutant: Mutant, items: Sequence[pytest.Item], seen: dict[str, Seen]
) -> list[tuple[pytest.Item, float]]:
    own = f"/test_{PurePath(mutant.file).stem}.py"
    key = mutant.file, mutant.function
    tests = [(item, seen[item.nodeid]) for item in items if key in seen[item.nodeid].ran]
    tests.sort(key=lambda one: (own not in one[0].nodeid, one[1].seconds))
    return [(item, one.seconds) for item, one in tests]


def _with_few_examples(item: pytest.Item, examples: int) -> None:
    """Property tests ask for as many examples as they like: too many for thousands of mutants."""
    from hypothesis import settings  # noqa: PLC0415  pytest wants to be the first to load it

    test = getattr(item, "obj", None)
    own = getattr(test, _SETTINGS, None)
    if own is not None and own.max_examples > examples:
        function = getattr(test, "__func__", test)
        setattr(function, _SETTINGS, settings(own, max_examples=examples))
