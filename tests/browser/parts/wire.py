"""A wire between a browser and the listener that can be cut and mended."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_CHUNK = 64 * 1024


class Wire:
    """``url`` reaches what is behind it while ``whole``."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self.whole = True
        self._passing = threading.Event()
        self._passing.set()
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._start(self._accept)

    def cut(self) -> None:
        """Every connection ends; a new one ends before it has begun."""
        with self._lock:
            self.whole = False
            ends, self._ends = self._ends, []
        for end in ends:
            _end(end)

    def mend(self) -> None:
        """New connections go through again."""
        self.whole = True

    def stall(self) -> None:
        """Nothing is passed on any more, and nobody is told: a host that went, a cable pulled."""
        self._passing.clear()

    def flow(self) -> None:
        """What waited comes, and what follows."""
        self._passing.set()

    def close(self) -> None:
        """Ends all of it."""
        self._passing.set()
        _end(self._listener)
        self.cut()
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _start(self, what: object, *arguments: object) -> None:
        thread = threading.Thread(target=what, args=arguments)  # type: ignore[arg-type]  # a method
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self._join(near)

    def _join(self, near: socket.socket) -> None:
        with self._lock:
            if not self.whole:
                near.close()
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._behind))
            except OSError:
                near.close()
                return
            self._ends += [near, far]
        self._start(self._pass, near, far)
        self._start(self._pass, far, near)

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with source, contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                self._passing.wait()
                sink.sendall(data)
        _end(sink)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


@contextmanager
def wired(port: int) -> Iterator[Wire]:
    """Whole until the block cuts it."""
    wire = Wire(port)
    try:
        yield wire
    finally:
        wire.close()
