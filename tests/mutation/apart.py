"""What is done in a process of its own: a function's code replaced, tests watched or tried."""

from __future__ import annotations
import __future__

import importlib
import os
import resource
import signal
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from types import FrameType, FunctionType
from typing import Any

import msgspec
import pytest

from tests.mutation.mutants import ROOT, Mutant

SURVIVED, KILLED, NOT_TRIED = 0, 1, 3  # exit codes
_MEMORY = 4 << 30  # bytes of address space: one that grows for ever fails, not the machine
_LEAST_SECONDS = 5.0  # of the processor, before a test that takes longer than ever counts as hung
_TIMES = 10.0  # as long as it took before


class Seen(msgspec.Struct, frozen=True):
    """A test, where nothing is changed."""

    passed: bool
    seconds: float  # of the processor
    ran: frozenset[tuple[str, str]]  # the functions that it ran: file and qualified name


class Outcomes:
    """A pytest plugin: whether a test passed."""

    def __init__(self) -> None:
        self._failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._failed |= report.failed

    def passed(self, item: pytest.Item, following: pytest.Item | None) -> bool:
        """Runs a test. ``following``: the next one, whose fixtures are kept."""
        self._failed = False
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        return not self._failed


def fork(work: Callable[[], int]) -> int:
    """Does work in a process of its own, which says nothing; its exit code is the answer."""
    pid = os.fork()
    if pid:
        return pid
    code = NOT_TRIED
    try:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        code = work()
    finally:
        os._exit(code)


def watched(outcomes: Outcomes, items: Sequence[pytest.Item]) -> dict[str, Seen]:
    """Runs tests in a process of its own, and says of each what it ran."""
    reader, writer = os.pipe()

    def work() -> int:
        found = {item.nodeid: _seen(outcomes, item) for item in items}
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(msgspec.json.encode(found))
        return SURVIVED

    pid = fork(work)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        found = msgspec.json.decode(pipe.read(), type=dict[str, Seen])
    os.waitpid(pid, 0)
    return found


def _seen(outcomes: Outcomes, item: pytest.Item) -> Seen:
    ran: set[tuple[str, str]] = set()
    began = time.process_time()

    def called(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            ran.add((frame.f_code.co_filename, frame.f_code.co_qualname))

    sys.setprofile(called)
    try:
        passed = outcomes.passed(item, None)
    finally:
        sys.setprofile(None)
    seconds = time.process_time() - began
    ours = ((path.removeprefix(f"{ROOT}/"), name) for path, name in ran)
    return Seen(passed, seconds, frozenset(one for one in ours if one[0].startswith("daemonctl/")))


def tried(
    outcomes: Outcomes, mutant: Mutant, tests: Sequence[tuple[pytest.Item, float]], told: int
) -> int:
    """Puts a mutant in its function's place and runs tests until one fails; to be forked.

    ``tests`` come with the seconds that they took before. One that takes far more is ended by a
    signal, and so is this process: that is no survival. ``told`` gets the number of the one that
    failed.
    """
    put(mutant)
    following = [item for item, _ in tests[1:]]
    for number, ((item, seconds), after) in enumerate(zip(tests, [*following, None], strict=True)):
        signal.setitimer(signal.ITIMER_PROF, max(_LEAST_SECONDS, _TIMES * seconds))
        if not outcomes.passed(item, after):
            os.write(told, str(number).encode())
            return KILLED
    return SURVIVED


def put(mutant: Mutant) -> None:
    """Replaces the function's code: whoever imported the function has the mutant then."""
    module = importlib.import_module(mutant.module)
    path, _, name = mutant.function.rpartition(".")
    owner: Any = vars(module)[path] if path else module
    old = _plain(vars(owner)[name])
    changed = _made(mutant, name, vars(module), owner if old.__closure__ else None)
    new = _plain(changed)
    if old.__code__.co_freevars != new.__code__.co_freevars:
        setattr(owner, name, changed)  # a method, without the ``super()`` of before
        return
    old.__code__ = new.__code__
    old.__defaults__ = new.__defaults__
    old.__kwdefaults__ = new.__kwdefaults__


def _made(mutant: Mutant, name: str, names: dict[str, Any], around: type | None) -> Any:
    """The changed function. ``around``: the class of a method that says ``super()``."""
    source = mutant.source
    if around is not None:
        source = f"def made(__class__):\n{textwrap.indent(source, '    ')}    return {name}\n"
    flags = __future__.annotations.compiler_flag
    found: dict[str, Any] = {}
    code = compile(source, mutant.file, "exec", flags=flags, dont_inherit=True)
    exec(code, names, found)  # noqa: S102  it is our own source, changed by mutmut
    return found[name] if around is None else found["made"](around)


def _plain(found: Any) -> FunctionType:
    function = found.__func__ if isinstance(found, staticmethod | classmethod) else found
    assert isinstance(function, FunctionType), function
    return function
