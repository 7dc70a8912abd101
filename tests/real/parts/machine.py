"""What the machine must have: Debian or Ubuntu, root, some packages from its own sources."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.real.parts.shell import PartsError, attempt, run

PROGRAMS = {
    "dockerd": "docker.io",
    "curl": "curl",
    "ip": "iproute2",
    "iptables": "iptables",
    "nsenter": "util-linux",
    "docker-registry": "docker-registry",
    "rsyslogd": "rsyslog",
    "prometheus-node-exporter": "prometheus-node-exporter",
    "prometheus": "prometheus",
    "promtool": "prometheus",
}
"""Program to the package that has it."""

_POLICY = Path("/usr/sbin/policy-rc.d")
"""Debian's switch: whether a package may start its service when it is installed."""


def prepare() -> None:
    """Install what is missing. Services of these packages are not started.

    Raises:
        PartsError: Not root, not Debian or Ubuntu, or apt could not install something.
    """
    if os.geteuid() != 0:
        raise PartsError("the real parts need root: network namespaces and Docker engines")
    lacking = [package for program, package in PROGRAMS.items() if not which(program)]
    install(list(dict.fromkeys(lacking)))
    if not which("docker"):
        install(["docker-cli"])  # a package of its own since Debian 13
    if not Path("/usr/bin/python3").exists():
        install(["python3"])  # for images; the one that runs this may be another


def install(missing: list[str]) -> None:
    """Packages, without a start of their services. Raises PartsError."""
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise PartsError(f"missing: {' '.join(missing)}; install them and try again")
    sys.stderr.write(f"installing {' '.join(missing)}\n")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    with _services_stay_off():
        run("apt-get", "update", "-qq")
        run("apt-get", "install", "-qq", "-y", "--no-install-recommends", *missing)


def which(program: str) -> str | None:
    """Its path; /usr/sbin counts also where a shell leaves it out."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


@contextmanager
def _services_stay_off() -> Iterator[None]:
    if _POLICY.exists() or not attempt("test", "-d", "/run/systemd/system"):
        yield
        return
    _POLICY.write_text("#!/bin/sh\nexit 101\n", "utf-8")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink()
