"""A lab: a bridge, hosts behind it, a registry; all of it ends with the process that made it."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.real.parts.clean import MARK, ROOT, allow, clean, name
from tests.real.parts.host import Host
from tests.real.parts.machine import prepare
from tests.real.parts.registry import Registry
from tests.real.parts.shell import PartsError, run

LABS = 16
PROJECT = Path(__file__).resolve().parents[3]


class Lab:
    """Made by ``with Lab() as lab``; several can be there side by side.

    ``address`` is the machine's own on the bridge: what runs outside the hosts listens there.
    """

    def __init__(self) -> None:
        prepare()
        ROOT.mkdir(mode=0o700, exist_ok=True)
        self._lock, self.index = _take()
        self.folder = ROOT / str(self.index)
        self.name = name(self.index)
        self.subnet = f"10.77.{self.index}"
        self.address = f"{self.subnet}.1"
        self.env = {**os.environ, MARK: str(self.folder)}
        """For every process that belongs to the lab."""
        self.hosts: list[Host] = []
        self._guard: subprocess.Popen[bytes] | None = None
        self._registry: Registry | None = None
        self._children: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        clean(self.index)
        command = [sys.executable, "-m", "tests.real.parts.guard", str(self.index)]
        self._guard = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            cwd=PROJECT,
            pass_fds=[self._lock],  # nobody takes this lab's place before it has been cleaned
            start_new_session=True,
        )
        run("ip", "link", "add", self.name, "type", "bridge")
        run("ip", "addr", "add", f"{self.address}/24", "dev", self.name)
        run("ip", "link", "set", self.name, "up")
        allow(self.index)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._guard and self._guard.stdin:
            self._guard.stdin.close()
            self._guard.wait()
        for child in self._children:
            child.wait()
        os.close(self._lock)

    @property
    def registry(self) -> Registry:
        """Started when first asked for."""
        if self._registry is None:
            self._registry = Registry(self.address, self.folder, self.start)
        return self._registry

    def add_host(self, *, live_restore: bool = True) -> Host:
        """A host with nothing on it but its Docker engine, which is starting."""
        host = Host(self, len(self.hosts) + 1, live_restore=live_restore)
        self.hosts.append(host)
        return host

    def start(
        self, *command: str, log: Path, env: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """A process of the lab, outside the hosts, whose output goes to ``log``."""
        with log.open("ab") as out:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**self.env, **(env or {})},
                cwd=PROJECT,
                start_new_session=True,
            )
        self._children.append(child)
        return child


def _take() -> tuple[int, int]:
    """The lock and number of a place that nobody has; what a dead lab left in others goes too."""
    taken: tuple[int, int] | None = None
    for index in range(LABS):
        folder = ROOT / str(index)
        if taken and not folder.is_dir():
            continue
        folder.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        if taken is None:
            taken = (lock, index)
        else:
            clean(index)
            os.close(lock)
    if taken is None:
        raise PartsError(f"{LABS} labs are running already; end one")
    return taken
