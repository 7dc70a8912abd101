"""Ending what a lab left, found by name alone: also when it was killed and remembers nothing."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from pathlib import Path

from tests.real.parts.shell import attempt

ROOT = Path("/var/tmp/daemonctl-real")  # noqa: S108  one folder a lab, root's own, mode 700
"""On a disk, since engines cannot keep images on tmpfs or overlay."""
MARK = "LAB_OF_DAEMONCTL"
"""Environment variable of every process of a lab; its value is the lab's folder. What tests start
without DAEMONCTL_… of whoever runs them keeps it, too."""
_NETNS = Path("/run/netns")
_CGROUPS = Path("/sys/fs/cgroup")


def name(index: int) -> str:
    """Of the lab's bridge and cgroup, and what its namespaces' names begin with."""
    return f"dctl{index}"


def clean(index: int) -> None:
    """End and remove everything of the lab. What is not there is passed over."""
    folder = ROOT / str(index)
    namespaces = sorted(_NETNS.glob(f"{name(index)}-*")) if _NETNS.is_dir() else []
    _kill(folder)
    for namespace in namespaces:
        attempt("ip", "netns", "delete", namespace.name)
    if attempt("ip", "link", "delete", name(index)):
        while attempt("iptables", "-D", "FORWARD", *_rule(index)):
            pass
    deadline = time.monotonic() + 20  # the kernel takes a host apart after its last process
    while _leavings(index) and time.monotonic() < deadline:
        for path in _leavings(index):
            _remove(path)
        time.sleep(0.02)


def _leavings(index: int) -> list[Path]:
    folder = ROOT / str(index)
    files = [each for each in folder.iterdir() if each.name != "lock"] if folder.is_dir() else []
    return [*files, *_CGROUPS.glob(name(index)), *_CGROUPS.glob(f"*/{name(index)}")]


def allow(index: int) -> None:
    """Hosts of one lab reach each other, whatever the machine's firewall thinks of forwarding."""
    attempt("iptables", "-I", "FORWARD", *_rule(index))


def _rule(index: int) -> tuple[str, ...]:
    return ("-i", name(index), "-o", name(index), "-j", "ACCEPT")


def _kill(folder: Path) -> None:
    """Until nobody is left: a process may have been starting another."""
    deadline = time.monotonic() + 20
    while (left := _marked(folder)) and time.monotonic() < deadline:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def _marked(folder: Path) -> list[int]:
    """Processes that carry the mark. A host's containers do not, and end with its first process."""
    mark = f"{MARK}={folder}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found


def _remove(path: Path) -> None:
    if _CGROUPS in path.parents:
        inner = sorted((group for group in path.rglob("*") if group.is_dir()), reverse=True)
        for group in (*inner, path):
            with contextlib.suppress(OSError):
                group.rmdir()
    elif path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink()
