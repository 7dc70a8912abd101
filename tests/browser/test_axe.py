"""No violation of WCAG 2.2 AA that axe finds, in both themes and each state of the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from daemonctl.model.reason import Code, Condition, Notice
from tests.browser.conftest import Open
from tests.browser.parts.axe import faults
from tests.browser.parts.board import Board, Orders
from tests.browser.parts.served import Served, serving
from tests.browser.parts.status_page import StatusPage
from tests.scenarios.hands import TOKEN

TROUBLE = (
    (0, Code.NO_FIT, "CPU: needs 128 units, 64 of 2048 left"),
    (1, Code.BACKOFF, "3 failures in a row: container registrator exited with code 1"),
    (2, Code.SETTLING, "PENDING for 4 s"),
    (3, Code.DRAINING, "it is DRAINING"),
    (4, Code.AGENT_DISCONNECTED, "its agent is disconnected: nothing starts here"),
    (5, Code.UNHEALTHY, "its health check fails"),
    (6, Code.OUTDATED, "daemon-0:1 where daemon-0:2 is wanted"),
    (7, Code.INELIGIBLE, "EXTERNAL: not an EC2 instance"),
    (8, Code.UNKNOWN, "the view is too old to say"),
)


def troubled() -> Board:
    board = Board(60)
    for number, code, words in TROUBLE:
        board.change(number, code, words)
    board.show(
        conditions=(
            Condition(Notice.SLOW_START, "the last starts failed on 3 instances", "daemon-1"),
            Condition(Notice.API_BUDGET, "4 starts wait for API tokens"),
        )
    )
    return board


@pytest.fixture(scope="module")
def bad() -> Iterator[tuple[Served, Board]]:
    board = troubled()
    with serving(board.report, Orders()) as served:
        yield served, board


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_healthy(tab: Open, theme: str, shot: Callable[[Page, str], None]) -> None:
    board = Board(60)
    with serving(board.report, Orders()) as served:
        page = tab(color_scheme=theme)
        StatusPage(page, served.url).open().live()
        shot(page, f"healthy-{theme}")
        assert "\n".join(faults(page)) == ""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_failing_and_the_drawer_open(
    bad: tuple[Served, Board], tab: Open, theme: str, shot: Callable[[Page, str], None]
) -> None:
    served, board = bad
    page = tab(color_scheme=theme)
    shown = StatusPage(page, served.url).open().live()
    expect(shown.verdict).to_have_attribute("data-state", "UNSAFE")
    shot(page, f"failing-{theme}")
    assert "\n".join(faults(page)) == ""
    shown.cell(board.id(1)).click()
    expect(shown.drawer).to_contain_text("container registrator exited with code 1")
    shot(page, f"drawer-{theme}")
    assert "\n".join(faults(page)) == ""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_narrow(
    bad: tuple[Served, Board], tab: Open, theme: str, shot: Callable[[Page, str], None]
) -> None:
    served, board = bad
    page = tab(color_scheme=theme, viewport={"width": 320, "height": 640})
    shown = StatusPage(page, served.url).open().live()
    shot(page, f"narrow-{theme}")
    assert "\n".join(faults(page)) == ""
    wide = "() => document.scrollingElement.scrollWidth - innerWidth"
    assert page.evaluate(wide) <= 0, "it has to be scrolled sideways"
    shown.cell(board.id(0)).click()
    expect(shown.drawer).to_be_visible()
    assert page.evaluate(wide) <= 0
    assert "\n".join(faults(page)) == ""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_asked_for_the_token_and_for_a_yes(
    tab: Open, tmp_path: Path, theme: str, shot: Callable[[Page, str], None]
) -> None:
    token = tmp_path / "token"
    token.write_text(TOKEN, "utf-8")
    with serving(Board(3).report, Orders(), token) as served:
        page = tab(color_scheme=theme)
        shown = StatusPage(page, served.url).open()
        expect(shown.asked).to_be_visible()
        shot(page, f"token-{theme}")
        assert "\n".join(faults(page)) == ""
        shown.give("not-the-token")
        shown.refused()
        assert "\n".join(faults(page)) == ""
        shown.give(TOKEN)
        shown.live()
        shown.button("daemon-0", "restart").click()
        expect(shown.question).to_be_visible()
        shot(page, f"confirm-{theme}")
        assert "\n".join(faults(page)) == ""


def test_the_connection_is_lost(tab: Open, shot: Callable[[Page, str], None]) -> None:
    with serving(Board(3).report, Orders()) as served:
        page = tab()
        shown = StatusPage(page, served.url).open().live()
    shown.lost()
    expect(shown.verdict).to_have_attribute("data-state", "UNKNOWN")
    expect(page).to_have_title(re.compile(r"^\? "))
    expect(page.locator("#say")).to_contain_text("Connection lost")
    shot(page, "lost")
    assert "\n".join(faults(page)) == ""


@pytest.mark.parametrize("path", ["/", "/?cluster=bench"])
def test_as_the_server_writes_it(bad: tuple[Served, Board], tab: Open, path: str) -> None:
    """The scripts do not come: axe has none to run in where they are forbidden."""
    served, _ = bad
    page = tab(viewport={"width": 320, "height": 640})
    page.route("**/*.js", lambda route: route.abort())
    page.goto(served.url + path)
    expect(page.locator("#rendered")).to_contain_text("NO_FIT")
    assert page.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0
    assert "\n".join(faults(page)) == ""
