"""The status page as an operator sees it: what is where, and what a hand does."""

from __future__ import annotations

import re
from typing import Final

from playwright.sync_api import Locator, Page, expect

VERBS: Final = ("pause", "undo", "restart")
"""The buttons of a daemon that nobody has paused."""

ASKING: Final = ("pause", "undo", "restart")
"""Buttons that ask first."""

_COLUMNS: Final = ("desired", "current", "ready", "updated", "available", "misscheduled")


def still(page: Page) -> None:
    """Waits until nothing moves any more."""
    page.evaluate("() => Promise.allSettled(document.getAnimations().map((one) => one.finished))")


class StatusPage:
    """One tab that shows it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def open(self) -> StatusPage:
        self.page.goto(self.url + "/")
        return self

    def live(self) -> StatusPage:
        """Waits until it is connected and the grid is there."""
        expect(self.link).to_have_attribute("data-link", "open")
        expect(self.cells.first).to_be_attached()
        return self

    def lost(self) -> StatusPage:
        """Waits until it says that it is not."""
        expect(self.link).to_have_attribute("data-link", "lost")
        expect(self.page.locator("#notice")).to_contain_text("Connection lost")
        return self

    @property
    def link(self) -> Locator:
        """What says whether it is live."""
        return self.page.locator("#link")

    @property
    def verdict(self) -> Locator:
        return self.page.locator(".verdict").first

    @property
    def drawer(self) -> Locator:
        return self.page.locator("dialog#drawer")

    @property
    def cells(self) -> Locator:
        return self.page.locator(".zones .cell")

    def cell(self, ident: str) -> Locator:
        return self.page.locator(f'.zones [data-instance="{ident}"]')

    def is_at(self, ident: str, code: str) -> None:
        """Waits until the cell says this of its first daemon that is not READY, or that all are."""
        said = re.compile(r" safe$" if code == "READY" else rf"\b{code}\b")
        expect(self.cell(ident)).to_have_accessible_name(said)

    def number(self, daemon: str, column: str) -> Locator:
        """One of the numbers of `kubectl get ds`."""
        return self.page.locator(f'tr:has(th:text-is("{daemon}")) td.n').nth(_COLUMNS.index(column))

    @property
    def rows(self) -> Locator:
        """Of the journal."""
        return self.page.locator("#app ol.journal > li[data-key]")

    def journal(self) -> list[int]:
        """The numbers of the rows that are shown, in the order of the page."""
        rows: list[str] = self.rows.evaluate_all("rows => rows.map(row => row.dataset.key)")
        return [int(row) for row in rows]

    def shows(self, seq: int) -> None:
        """Waits for the row of the journal."""
        expect(self.page.locator(f'#app ol.journal > li[data-key="{seq}"]')).to_be_attached()

    @property
    def asked(self) -> Locator:
        """Where the token is typed."""
        return self.page.locator('input[type="password"]')

    def give(self, token: str) -> None:
        """Types the token."""
        self.asked.fill(token)
        self.asked.press("Enter")

    def refused(self) -> None:
        """Waits until it says that the token is not the right one."""
        expect(self.page.locator("p.why")).to_contain_text("not accepted")

    def button(self, daemon: str, verb: str) -> Locator:
        return self.page.locator(f'button[data-act="{verb}"][data-daemon="{daemon}"]')

    @property
    def question(self) -> Locator:
        """What is asked before something is done."""
        return self.page.locator("dialog#question")

    def press(self, daemon: str, verb: str) -> None:
        """Presses it, and says yes where that is asked."""
        self.button(daemon, verb).click()
        if verb in ASKING:
            self.question.locator("[data-confirm]").click()

    def rolling(self, daemon: str) -> Locator:
        """How its rollout goes."""
        return self.answer(daemon).locator(".rolling")

    def answer(self, daemon: str) -> Locator:
        """What is told under a daemon's numbers: what a command came to, among others."""
        return self.page.locator(f'tr[data-daemon="{daemon}"] + tr.more')
