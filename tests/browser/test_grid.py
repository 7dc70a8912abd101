"""Finding an instance: by a filter, by the beginning of its name, by a link; and watching it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from daemonctl.model.reason import Code
from tests.browser.conftest import Open
from tests.browser.parts.board import Board, Orders
from tests.browser.parts.served import Served, serving
from tests.browser.parts.status_page import StatusPage


@pytest.fixture
def some() -> Iterator[tuple[Served, Board]]:
    board = Board(24)
    board.change(4, Code.BACKOFF, "exit code 4")
    board.change(9, Code.NO_FIT, "CPU: needs 64 units")
    with serving(board.report, Orders()) as served:
        yield served, board


def test_a_filter_leaves_those_alone_that_stand_so(some: tuple[Served, Board], tab: Open) -> None:
    served, board = some
    shown = StatusPage(tab(), served.url).open().live()
    shown.page.get_by_role("button", name="not safe 2").click()
    expect(shown.cells).to_have_count(2)
    served.do(lambda: board.change(5, Code.BACKOFF, "exit code 5"))
    expect(shown.cells).to_have_count(3)
    shown.page.get_by_role("button", name="All 24").click()
    expect(shown.cells).to_have_count(24)


def test_the_beginning_of_a_name_opens_the_one_that_has_it(
    some: tuple[Served, Board], tab: Open
) -> None:
    served, board = some
    shown = StatusPage(tab(), served.url).open().live()
    field = shown.page.get_by_role("searchbox")
    field.fill("i-0")
    field.press("Enter")
    expect(shown.page.get_by_text("24 instances found")).to_be_visible()
    expect(shown.drawer).to_be_hidden()
    field.fill(board.name(9))
    field.press("Enter")
    expect(shown.drawer).to_contain_text("CPU: needs 64 units")


def test_a_drawer_can_be_sent_to_somebody_and_follows_what_happens(
    some: tuple[Served, Board], tab: Open
) -> None:
    served, board = some
    shown = StatusPage(tab(), served.url).open().live()
    shown.cell(board.id(4)).click()
    expect(shown.drawer).to_contain_text("exit code 4")
    other = StatusPage(tab(), served.url)
    other.page.goto(shown.page.url)
    expect(other.drawer).to_contain_text("exit code 4")
    served.do(lambda: board.change(4, Code.UNHEALTHY, "its health check fails"))
    for each in (shown, other):
        expect(each.drawer).to_contain_text("its health check fails")
