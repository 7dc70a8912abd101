"""A pytest plugin that tries mutants instead of running each collected test once.

Tests are imported and collected once; each mutant gets a forked process, and in it the tests that
run the changed function: those first that killed others of its file, the latest before all, then
those of the module's own test file, then the quickest.
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


_Test = tuple[pytest.Item, float]
"""A test, and how many seconds of the processor it took before."""


class _Running(Struct, frozen=True):
    """A process that tries a mutant."""

    mutant: Mutant
    tests: list[_Test]
    told: int  # the pipe's end where it says which test killed
    began: float


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
        self._running: dict[int, _Running] = {}
        self._kills = 0
        self._killers: dict[str, dict[str, int]] = {}  # by file: tests, and when each last killed

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
            self._start(outcomes, mutant, self._tests_of(mutant, items, seen))
        while self._running:
            self._reap()
        return True

    def _start(self, outcomes: Outcomes, mutant: Mutant, tests: list[_Test]) -> None:
        while len(self._running) >= self._jobs:
            self._reap()
        told, tell = os.pipe()
        pid = fork(partial(tried, outcomes, mutant, tests, tell))
        os.close(tell)
        self._running[pid] = _Running(mutant, tests, told, time.monotonic())

    def _reap(self) -> None:
        pid, status = os.wait()
        one = self._running.pop(pid)
        code = os.waitstatus_to_exitcode(status)
        with os.fdopen(one.told, encoding="ascii") as pipe:
            killer = pipe.read()
        if killer:
            killers = self._killers.setdefault(one.mutant.file, {})
            self._kills += 1
            killers[one.tests[int(killer)][0].nodeid] = -self._kills
        if code == NOT_TRIED:
            self.fault = f"{one.mutant.name} could not be put in its place"
        seconds = time.monotonic() - one.began
        self._tell(Tried(one.mutant, code == SURVIVED, len(one.tests), seconds))

    def _tests_of(
        self, mutant: Mutant, items: Sequence[pytest.Item], seen: dict[str, Seen]
    ) -> list[_Test]:
        own = f"/test_{PurePath(mutant.file).stem}.py"
        key = mutant.file, mutant.function
        killers = self._killers.get(mutant.file, {})

        def rank(item: pytest.Item) -> tuple[int, bool, float]:
            name = item.nodeid
            return killers.get(name, 0), own not in name, seen[name].seconds

        tests = sorted((item for item in items if key in seen[item.nodeid].ran), key=rank)
        return [(item, seen[item.nodeid].seconds) for item in tests]


def _with_few_examples(item: pytest.Item, examples: int) -> None:
    """Property tests ask for as many examples as they like: too many for thousands of mutants."""
    from hypothesis import settings  # noqa: PLC0415  pytest wants to be the first to load it

    test = getattr(item, "obj", None)
    own = getattr(test, _SETTINGS, None)
    if own is not None and own.max_examples > examples:
        function = getattr(test, "__func__", test)
        setattr(function, _SETTINGS, settings(own, max_examples=examples))
