"""A real controller over a local ECS: what happens there is on the page within a second."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.parts.asking import Api
from tests.browser.parts.status_page import StatusPage
from tests.real.system.figures import Figures
from tests.scenarios.hands import TOKEN, Hands, hands
from tests.scenarios.processes import eventually

INSTANCES = 3
LATE = 5.0
"""Seconds after its row that a change may be shown on a machine that does much else; it is 1."""

RECORD = """
() => {
  window.shown = {rows: {}, cells: []};
  const row = (element) => { window.shown.rows[element.dataset.key] ??= Date.now(); };
  const cell = ({dataset: {instance: id, standing}}) =>
    window.shown.cells.push({id, standing, at: Date.now()});
  new MutationObserver((changes) => {
    for (const {type, target, addedNodes} of changes) {
      if (type === "attributes" && target.matches(".zones .cell")) cell(target);
      for (const added of addedNodes) {
        if (added.nodeType === 1 && added.matches("#app ol.journal > li")) row(added);
      }
    }
  }).observe(document.body, {childList: true, subtree: true, attributeFilter: ["data-standing"]});
}
"""
"""When each row of the journal and each change of a cell came into the document."""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hands]:
    with hands(tmp_path_factory.mktemp("live"), INSTANCES) as seen:
        api = Api(seen.controller.api, TOKEN)

        def ready() -> bool:
            daemons = api.get("/v1/status")["clusters"][0]["daemons"]
            return all(each["ready"] == INSTANCES for each in daemons)

        eventually(ready, seen.controller.said)
        yield seen


def newest(seen: Hands) -> int:
    rows = Api(seen.controller.api, TOKEN).rows()
    return int(rows[-1]["seq"])


def moment(row: dict[str, Any]) -> float:
    return datetime.fromisoformat(row["at"]).timestamp()


def watched(page: Page, seen: Hands) -> StatusPage:
    shown = StatusPage(page, seen.controller.api).open()
    shown.give(TOKEN)
    shown.live()
    page.evaluate(RECORD)
    return shown


def test_a_killed_task_is_in_the_journal_and_the_numbers_at_once(
    real: Hands, tab: Open, figures: Figures
) -> None:
    shown = watched(tab(), real)
    api = Api(real.controller.api, TOKEN)
    before = newest(real)
    for victim in [task["taskArn"] for task in real.running("consul-agent")]:
        known = newest(real)
        real.ecs.local("task", "kill", victim)

        def back(known: int = known) -> bool:
            rows = [row for row in api.rows(known) if row["kind"] == "VERDICT"]
            codes = [row["code"] for row in rows if row["daemon"] == "consul-agent"]
            return len(codes) > 1 and codes[-1] == "READY"

        eventually(back)
    rows = api.rows(before)
    shown.shows(int(rows[-1]["seq"]))
    assert len(rows) >= 2 * INSTANCES
    seen: dict[str, int] = shown.page.evaluate("window.shown.rows")
    late = [seen[str(row["seq"])] / 1000 - moment(row) for row in rows]
    for each in late:
        figures.add("live", "from a row of the journal to the page", each)
    assert max(late) < LATE
    for daemon in ("consul-agent", "registrator"):
        expect(shown.number(daemon, "ready")).to_have_text(str(INSTANCES))


def test_an_agent_that_goes_and_comes_changes_its_cell_the_verdict_and_the_count(
    real: Hands, tab: Open, figures: Figures
) -> None:
    shown = watched(tab(), real)
    api = Api(real.controller.api, TOKEN)
    ident = api.get("/v1/clusters/local/instances")["instances"][0]["id"]
    shown.is_at(ident, "READY")
    expect(shown.verdict).to_have_attribute("data-state", "SAFE")
    for act, code, standing, ready in (
        ("disconnect", "UNKNOWN", "UNSAFE", INSTANCES - 1),
        ("reconnect", "READY", "SAFE", INSTANCES),
    ) * 2:
        before = newest(real)
        real.ecs.local("instance", act, ident)
        shown.is_at(ident, code)
        expect(shown.verdict).to_have_attribute("data-state", standing)
        expect(shown.number("consul-agent", "ready")).to_have_text(str(ready))
        told = [row for row in api.rows(before) if row["instance"] == ident]
        changes = shown.page.evaluate("window.shown.cells.splice(0)")
        at = next(
            each["at"] for each in changes if (each["id"], each["standing"]) == (ident, standing)
        )
        late = at / 1000 - min(moment(row) for row in told if row["code"] == code)
        figures.add("live", "from a row of the journal to its cell in the grid", late)
        assert late < LATE
