"""A container instance: namespaces of its own, and a Docker engine in them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from tests.real.parts.machine import which
from tests.real.parts.shell import PartsError, attempt, run, runs, wait_for

if TYPE_CHECKING:
    from tests.real.parts.lab import Lab

_INIT = Path(__file__).with_name("host_init.sh")


class Host:
    """``address`` on the lab's bridge, ``docker`` the engine's URL from outside.

    Its own network, process ids, host name and mounts: ``/run``, ``/etc/consul.d`` and
    ``/var/lib/consul`` are this host's own (``folder``/run, /consul.d, /consul from outside).
    """

    def __init__(self, lab: Lab, number: int, *, live_restore: bool) -> None:
        self.address = f"{lab.subnet}.{10 + number}"
        self.hostname = "ip-" + self.address.replace(".", "-")
        self.folder = lab.folder / f"host{number}"
        for name in ("run", "consul.d", "consul", "machine-etc", "data"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "machine-id").write_text(f"{uuid.uuid4().hex}\n", "utf-8")
        self.socket = self.folder / "run" / "docker.sock"
        self.docker = f"unix://{self.socket}"
        self._lab = lab
        self._live_restore = live_restore
        self._netns = f"{lab.name}-h{number}"
        self._network(f"{lab.name}v{number}")
        self._plug = self._boot()
        self.first = int(_children(self._plug.pid).split()[0])
        self.start_engine()

    def _network(self, cable: str) -> None:
        run("ip", "netns", "add", self._netns)
        run(
            "ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", self._netns
        )
        run("ip", "link", "set", cable, "master", self._lab.name, "up")
        inside = ("ip", "-n", self._netns)
        run(*inside, "addr", "add", f"{self.address}/24", "dev", "eth0")
        run(*inside, "link", "set", "eth0", "up")
        run(*inside, "link", "set", "lo", "up")
        run(*inside, "route", "add", "default", "via", self._lab.address)

    def _boot(self) -> subprocess.Popen[bytes]:
        own = ("unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc")
        plug = self._lab.start(
            *("nsenter", f"--net=/run/netns/{self._netns}", *own),
            *("sh", str(_INIT), str(self.folder), self.hostname, self.address),
            log=self.folder / "init.log",
        )
        wait_for((self.folder / "up").exists, f"host {self.hostname} ({self.folder}/init.log)")
        return plug

    def enter(self, *command: str) -> tuple[str, ...]:
        """The command line that runs this on the host."""
        return (*("nsenter", "-t", str(self.first), "--net", "--mount", "--uts", "--pid"), *command)

    def start_engine(self) -> None:
        """Begin starting it; ``ready`` waits. Also after ``kill_engine``."""
        (self.folder / "run" / "docker.pid").unlink(missing_ok=True)
        dockerd = which("dockerd")
        if dockerd is None:
            raise PartsError("no dockerd on PATH: install docker.io")
        options = [
            f"--data-root={self.folder}/data",
            f"--insecure-registry={self._lab.subnet}.0/24",
            f"--cgroup-parent=/{self._lab.name}",
            "--exec-opt=native.cgroupdriver=cgroupfs",
            "--bip=172.17.0.1/16",
            "--shutdown-timeout=1",
            "--log-level=warn",
        ]
        if self._live_restore:
            options.append("--live-restore")
        self._lab.start(*self.enter(dockerd, *options), log=self.folder / "engine.log")

    def ready(self) -> None:
        """Wait for the engine.

        Raises:
            PartsError: It does not answer.
        """
        said = f"engine {self.docker} ({self.folder}/engine.log)"
        wait_for(lambda: attempt("docker", "-H", self.docker, "version"), said, 60)

    def engine_pid(self) -> int:
        """Of dockerd, as seen from outside."""
        here = Path(f"/proc/{self.first}/ns/pid").readlink()
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if not entry.name.isdigit() or (entry / "ns/pid").readlink() != here:
                    continue
                if (entry / "comm").read_text("utf-8") == "dockerd\n" and runs(int(entry.name)):
                    return int(entry.name)
        raise PartsError(f"no engine runs on {self.hostname}")

    def kill_engine(self) -> None:
        """SIGKILL: its containers live on."""
        pid = self.engine_pid()
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not runs(pid), f"the end of engine {pid}")

    def pull_the_plug(self) -> None:
        """The machine is gone, and all that ran on it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.first, signal.SIGKILL)
        self._plug.wait()
        attempt("ip", "-n", self._netns, "link", "delete", "eth0")

    def run(self, *command: str) -> str:
        """Run a command on the host."""
        return run(*self.enter(*command))

    def cli(self, *arguments: str) -> str:
        """The docker command against this engine."""
        return run("docker", "-H", self.docker, *arguments)


def _children(pid: int) -> str:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8")
