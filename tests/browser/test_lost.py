"""A connection that is lost and comes back: the page says so, and misses and doubles nothing."""

from __future__ import annotations

from functools import partial

from playwright.sync_api import expect

from daemonctl.model.reason import Code
from tests.browser.conftest import Open
from tests.browser.parts.asking import Api
from tests.browser.parts.board import Board, Orders
from tests.browser.parts.served import Served, serving
from tests.browser.parts.status_page import StatusPage
from tests.browser.parts.wire import wired


def flicker(served: Served, board: Board, times: int) -> int:
    """The first instance fails and recovers; the number of the last row."""
    for _ in range(times):
        served.do(lambda: board.change(0, Code.BACKOFF, "exit code 1"))
        served.do(lambda: board.change(0, Code.READY))
    return board.journal.last


def test_a_cut_is_said_and_after_it_every_row_is_there_once(tab: Open) -> None:
    board = Board(4)
    with serving(board.report, Orders()) as served, wired(served.port) as wire:
        shown = StatusPage(tab(), wire.url).open().live()
        shown.shows(flicker(served, board, 3))
        for number in (1, 2):
            wire.cut()
            shown.lost()
            flicker(served, board, 5)
            served.do(partial(board.change, number, Code.NO_FIT, "CPU: needs 64 units"))
            wire.mend()
            shown.live()
            shown.shows(served.do(lambda: board.journal.last))
            shown.is_at(board.id(number), "NO_FIT")
        shown.is_at(board.id(0), "READY")
        expect(shown.number("daemon-0", "ready")).to_have_text("2")
        rows = [row["seq"] for row in Api(served.url).rows()]
        assert shown.journal() == rows[::-1]


def test_where_rows_fell_out_of_the_journal_all_is_asked_for_anew(tab: Open) -> None:
    """As for a client that is too slow: more happens at once than is kept."""
    board = Board(24, size=5)
    with serving(board.report, Orders()) as served:
        shown = StatusPage(tab(), served.url).open().live()
        served.do(lambda: [board.change(at, Code.BACKOFF, "exit code 1") for at in range(20)])
        shown.shows(board.journal.last)
        for number in (0, 19):
            shown.is_at(board.id(number), "BACKOFF")
        expect(shown.number("daemon-0", "ready")).to_have_text("4")


def test_a_wire_that_falls_silent_is_noticed(tab: Open) -> None:
    """Nobody is told when a cable is pulled: only the heartbeats stay away."""
    board = Board(4)
    with serving(board.report, Orders()) as served, wired(served.port) as wire:
        page = tab()
        page.clock.install()
        shown = StatusPage(page, wire.url).open().live()
        wire.stall()
        page.clock.fast_forward(60_000)
        shown.lost()
        served.do(lambda: board.change(1, Code.NO_FIT, "CPU: needs 64 units"))
        wire.cut()
        wire.flow()
        wire.mend()
        page.clock.fast_forward(60_000)
        shown.live()
        shown.is_at(board.id(1), "NO_FIT")


def test_a_controller_that_begins_anew_is_shown_as_it_is_now(tab: Open) -> None:
    board = Board(4)
    with serving(board.report, Orders()) as served:
        port = served.port
        shown = StatusPage(tab(), served.url).open().live()
        shown.shows(flicker(served, board, 2))
    shown.lost()
    board.change(1, Code.BACKOFF, "exit code 1")
    board.begin()
    board.change(2, Code.BACKOFF, "exit code 1")
    with serving(board.report, Orders(), port=port) as served:
        shown.live()
        for number in (1, 2):
            shown.is_at(board.id(number), "BACKOFF")
        expect(shown.number("daemon-0", "ready")).to_have_text("2")
        last = served.do(lambda: board.change(3, Code.BACKOFF, "exit code 1"))
        shown.shows(last)
        assert len(shown.journal()) == len(set(shown.journal()))
        assert shown.journal().count(last) == 1
