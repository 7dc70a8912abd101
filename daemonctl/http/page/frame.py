"""The page around whatever it shows: head, landmarks, and what each visitor is told."""

from __future__ import annotations

from typing import Final

from daemonctl.http.page.assets import Assets
from daemonctl.http.page.markup import Markup, tag

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
"""No inline script, no inline style, nothing from elsewhere, and no way to make HTML of text."""


def frame(assets: Assets, title: str, main: Markup, *, has_token: bool, anonymous: bool) -> bytes:
    """The whole document.

    ``has_token``: this server lets an operator with the token change things; without one nobody
    may. ``anonymous``: who asks has not shown a token, so ``main`` tells nothing of any cluster.
    """
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="robots", content="noindex"),
        tag("title", title),
        tag("link", rel="icon", href=assets.path("icon.svg"), type="image/svg+xml"),
        *(
            tag("link", rel="stylesheet", href=assets.path(name))
            for name in assets.files
            if name.endswith(".css")
        ),
        tag("script", src=assets.path("boot.js")),  # before anything is drawn: it picks the theme
        *(tag("link", rel="modulepreload", href=assets.path(name)) for name in assets.modules),
        tag("script", type="module", src=assets.path("main.js")),
    )
    body = tag(
        "body",
        tag("a", "Skip to the verdict", class_="skip", href="#main"),
        _top(),
        tag("aside", id="notice", class_="notice", hidden=True, aria_label="Connection"),
        tag(
            "main",
            tag("div", id="app", hidden=True),
            tag("div", main, id="rendered"),
            id="main",
            tabindex="-1",
        ),
        tag("div", id="say", class_="unseen", role="status", aria_live="polite"),
    )
    html = tag(
        "html",
        head,
        body,
        lang="en",
        data_auth="token" if has_token else "none",
        data_anonymous=anonymous,
    )
    return f"<!doctype html>\n{html}\n".encode()


def _top() -> Markup:
    return tag(
        "header",
        tag("h1", tag("a", "daemonctl", href="/"), class_="brand"),
        tag("p", "", id="link", class_="link", hidden=True),
        tag("nav", "", id="ways", class_="ways", aria_label="On this page", hidden=True),
        tag(
            "div",
            tag("button", "Token", id="token", type="button", hidden=True),
            tag("button", "Theme", id="theme", type="button", hidden=True),
            class_="tools",
        ),
        class_="top",
    )


def shell_main() -> Markup:
    """What somebody without the token gets: where to put it, and nothing else."""
    curl = "curl -H 'Authorization: Bearer …' "
    without = tag(
        "noscript",
        tag(
            "p",
            "The form above needs JavaScript. Without it, send the token as a header: ",
            tag("code", curl),
            "with this page's address answers with the whole page as a table, and ",
            tag("code", "daemonctl status"),
            " tells the same in a terminal.",
        ),
    )
    form = tag(
        "form",
        tag("label", "Token", for_="key"),
        # No name: nothing could ever put it into a URL.
        tag(
            "input",
            id="key",
            type="password",
            autocomplete="current-password",
            required=True,
            pattern="[!-~]+",  # what a header can carry
            title="one word without blanks or accents",
            spellcheck="false",
            aria_describedby="key-why",
        ),
        tag("button", "Show the page", type="submit", class_="primary"),
        tag("p", "", id="key-why", class_="why", role="alert"),
        id="key-form",
    )
    return tag(
        "section",
        tag("h2", "This page asks for the token", id="key-title"),
        tag(
            "p",
            "It is the word in the file that http.authTokenFile names. It stays in this tab and is"
            " sent to this server only, never in a URL.",
        ),
        form,
        without,
        class_="gatehouse",
        aria_labelledby="key-title",
    )
