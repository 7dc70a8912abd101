"""`python -m tests.conformance [--update]`: print docs/conformance.md, or write it."""

from __future__ import annotations

import sys

from tests.conformance.document import PAGE, page

if __name__ == "__main__":
    if "--update" in sys.argv[1:]:
        PAGE.write_text(page(), "utf-8")
    else:
        sys.stdout.write(page())
