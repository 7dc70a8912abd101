"""``python -m tests.golden [--update] [NAME…]``: transcripts as they are now, or what differs."""

from __future__ import annotations

import argparse
import difflib
import sys

from tests.golden.play import TRANSCRIPTS, path_of, played
from tests.golden.stories import STORIES


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.add_argument("--update", action="store_true", help="write them; then read the diff")
    parser.add_argument("names", nargs="*", choices=[*STORIES, []], metavar="NAME")
    asked = parser.parse_args()
    differing = 0
    for name in asked.names or STORIES:
        path, now = path_of(name), played(name)
        held = path.read_text(encoding="utf-8") if path.exists() else ""
        if now == held:
            continue
        differing += 1
        lines = (held.splitlines(True), now.splitlines(True))
        sys.stdout.writelines(difflib.unified_diff(*lines, path.name, "now"))
        if asked.update:
            path.write_text(now, encoding="utf-8")
    if asked.update and not asked.names:
        for path in TRANSCRIPTS.glob("*.txt"):
            if path.stem not in STORIES:
                path.unlink()
    return 0 if asked.update else min(differing, 1)


if __name__ == "__main__":
    raise SystemExit(main())
