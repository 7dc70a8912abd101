"""axe-core in a tab: what of WCAG 2.2 AA a program can see."""

from __future__ import annotations

from typing import Final

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # no types
from playwright.sync_api import Page

from tests.browser.parts.status_page import still

_TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
_OPTIONS: Final = {"runOnly": {"type": "tag", "values": list(_TAGS)}, "resultTypes": ["violations"]}


def faults(page: Page) -> list[str]:
    """A line a violation, with the first elements that have it."""
    still(page)  # what moves has colours between two that are right
    found = Axe().run(page, options=_OPTIONS).response["violations"]
    return [f"{each['id']}: {each['help']}: {_nodes(each['nodes'])}" for each in found]


def _nodes(nodes: list[dict[str, object]]) -> str:
    first = "; ".join(f"{node['html']} {node['failureSummary']}" for node in nodes[:3])
    return f"{len(nodes)} elements: {first}"
