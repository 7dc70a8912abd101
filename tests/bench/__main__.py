"""``python -m tests.bench NAME --instances N --daemons M``: one JSON object as last line."""

from __future__ import annotations

import argparse
import importlib
import json


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("bench", choices=["plan", "place", "growth", "state", "start"])
    parser.add_argument("--instances", type=int, default=5000)
    parser.add_argument("--daemons", type=int, default=2)
    asked = parser.parse_args()
    bench = importlib.import_module(f"tests.bench.{asked.bench}")
    print(json.dumps(bench.run(asked.instances, asked.daemons)))  # noqa: T201  its one output


if __name__ == "__main__":
    main()
