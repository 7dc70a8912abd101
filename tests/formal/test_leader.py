"""leader.pml, checked exhaustively by spin: `make formal`. What it says is in docs/formal.md."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

MODEL = Path(__file__).parent / "leader.pml"
MEGABYTES = 4096
SECONDS = 900.0
"""A minute on two idle cores; a bound for a machine that hangs, not a measurement."""

FAULTS = {
    "two leases lost": ("LEASES=2",),
    "a lease lost and a death": ("LEASES=1", "DEATHS=1"),
    "a lease lost, a start that comes late, a call that is lost": ("LEASES=1", "LATE=1", "LOST=1"),
    "two leases lost and a death, near the end": ("LEASES=2", "DEATHS=1", "DONE=2"),
    "one of each, near the end": ("LEASES=1", "DEATHS=1", "LATE=1", "LOST=1", "DONE=2"),
}
NO_FAULTS = {"LEASES": "0", "DEATHS": "0", "LATE": "0", "LOST": "0", "DONE": "0"}

P1 = "excused"
P2 = "down"
SEEDED = {
    "BUG_NO_LOCK_DELAY": P2,
    "BUG_NO_FIRST_LOOK": P2,
    "BUG_EAGER_REPAIR": P1,
}
"""A rule that is left out, and a word of the property that breaks without it."""


def check(folder: Path, *defined: str) -> str:
    """What spin's verifier says of the model."""
    given = NO_FAULTS | dict(one.split("=") for one in defined if "=" in one)
    flags = [f"-D{name}={value}" for name, value in given.items()]
    flags += [f"-D{one}" for one in defined if "=" not in one]
    for command in (
        ["spin", "-a", *flags, str(MODEL)],
        ["gcc", "-O2", "-w", "-DSAFETY", f"-DMEMLIM={MEGABYTES}", "-o", "pan", "pan.c"],
    ):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    run = ["./pan", "-m10000", "-w24"]
    done = subprocess.run(
        run, cwd=folder, check=True, capture_output=True, text=True, timeout=SECONDS
    )
    return done.stdout


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
def test_nothing_goes_wrong_in_any_order(tmp_path: Path, faults: tuple[str, ...]) -> None:
    told = check(tmp_path, *faults)
    assert "errors: 0" in told, told
    for cut_short in ("max search depth too small", "Search not completed", "out of memory"):
        assert cut_short not in told
    states = re.search(r"(\d+) states, stored", told)
    assert states is not None
    assert int(states[1]) > 20_000


@pytest.mark.parametrize("bug", SEEDED)
def test_a_rule_that_is_left_out_is_found(tmp_path: Path, bug: str) -> None:
    told = check(tmp_path, "LEASES=2", bug)
    violated = re.search(r"assertion violated (.*) \(at depth", told)
    assert violated is not None, told
    assert SEEDED[bug] in violated[1]
    assert (tmp_path / "leader.pml.trail").exists()
