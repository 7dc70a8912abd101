"""What a tab did that nobody asked for: errors, violations of its policy, far requests."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Error, Page, Request, Response

VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
});
"""
"""Runs in the page before its own code; the policy does not bind it."""

_NETWORK = re.compile("Failed to load resource")


class Watch:
    """Over one page from before its first request."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.console: list[str] = []
        self.network: list[str] = []  # failed requests and answers that are errors
        self.asked: list[Request] = []
        self.answers: list[Response] = []
        page.add_init_script(VIOLATIONS)
        page.on("console", self._told)
        page.on("pageerror", lambda error: self.console.append(f"uncaught: {error}"))
        # Bound methods of lists cannot be marked, which Playwright does to what it calls.
        page.on("request", lambda request: self.asked.append(request))  # noqa: PLW0108  see above
        page.on("response", lambda answer: self.answers.append(answer))  # noqa: PLW0108  see above

    def _told(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            far = _NETWORK.search(message.text)
            (self.network if far else self.console).append(message.text)

    def far(self) -> list[str]:
        """Requests to anything but the origin of the first one."""
        if not self.asked:
            return []
        home = urlsplit(self.asked[0].url)[:2]
        return [each.url for each in self.asked if urlsplit(each.url)[:2] != home]

    def violations(self) -> list[str]:
        """Of the Content-Security-Policy, in the document that is there now."""
        try:
            found: list[str] = self._page.evaluate("window.violations ?? []")
        except Error:  # the test closed it
            return []
        return found

    def forgive(self) -> None:
        """What was told so far was meant to happen."""
        self.console.clear()
        self.asked.clear()
        self._page.evaluate("window.violations = []")

    def check(self) -> None:
        """Nothing of it happened."""
        assert self.console == []
        assert self.violations() == []
        assert self.far() == []
