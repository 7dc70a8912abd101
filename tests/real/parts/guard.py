"""Waits for its parent's end and cleans up after it, also when the parent was killed."""

from __future__ import annotations

import os
import signal
import sys

from tests.real.parts.clean import clean


def main() -> None:
    """Usage: ``guard INDEX``; stdin is a pipe whose other end the lab holds."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # who stops the lab must not stop the cleaning
    while os.read(0, 64):
        pass
    clean(int(sys.argv[1]))


if __name__ == "__main__":
    main()
