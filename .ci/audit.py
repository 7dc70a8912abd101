"""Known holes in the locked packages: 1 where there is one. What could not be asked is told aloud.

pip-audit alone ends with 0 where the index knows no vulnerabilities at all, as mirrors do not.
"""

from __future__ import annotations

import json
import subprocess
import sys

LOCK = "deploy/lock/run.txt"
AUDIT = ("pip-audit", "--require-hashes", "--disable-pip", "--progress-spinner=off", "-f", "json")


def main() -> int:
    asked = [*AUDIT, "-r", LOCK]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603  ours
    try:
        rows = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        said = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        sys.stderr.write(f"audit: nothing was audited: {said}\n")
        return 0 if "onnection" in said or "imeout" in said else 1
    holes = [
        f"{row['name']} {row['version']}: {hole['id']}, fixed in {hole['fix_versions'] or '-'}"
        for row in rows
        for hole in row.get("vulns", ())
    ]
    skipped = [row["name"] for row in rows if "skip_reason" in row]
    for hole in holes:
        sys.stderr.write(f"audit: {hole}\n")
    if skipped:
        why = "the index here does not tell of vulnerabilities; run it where PyPI is reachable"
        sys.stderr.write(f"audit: {len(skipped)} of {len(rows)} packages were NOT audited: {why}\n")
    sys.stdout.write(f"audit: {len(rows) - len(skipped)} packages of {LOCK}, {len(holes)} holes\n")
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main())
