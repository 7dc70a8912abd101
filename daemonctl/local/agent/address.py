"""The address of the host that an engine runs on, where nobody says it.

An engine behind a unix socket runs on this machine, but maybe in a network namespace of its own.
The kernel tells which process listens on the socket, and shows that process's network under
``/proc/PID/net``: the host's address is the one on the way to its default gateway.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
ELSEWHERE = ("192.0.2.1", 9)
"""An address of documentation's own network: where a packet to it would leave from is asked."""


def find_address(docker_host: str) -> str:
    """Find the address of an engine's host: from its URL, its network, or this machine's."""
    return _in_url(docker_host) or _of_listener(docker_host) or _of_this_machine()


def default_address(routes: str, trie: str) -> str | None:
    """Read a host's address out of ``/proc/PID/net/route`` and ``…/fib_trie``.

    Returns:
        Its own address in the network of its default gateway; else the first that is not
        loopback; None: it has none.
    """
    own = [row for row in _local_addresses(trie) if not row.is_loopback]
    rows = [line.split() for line in routes.splitlines()[1:]]
    device = next((row[0] for row in rows if row[1] == "00000000"), None)
    networks = [
        ipaddress.IPv4Network((_address(row[1]), int(row[7], 16).bit_count()), strict=False)
        for row in rows
        if row[0] == device and row[1] != "00000000"
    ]
    for address in own:
        if any(address in network for network in networks):
            return str(address)
    return str(own[0]) if own else None


def _in_url(docker_host: str) -> str | None:
    """The engine's address where its URL has one that others can reach."""
    name = urlsplit(docker_host).hostname
    if name is None or docker_host.startswith("unix:"):
        return None
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return None
    return None if address.is_loopback or address.is_unspecified else str(address)


def _of_listener(docker_host: str) -> str | None:
    if not docker_host.startswith("unix://"):
        return None
    try:
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(1.0)
            peer.connect(docker_host.removeprefix("unix://"))
            size = struct.calcsize("3i")
            credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        net = Path("/proc") / str(struct.unpack("3i", credentials)[0]) / "net"
        return default_address((net / "route").read_text(), (net / "fib_trie").read_text())
    except (OSError, AttributeError):  # another kernel than Linux has neither
        return None


def _of_this_machine() -> str:
    """The address that a packet to elsewhere would leave from; none is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE)
        except OSError:
            return LOOPBACK
        return str(probe.getsockname()[0])


def _local_addresses(trie: str) -> list[ipaddress.IPv4Address]:
    """In the trie an address stands on one line, and what it is on the next."""
    found: dict[ipaddress.IPv4Address, None] = {}
    last = ""
    for line in trie.splitlines():
        words = line.split()
        if words[:1] == ["|--"]:
            last = words[1]
        elif words == ["/32", "host", "LOCAL"] and last:
            found[ipaddress.IPv4Address(last)] = None
    return list(found)


def _address(little_endian: str) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(struct.pack("<I", int(little_endian, 16)))
