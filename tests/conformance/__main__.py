"""`python -m tests.conformance [--update]`: print the pages made from tables, or write them."""

from __future__ import annotations

import sys

from tests.conformance.document import DOCS, PAGES

if __name__ == "__main__":
    for name, page in PAGES.items():
        if "--update" in sys.argv[1:]:
            (DOCS / name).write_text(page(), "utf-8")
        else:
            sys.stdout.write(page())
