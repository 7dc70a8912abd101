"""SRV look-ups over UDP: as much of DNS (RFC 1035, RFC 2782) as finding a service takes."""

from __future__ import annotations

import secrets
import socket
import struct
from dataclasses import dataclass, field

A, SRV = 1, 33


class LookupFailedError(Exception):
    """No usable answer; the words say why."""


@dataclass
class _Reader:
    data: bytes
    at: int = 0

    def numbers(self, form: str) -> tuple[int, ...]:
        start, self.at = self.at, self.at + struct.calcsize(form)
        return struct.unpack_from(form, self.data, start)

    def name(self) -> str:
        """A name; a compressed one goes on elsewhere in the message."""
        labels: list[str] = []
        back = 0
        while length := self.data[self.at]:
            if length >= 0xC0:
                (pointer,) = self.numbers("!H")
                back = back or self.at
                self.at = pointer & 0x3FFF
                continue
            labels.append(self.data[self.at + 1 : self.at + 1 + length].decode("ascii"))
            self.at += 1 + length
        self.at = back or self.at + 1
        return ".".join(labels).lower()


@dataclass
class _Answer:
    targets: list[tuple[str, int]] = field(default_factory=list)
    addresses: dict[str, str] = field(default_factory=dict)


def question(name: str, number: int) -> bytes:
    """The message that asks for the SRV records of a name."""
    labels = b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split("."))
    return struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + labels + struct.pack("!xHH", SRV, 1)


def read(message: bytes, number: int) -> list[tuple[str, int]]:
    """Address and port of each target of an answer.

    Raises:
        LookupFailedError: An error, another question's answer, or nothing in it.
    """
    reader = _Reader(message)
    found = _Answer()
    try:
        got, flags, questions, *counts = reader.numbers("!6H")
        if got != number or flags & 0xF:
            raise LookupFailedError(f"DNS answer {got} with code {flags & 0xF}")
        for _ in range(questions):
            reader.name()
            reader.numbers("!HH")
        for _ in range(sum(counts)):
            _record(reader, found)
    except (struct.error, IndexError, UnicodeDecodeError) as wrong:
        raise LookupFailedError(f"DNS answer cut short: {wrong}") from None
    targets = [
        (found.addresses[host], port) for host, port in found.targets if host in found.addresses
    ]
    if not targets:
        raise LookupFailedError("DNS answer without a target")
    return targets


def _record(reader: _Reader, found: _Answer) -> None:
    name = reader.name()
    kind, _, _, length = reader.numbers("!HHIH")
    end = reader.at + length
    if kind == SRV:
        _, _, port = reader.numbers("!HHH")
        found.targets.append((reader.name(), port))
    elif kind == A:
        found.addresses[name] = socket.inet_ntoa(reader.data[reader.at : end])
    reader.at = end


def resolve(name: str, server: str, port: int = 53, patience: float = 0.5) -> list[tuple[str, int]]:
    """Ask a DNS server.

    Raises:
        LookupFailedError: No answer in time, or no target in it.
    """
    number = secrets.randbelow(0x10000)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(patience)
        try:
            line.connect((server, port))
            line.send(question(name, number))
            return read(line.recv(4096), number)
        except OSError as fault:
            raise LookupFailedError(f"DNS server {server}:{port}: {fault}") from None
