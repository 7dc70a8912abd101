"""Fixtures of the tests in a browser (`make browser`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.parts.chromium import browser
from tests.browser.parts.status_page import still
from tests.browser.parts.watch import Watch
from tests.real.system.figures import Figures

SHOTS = Path(__file__).resolve().parents[2] / ".daemonctl" / "browser"
"""Pictures to look at, and of tests that failed."""
PATIENCE_MS = 30_000
FIGURES = Figures()

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One for all tests: each has a profile of its own."""
    with browser() as one:
        yield one


Open = Callable[..., Page]


@pytest.fixture
def tab(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens a tab with a new profile; its options are Playwright's of a context.

    When the test ends, no tab has had an error or a violation of its policy, nor asked elsewhere.
    """
    opened: list[Watch] = []

    def open_tab(**options: Any) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}} | options)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        watch = Watch(page)
        opened.append(watch)
        WATCHED[page] = watch
        return page

    before = list(chromium.contexts)
    yield open_tab
    try:
        if not request.node.stash.get(FAILED, False):
            for watch in opened:
                watch.check()
    finally:
        for context in chromium.contexts:
            if context not in before:
                context.close()
        WATCHED.clear()


WATCHED: dict[Page, Watch] = {}
FAILED = pytest.StashKey[bool]()


@pytest.fixture
def watch() -> Callable[[Page], Watch]:
    """What is known of a tab."""
    return WATCHED.__getitem__


@pytest.fixture(scope="session")
def shot() -> Callable[[Page, str], None]:
    """Takes a picture for people to look at."""
    SHOTS.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str) -> None:
        still(page)
        page.screenshot(path=SHOTS / f"{name}.png")

    return take


@pytest.fixture(scope="session")
def figures() -> Figures:
    """Where a test puts what it measured."""
    return FIGURES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    FIGURES.tell(terminalreporter)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A picture of each tab of a test that failed."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
        folder = SHOTS / "failed"
        folder.mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(WATCHED):
            name = re.sub(r"\W+", "-", item.name).strip("-")
            page.screenshot(path=folder / f"{name}-{number}.png", timeout=5000)
            report.sections.append(("picture", str(folder / f"{name}-{number}.png")))
    return report
