"""Lets what runs on the lab's hosts reach a port of this machine's loopback."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def forwarded(address: str, port: int) -> Iterator[str]:
    """``address:port`` that ends at 127.0.0.1:``port`` for as long as the context lasts."""
    with socket.create_server((address, 0)) as door:
        threading.Thread(target=_let_in, args=(door, port), daemon=True).start()
        host, at = door.getsockname()[:2]
        yield f"{host}:{at}"


def _let_in(door: socket.socket, port: int) -> None:
    with contextlib.suppress(OSError):  # the door was closed
        while True:
            guest, _ = door.accept()
            threading.Thread(target=_carry, args=(guest, port), daemon=True).start()


def _carry(guest: socket.socket, port: int) -> None:
    with (
        contextlib.suppress(OSError),
        guest,
        selectors.DefaultSelector() as ready,
        socket.create_connection(("127.0.0.1", port)) as inside,
    ):
        ready.register(guest, selectors.EVENT_READ, inside)
        ready.register(inside, selectors.EVENT_READ, guest)
        while True:
            for key, _ in ready.select():
                assert isinstance(key.fileobj, socket.socket)
                said = key.fileobj.recv(65536)
                if not said:
                    return
                key.data.sendall(said)
