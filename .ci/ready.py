"""Exit 0 if this interpreter has daemonctl from this tree and all that a lock names, else 1."""

import re
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def pinned(lock: Path) -> dict[str, str]:
    """The packages of a lock that every machine needs, and their versions.

    A line with a marker is left to pip: to read markers takes a package that may be missing here.
    """
    found = re.findall(r"^([a-z0-9.-]+)==(\S+) \\$", lock.read_text("utf-8"), re.MULTILINE)
    return dict(found)


def ready(level: str) -> bool:
    """Whether nothing needs to be installed."""
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != ROOT]
    spec = find_spec("daemonctl")
    if spec is None or spec.origin is None or ROOT not in Path(spec.origin).resolve().parents:
        return False
    version("daemonctl")
    packages = pinned(ROOT / "deploy" / "lock" / f"{level}.txt")
    return all(version(name) == wanted for name, wanted in packages.items())


if __name__ == "__main__":
    try:
        sys.exit(0 if sys.version_info >= (3, 11) and ready(sys.argv[1]) else 1)
    except PackageNotFoundError:
        sys.exit(1)
