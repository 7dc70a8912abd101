"""A stand-in with registrator's contract: containers of this host become services of its Consul.

It follows gliderlabs/registrator: its flags, its service ids, its SERVICE_… metadata, and also what
it leaves out (nothing is deregistered when it ends itself, and without -resync what it missed stays
missed). It ends when the engine's event stream does, and on SIGTERM at once, as a Go program does.
"""

from __future__ import annotations

import http.client
import os
import queue
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable

from tests.real.registrator.bridge import Service, dangling, registration, services
from tests.real.registrator.options import Options, UsageError, parse
from tests.real.registrator.peers import Consul, Docker, RefusedError

FAULTS = (OSError, http.client.HTTPException, RefusedError)


def say(words: str) -> None:
    sys.stderr.write(f"{time.strftime('%Y/%m/%d %H:%M:%S')} {words}\n")


def address_of(hostname: str) -> str:
    """The address that the host's own name has, "" where it has none."""
    try:
        return socket.gethostbyname(hostname)
    except OSError:
        return ""


class Registrator:
    """One thread does all the work; the others only put into its queue."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._docker = Docker()
        self._consul = Consul(*options.consul)
        self._hostname = socket.gethostname()
        self._known: dict[str, list[Service]] = {}
        self._work: queue.Queue[Callable[[], None] | None] = queue.Queue()

    def run(self) -> int:
        """Until the engine goes away. The exit code."""
        if not self._reached():
            return 1
        events = self._docker.events()  # before the first look, so that nothing falls between
        threading.Thread(target=self._listen, args=(events,), daemon=True).start()
        self._sync()
        if self._options.resync:
            threading.Thread(target=self._tick, daemon=True).start()
        while job := self._work.get():
            job()
        say("docker event loop closed")
        return 1

    def _reached(self) -> bool:
        attempt = 0
        while True:
            try:
                say(f"consul: current leader {self._consul.leader()}")
            except FAULTS as fault:
                attempt += 1
                say(f"consul: {fault}")
                if 0 <= self._options.retry_attempts < attempt:
                    return False
                time.sleep(self._options.retry_interval / 1000)
            else:
                return True

    def _listen(self, events: object) -> None:
        try:
            for action, container in events:  # type: ignore[attr-defined]  # an iterator, for Thread any object
                step = self._add if action == "start" else self._remove
                self._work.put(lambda step=step, container=container: step(container))  # type: ignore[misc]  # mypy infers no default arguments
        except FAULTS as fault:
            say(f"docker: {fault}")
        self._work.put(None)

    def _tick(self) -> None:
        while True:
            time.sleep(self._options.resync)
            self._work.put(self._sync)

    def _sync(self) -> None:
        try:
            running = self._docker.running()
        except FAULTS as fault:
            say(f"error listing containers, skipping sync: {fault}")
            return
        for container in running:
            self._add(container)
        if self._options.cleanup:
            for container in [each for each in self._known if each not in running]:
                self._remove(container)
            self._clean()

    def _clean(self) -> None:
        kept = [service for offered in self._known.values() for service in offered]
        try:
            for each in dangling(self._consul.services(), kept, self._hostname):
                self._consul.deregister(each)
                say(f"dangling: {each}")
        except FAULTS as fault:
            say(f"cleanup failed: {fault}")

    def _add(self, container: str) -> None:
        try:
            if container not in self._known:
                inspected = self._docker.inspect(container)
                self._known[container] = services(
                    inspected, self._hostname, self._options, address_of(self._hostname)
                )
            for service in self._known[container]:
                self._consul.register(registration(service))
                say(f"added: {container[:12]} {service.id}")
        except FAULTS as fault:
            say(f"unable to register {container[:12]}: {fault}")

    def _remove(self, container: str) -> None:
        for service in self._known.pop(container, []):
            try:
                self._consul.deregister(service.id)
                say(f"removed: {container[:12]} {service.id}")
            except FAULTS as fault:
                say(f"deregister failed: {service.id}: {fault}")


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: os._exit(2))
    try:
        options = parse(sys.argv[1:])
    except UsageError as wrong:
        say(str(wrong))
        return 2
    return Registrator(options).run()


if __name__ == "__main__":
    sys.exit(main())
