"""A Consul to test with: ``python -m tests.real.consul_binary`` prints where it is.

The one on PATH, else the one that an earlier call left in ``.daemonctl/cache``, else Debian's:
the package is taken apart there, nothing is installed and root is not needed. Debian has had no
consul since bullseye, so apt is given a list of its own that names this suite.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / ".daemonctl" / "cache"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
SUITE = "bullseye"
# Where this machine's own sources are not Debian's (Ubuntu), or no longer have the suite.
ELSEWHERE = ("http://deb.debian.org/debian/", "http://archive.debian.org/debian/")
INSTEAD = "put a consul on PATH and try again"


class NoConsul(Exception):  # noqa: N818  it says a state
    """There is no Consul here and none to be had. The message says what to do."""


def consul_binary() -> Path:
    """Where a Consul is; fetches one first if there is none.

    Raises:
        NoConsul: it cannot be fetched here.
    """
    on_path = shutil.which("consul")
    if on_path:
        return Path(on_path)
    cached = CACHE / "consul"
    if not cached.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            shutil.copy2(_fetched(Path(folder)), folder + ".part")
        Path(folder + ".part").replace(cached)  # whole or not at all, also with two of us
    return cached


def _fetched(folder: Path) -> Path:
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise NoConsul(f"no consul on PATH, and no {tool} to fetch Debian's: {INSTEAD}")
    if not KEYRING.exists():
        raise NoConsul(
            f"no consul on PATH, and no {KEYRING} to check Debian's by: {INSTEAD}, "
            "or install debian-archive-keyring"
        )
    faults = []
    for mirror in _mirrors():
        try:
            return _unpacked(folder, mirror)
        except subprocess.CalledProcessError as error:
            lines = error.stderr.strip().splitlines() or [f"exit {error.returncode}"]
            faults.append(f"{mirror}: {lines[-1]}")
    raise NoConsul(
        f"no consul on PATH, and Debian's could not be fetched: {INSTEAD} ({'; '.join(faults)})"
    )


def _mirrors() -> list[str]:
    """This machine's own Debian mirrors first: they are reachable and near."""
    listed = _run(
        "apt-get", "indextargets", "--format", "$(ORIGIN) $(REPO_URI)", "Created-By: Packages"
    )
    own = [
        uri
        for origin, _, uri in (line.partition(" ") for line in listed.splitlines())
        if origin == "Debian" and "security" not in uri
    ]
    return list(dict.fromkeys([*own, *ELSEWHERE]))


def _unpacked(folder: Path, mirror: str) -> Path:
    sources = folder / "sources.list"
    sources.write_text(f"deb [signed-by={KEYRING}] {mirror} {SUITE} main\n")
    for name in ("lists/partial", "archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    options = {
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": "-",
        "Dir::State::Lists": folder / "lists",
        "Dir::Cache": folder,
        "Acquire::Retries": 2,
        "Acquire::http::Timeout": 10,
        "Acquire::Check-Valid-Until": "false",  # the suite is old, and so may be its signature
        "APT::Update::Error-Mode": "any",
        "APT::Sandbox::User": "",
    }
    apt = ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in options.items())]
    _run(*apt, "update")
    _run(*apt, "download", "consul", folder=folder)
    (package,) = folder.glob("consul_*.deb")
    _run("dpkg-deb", "--extract", str(package), str(folder / "root"))
    return folder / "root" / "usr" / "bin" / "consul"


def _run(*command: str, folder: Path | None = None) -> str:
    return subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True, timeout=300
    ).stdout


if __name__ == "__main__":
    try:
        print(consul_binary())  # noqa: T201  this is its output
    except NoConsul as error:
        sys.exit(str(error))
