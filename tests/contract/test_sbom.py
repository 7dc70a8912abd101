"""The bill of materials names what the image's lock pins, each with its hashes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_it_names_every_locked_package(tmp_path: Path) -> None:
    lock = ROOT / "deploy" / "lock" / "run.txt"
    program = Path(sys.executable).parent / "cyclonedx-py"
    asked = ["requirements", str(lock), "--output-reproducible", "-o", str(tmp_path / "sbom.json")]
    subprocess.run([program, *asked], check=True, capture_output=True)
    made = json.loads((tmp_path / "sbom.json").read_text("utf-8"))
    assert made["bomFormat"] == "CycloneDX"
    pinned = dict(re.findall(r"^([\w.-]+)==([\w.!+-]+)", lock.read_text("utf-8"), re.MULTILINE))
    assert {each["name"]: each["version"] for each in made["components"]} == pinned
    assert all(
        reference["hashes"]
        for each in made["components"]
        for reference in each["externalReferences"]
    )
