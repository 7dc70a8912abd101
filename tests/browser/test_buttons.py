"""The rollout's buttons: with the right token, a wrong one, none, and where no server takes one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from daemonctl.model.reason import Code
from tests.browser.conftest import Open
from tests.browser.parts.asking import Api
from tests.browser.parts.axe import faults
from tests.browser.parts.board import Board, Orders
from tests.browser.parts.served import serving
from tests.browser.parts.status_page import VERBS, StatusPage
from tests.browser.parts.watch import Watch
from tests.scenarios.hands import TOKEN, hands
from tests.scenarios.processes import eventually
from tests.scenarios.test_rollout import DAEMONS, register, runs, want

AGENT = "consul-agent"


def test_without_a_token_on_the_server_each_button_says_why_it_cannot(tab: Open) -> None:
    orders, board = Orders(), Board(3)
    with serving(board.report, orders) as served:
        shown = StatusPage(tab(), served.url).open().live()
        for verb in VERBS:
            button = shown.button("daemon-0", verb)
            expect(button).to_be_disabled()
            expect(button).to_have_accessible_description(re.compile("http.authTokenFile"))
            button.click(force=True)
            expect(shown.question).to_have_count(0)
    assert orders.heard == []


def test_a_server_with_a_token_tells_nothing_before_it_has_seen_it(
    tab: Open, tmp_path: Path, watch: Callable[[Page], Watch]
) -> None:
    token = tmp_path / "token"
    token.write_text(TOKEN, "utf-8")
    board = Board(3)
    with serving(board.report, Orders(), token) as served:
        page = tab()
        shown = StatusPage(page, served.url).open()
        expect(shown.asked).to_be_visible()
        for secret in ("bench", "daemon-0", board.id(0)):
            assert secret not in page.content()
        shown.give("not-the-token")
        shown.refused()
        assert "daemon-0" not in page.content()
        shown.give(TOKEN)
        shown.live()
        expect(shown.number("daemon-0", "ready")).to_have_text("3")
        hidden(page, watch(page))
        page.reload()
        shown.live()
        page.get_by_role("button", name="Forget the token").click()
        expect(shown.asked).to_be_visible()
        assert "daemon-0" not in page.content()
        assert TOKEN not in page.evaluate("JSON.stringify(sessionStorage)")


def test_a_token_that_was_taken_back_is_asked_for_anew(tab: Open, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(TOKEN, "utf-8")
    board = Board(3)
    with serving(board.report, Orders(), token) as served:
        page = tab()
        shown = StatusPage(page, served.url).open()
        shown.give(TOKEN)
        shown.live()
        token.write_text("another-one", "utf-8")
        served.do(lambda: board.change(0, Code.BACKOFF, "exit code 1"))
        expect(shown.asked).to_be_visible()
        shown.give("another-one")
        shown.live()
        shown.is_at(board.id(0), "BACKOFF")


def hidden(page: Page, watch: Watch) -> None:
    """The token went into headers and nowhere else."""
    assert all(TOKEN not in request.url for request in watch.asked)
    assert TOKEN not in page.url
    assert TOKEN not in page.content()
    kept = "() => JSON.stringify([localStorage, document.cookie, history.state, location.href])"
    assert TOKEN not in page.evaluate(kept)
    assert page.context.cookies() == []


@pytest.mark.slow
def test_pause_resume_restart_and_undo_end_in_the_journal_and_in_rollout_status(
    tab: Open,
    tmp_path: Path,
    watch: Callable[[Page], Watch],
    shot: Callable[[Page, str], None],
) -> None:
    with hands(tmp_path, 1, daemons=DAEMONS) as real:
        eventually(lambda: real.ready(1), real.controller.said)
        api = Api(real.controller.api, TOKEN)
        page = tab()
        shown = StatusPage(page, real.controller.api).open()
        shown.give(TOKEN)
        shown.live()

        def known() -> dict[str, Any]:
            found: dict[str, Any] = api.get(f"/v1/clusters/local/daemons/{AGENT}")
            return found

        def rollout() -> dict[str, Any]:
            found: dict[str, Any] = known()["rollout"]
            return found

        shown.press(AGENT, "pause")
        eventually(lambda: rollout()["paused"] is not None)
        register(real)
        want(real, 2)
        expect(shown.rolling(AGENT)).to_contain_text(re.compile("paused", re.IGNORECASE))
        shot(page, "paused")
        assert "\n".join(faults(page)) == ""
        assert runs(real) == {"consul-agent:1": 1}
        shown.press(AGENT, "resume")
        eventually(lambda: rollout()["paused"] is None)
        eventually(lambda: known()["revisions"] == {"consul-agent:2": 1}, real.controller.said)
        shown.press(AGENT, "undo")
        eventually(lambda: rollout()["target"] == "consul-agent:1", real.controller.said)
        expect(shown.answer(AGENT)).to_contain_text("DONE")
        began = len(rollout()["history"])
        shown.press(AGENT, "restart")
        eventually(lambda: len(rollout()["history"]) > began)
        eventually(lambda: rollout()["result"] == "COMPLETE", real.controller.said)
        assert runs(real) == {"consul-agent:1": 1}
        commands = [row for row in api.rows() if row["kind"] == "COMMAND"]
        done = [row["code"].partition(" ")[0] for row in commands]
        assert all("a browser from 127.0.0.1" in row["words"] for row in commands)
        assert done == ["PAUSE", "RESUME", "UNDO", "RESTART"]
        shown.shows(commands[-1]["seq"])
        hidden(page, watch(page))
