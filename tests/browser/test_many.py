"""5,000 instances: the grid is whole, and the page goes on drawing evenly."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from daemonctl.model.reason import Code
from tests.browser.conftest import Open
from tests.browser.parts.board import Board, Orders
from tests.browser.parts.frames import SMOOTH, frames
from tests.browser.parts.served import Served, serving
from tests.browser.parts.status_page import StatusPage
from tests.real.system.figures import Figures

INSTANCES = 5000
ZONES = 3
A_SECOND = 20
"""Changes: as many as ECS lets daemonctl start tasks, twice over."""

ROUGH = 3.0
"""Times the frames of an empty page: there a person sees it stutter, and no busy machine is it."""


@pytest.fixture(scope="module")
def many() -> Iterator[tuple[Served, Board]]:
    board = Board(INSTANCES)
    with serving(board.report, Orders()) as served:
        yield served, board


@contextmanager
def changing(served: Served, board: Board) -> Iterator[None]:
    """All the while, instances fail and recover."""
    over = threading.Event()
    dice = random.Random(7)

    def change() -> None:
        while not over.wait(1 / A_SECOND):
            number = dice.randrange(INSTANCES)
            code = dice.choice((Code.READY, Code.BACKOFF, Code.SETTLING))
            served.do(partial(board.change, number, code, "exit code 1"))

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_every_instance_has_its_cell_in_its_zone(
    many: tuple[Served, Board], tab: Open, figures: Figures
) -> None:
    served, board = many
    page = tab()
    shown = StatusPage(page, served.url).open().live()
    expect(shown.cells).to_have_count(INSTANCES)
    figures.add("5,000 instances", "until the grid is whole", ready(shown), "ms")
    expect(page.locator(".zones .zone")).to_have_count(ZONES)
    for number in (0, 2500, 4999):
        shown.is_at(board.id(number), "READY")
    served.do(lambda: board.change(4321, Code.NO_FIT, "CPU: needs 64 units"))
    shown.is_at(board.id(4321), "NO_FIT")
    expect(shown.verdict).to_have_attribute("data-state", "UNSAFE")
    served.do(lambda: board.change(4321, Code.READY))
    expect(shown.verdict).to_have_attribute("data-state", "SAFE")


def ready(shown: StatusPage) -> float:
    """Milliseconds from the first request until now."""
    return round(float(shown.page.evaluate("performance.now()")))


def test_it_draws_evenly_while_it_is_scrolled_and_while_changes_arrive(
    many: tuple[Served, Board],
    tab: Open,
    figures: Figures,
    shot: Callable[[Page, str], None],
) -> None:
    served, board = many
    empty = tab()
    empty.set_content("<!doctype html><title>empty</title><p>nothing</p>")
    page = tab()
    shown = StatusPage(page, served.url).open().live()
    expect(shown.cells).to_have_count(INSTANCES)
    shown.cells.first.scroll_into_view_if_needed()
    measured = {}
    empty.bring_to_front()
    measured["an empty page"] = frames(empty, step=0)
    page.bring_to_front()
    measured["it stands"] = frames(page, step=0)
    measured["it is scrolled"] = frames(page)
    with changing(served, board):
        measured["changes arrive"] = frames(page, step=0)
        measured["it is scrolled, changes arrive"] = frames(page)
    for when, drawn in measured.items():
        figures.add("5,000 instances", f"median frame, {when}", round(drawn.median, 1), "ms")
        figures.add("5,000 instances", f"95 of 100 frames, {when}", round(drawn.p95, 1), "ms")
    told = {when: str(drawn) for when, drawn in measured.items()}
    yardstick = max(measured["an empty page"].p95, SMOOTH)
    shot(page, "many")
    assert measured["it is scrolled, changes arrive"].median <= ROUGH * yardstick, told
    assert measured["it is scrolled"].median <= ROUGH * yardstick, told
