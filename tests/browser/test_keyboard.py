"""Everything can be reached and done without a mouse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.parts.board import Board, Orders
from tests.browser.parts.served import Served, serving
from tests.browser.parts.status_page import StatusPage

STEPS = 40
"""More than there are things to stop at before the grid."""


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Served, Board]]:
    board = Board(24)
    with serving(board.report, Orders()) as served:
        yield served, board


def focused(page: Page) -> str:
    """The instance whose cell has the focus, "" where it is elsewhere."""
    found: str = page.evaluate("document.activeElement.dataset.instance ?? ''")
    return found


def into_the_grid(page: Page) -> str:
    for _ in range(STEPS):
        page.keyboard.press("Tab")
        if here := focused(page):
            return here
    raise AssertionError("Tab never came to the grid")


def test_each_zone_is_one_stop_and_arrows_go_through_it(
    served: tuple[Served, Board], tab: Open
) -> None:
    page = tab()
    StatusPage(page, served[0].url).open().live()
    first = into_the_grid(page)
    page.keyboard.press("ArrowRight")
    second = focused(page)
    assert second not in {"", first}
    page.keyboard.press("ArrowLeft")
    assert focused(page) == first
    page.keyboard.press("End")
    assert focused(page) not in {"", first}
    page.keyboard.press("Home")
    assert focused(page) == first
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    other = focused(page)
    zone = "document.activeElement.closest('.zone').innerText.split(' ')[0]"
    assert other not in {"", first, second}
    assert page.evaluate(zone) == "us-east-1b"
    page.keyboard.press("Shift+Tab")
    assert focused(page) == second
    assert page.evaluate(zone) == "us-east-1a"


def test_enter_opens_the_drawer_escape_closes_it_and_the_focus_is_back(
    served: tuple[Served, Board], tab: Open
) -> None:
    page = tab()
    shown = StatusPage(page, served[0].url).open().live()
    here = into_the_grid(page)
    page.keyboard.press("Enter")
    expect(shown.drawer).to_be_visible()
    expect(shown.drawer).to_contain_text(here)
    inside = "() => document.activeElement.closest('dialog') !== null"
    assert page.evaluate(inside)
    for _ in range(STEPS):
        page.keyboard.press("Tab")
        assert page.evaluate(f"document.activeElement === document.body || ({inside})()")
    page.keyboard.press("Escape")
    expect(shown.drawer).to_be_hidden()
    assert focused(page) == here


def test_the_focus_can_be_seen_at_each_stop(served: tuple[Served, Board], tab: Open) -> None:
    page = tab()
    StatusPage(page, served[0].url).open().live()
    ringed = """() => {
      const one = document.activeElement;
      if (one === document.body) return true;
      const style = getComputedStyle(one);
      return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1
        || style.boxShadow !== "none";
    }"""
    for _ in range(STEPS):
        page.keyboard.press("Tab")
        assert page.evaluate(ringed), page.evaluate("document.activeElement.outerHTML")
