"""What comes over the wire: little, from here alone, and nothing that a name could run."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from daemonctl.model.ids import Ec2InstanceId
from daemonctl.model.reason import Code
from tests.browser.conftest import Open
from tests.browser.parts.board import Board, Orders
from tests.browser.parts.served import serving
from tests.browser.parts.status_page import StatusPage, still
from tests.browser.parts.watch import Watch
from tests.real.system.figures import Figures
from tests.scenarios.processes import eventually

MOST = 100 * 1024
EVIL = '<img src=x onerror="window.evil=1"><script>window.evil=1</script>\'"&amp;'


def test_the_first_load_is_small(
    tab: Open, watch: Callable[[Page], Watch], figures: Figures
) -> None:
    board = Board(3)
    with serving(board.report, Orders()) as served:
        page = tab()
        StatusPage(page, served.url).open().live()
        answers = [each for each in watch(page).answers if "/events" not in each.url]
        size = sum(len(each.body()) for each in answers)
    figures.add("first load", f"{len(answers)} answers, not compressed", round(size / 1024), "KiB")
    assert size <= MOST


def test_of_thousands_that_fail_the_page_itself_stays_small(
    tab: Open, watch: Callable[[Page], Watch], figures: Figures
) -> None:
    board = Board(5000)
    for number in range(5000):
        board.change(number, Code.BACKOFF, f"container {number} exited with code 1")
    with serving(board.report, Orders()) as served:
        page = tab()
        StatusPage(page, served.url).open().live()
        answers = [each for each in watch(page).answers if "/v1/" not in each.url]
        size = sum(len(each.body()) for each in answers)
    figures.add("first load", "of 5,000 that fail, the page alone", round(size / 1024), "KiB")
    assert size <= MOST


def test_a_name_is_text_wherever_it_is_shown(tab: Open) -> None:
    board = Board(3)
    board.rename(1, ec2_id=Ec2InstanceId(EVIL))
    board.change(1, Code.BACKOFF, EVIL)
    with serving(board.report, Orders()) as served:
        page = tab()
        shown = StatusPage(page, served.url).open().live()
        served.do(lambda: board.change(2, Code.NO_FIT, EVIL))
        shown.is_at(board.id(2), "NO_FIT")
        shown.cell(board.id(1)).click()
        expect(shown.drawer).to_contain_text("<img src=x")
        expect(page.locator("img")).to_have_count(0)
        assert page.evaluate("window.evil") is None
        plain = tab(java_script_enabled=False)
        StatusPage(plain, served.url).open()
        assert "<img src=x onerror" in plain.locator("body").inner_text()
        assert plain.locator("img, script:not([src])").count() == 0


# Each is what somebody would try who got a word of theirs into the page.
TRIED = """() => {
  const one = document.createElement("b");
  const script = document.createElement("script");
  const link = document.createElement("a");
  link.href = "javascript:window.evil = 1";
  document.body.append(one, link);
  for (const evil of [
    () => { one.innerHTML = "<img src=x onerror='window.evil = 1'>"; },
    () => { one.setAttribute("onclick", "window.evil = 1"); one.click(); },
    () => { script.textContent = "window.evil = 1"; document.body.append(script); },
    () => { link.click(); },
    () => { new Image().src = "http://127.0.0.1:9/?stolen"; },
    () => { fetch("http://127.0.0.1:9/?stolen").catch(() => null); },
  ]) try { evil(); } catch { /* which is the point */ }
}"""


def test_the_policy_lets_nothing_in_and_nothing_out(
    tab: Open, watch: Callable[[Page], Watch]
) -> None:
    with serving(Board(3).report, Orders()) as served:
        page = tab()
        StatusPage(page, served.url).open().live()
        page.evaluate(TRIED)
        broken = ("require-trusted-types-for", "script-src", "img-src", "connect-src")
        held = "(names) => names.every((each) => window.violations.join().includes(each))"
        eventually(lambda: bool(page.evaluate(held, broken)), watch(page).violations)
        assert page.evaluate("window.evil") is None
        watch(page).forgive()


def test_the_theme_that_was_chosen_stays(tab: Open) -> None:
    with serving(Board(3).report, Orders()) as served:
        page = tab(color_scheme="light")
        StatusPage(page, served.url).open().live()
        ground = "getComputedStyle(document.documentElement).backgroundColor"
        light = page.evaluate(ground)
        for _ in range(2):  # from the system's over light to dark
            page.locator("#theme").click()
        still(page)
        dark = page.evaluate(ground)
        assert dark != light
        page.reload()
        assert page.evaluate(ground) == dark
