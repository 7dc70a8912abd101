"""Without JavaScript: a table to read, of everything that is wrong, and nothing that moves."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from daemonctl.model.reason import Code
from daemonctl.runtime.report_source import Role, Standing
from tests.browser.conftest import Open
from tests.browser.parts.board import Board, Orders
from tests.browser.parts.served import serving
from tests.browser.parts.status_page import StatusPage
from tests.browser.test_axe import TROUBLE, troubled
from tests.scenarios.hands import TOKEN

MANY = 1001


def test_the_verdict_the_numbers_and_what_is_wrong_can_be_read(
    tab: Open, shot: Callable[[Page, str], None]
) -> None:
    board = troubled()
    with serving(board.report, Orders()) as served:
        page = tab(java_script_enabled=False)
        shown = StatusPage(page, served.url).open()
        shot(page, "plain")
        expect(shown.verdict).to_be_visible()
        expect(shown.number("daemon-0", "desired")).to_have_text("60")
        text = page.locator("body").inner_text()
        for number, code, words in TROUBLE[:2]:
            assert board.name(number) in text
            assert code in text
            assert words in text
        assert "SLOW_START" in text
        assert not any(button.is_visible() for button in page.locator("button").all())


def test_of_many_bad_ones_it_leads_to_each(tab: Open) -> None:
    board = Board(MANY)
    for number in range(MANY):
        board.change(number, Code.BACKOFF, f"container {number} exited with code 1")
    with serving(board.report, Orders()) as served:
        page = tab(java_script_enabled=False)
        StatusPage(page, served.url).open()
        page.get_by_role("link", name=f"All {MANY:,} instances").click()
        seen: set[str] = set()
        for _ in range(MANY):
            seen.update(page.locator("table.instances tbody th").all_inner_texts())
            following = page.get_by_role("link", name="Next page")
            if following.count() == 0:
                break
            following.first.click()
        assert len(seen) == MANY


def test_a_server_with_a_token_says_what_to_do(tab: Open, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(TOKEN, "utf-8")
    with serving(Board(3).report, Orders(), token) as served:
        page = tab(java_script_enabled=False)
        StatusPage(page, served.url).open()
        expect(page.locator("noscript p")).to_contain_text("Authorization: Bearer")
        expect(page.locator("noscript p")).to_be_visible()
        assert "daemon-0" not in page.content()
        told = tab(
            java_script_enabled=False, extra_http_headers={"Authorization": f"Bearer {TOKEN}"}
        )
        shown = StatusPage(told, served.url).open()
        expect(shown.number("daemon-0", "ready")).to_have_text("3")
        assert TOKEN not in told.content()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_standby_leads_to_the_leader(tab: Open, *, scripts: bool) -> None:
    board = Board(3)
    leader = "http://10.0.0.9:8080"
    words = "the replica on ip-10-0-0-9 leads it"
    board.show(standing=Standing(Role.STANDBY, time.time(), "ip-10-0-0-9", leader, words))
    with serving(board.report, Orders()) as served:
        page = tab(java_script_enabled=scripts)
        shown = StatusPage(page, served.url).open()
        if scripts:
            expect(shown.link).to_have_attribute("data-link", "open")
        link = page.get_by_role("link", name=leader)
        expect(link).to_have_attribute("href", f"{leader}/")
        expect(shown.verdict).to_have_attribute("data-state", "UNKNOWN")
        expect(shown.cells).to_have_count(0)
