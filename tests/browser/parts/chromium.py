"""The browser: Debian's chromium, or another one that CHROMIUM names; nothing is downloaded.

``python -m tests.browser.parts.chromium`` installs it where it is missing (root, Debian).
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.real.parts.machine import install
from tests.real.parts.shell import PartsError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",  # which wants a user other than root
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",  # containers have little of it
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NoBrowserError(Exception):
    """There is none; the message says what to do."""


def find() -> str:
    """Its path. Raises NoBrowserError."""
    named = os.environ.get("CHROMIUM", "")
    for name in (named,) if named else NAMES:
        if path := shutil.which(name):
            return path
    where = f"CHROMIUM names {named}, which is no program" if named else "no chromium on PATH"
    raise NoBrowserError(f"{where}: install it (as root: make browser does), or set CHROMIUM")


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser that ends with the block."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=find(), args=list(FLAGS))
        yield launched
        launched.close()


def main() -> int:
    """Installs it unless there is one; in one line why that is not possible."""
    try:
        find()
    except NoBrowserError as missing:
        if os.environ.get("CHROMIUM") or os.geteuid() != 0:
            sys.stderr.write(f"browser: {missing}\n")
            return 1
        try:
            # Bare lines of text have no glyphs without a font.
            install(["chromium", "fonts-dejavu-core"])
            find()
        except (PartsError, NoBrowserError) as error:
            sys.stderr.write(f"browser: chromium could not be installed: {error}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
