"""CPU, memory and host ports: what a task needs and what a host has left."""

from __future__ import annotations

from dataclasses import dataclass, field

RESERVED_TCP = (22, 2375, 2376, 51678, 51679)
"""TCP ports that the agent reports as taken by default (agent source)."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What one task takes: CPU units (1024 a vCPU), memory in MiB, static host ports."""

    cpu: int = 0
    memory: int = 0
    tcp: tuple[int, ...] = ()
    udp: tuple[int, ...] = ()


@dataclass(slots=True)
class Room:
    """What is left of a host; ports are kept as the taken ones, as ECS shows them."""

    cpu: int
    memory: int
    tcp: dict[int, None] = field(default_factory=lambda: dict.fromkeys(RESERVED_TCP))
    udp: dict[int, None] = field(default_factory=dict)

    def lack(self, needs: Needs) -> str | None:
        """The first resource that is short, in the words of ``failures[].reason``, or None."""
        if needs.cpu > self.cpu:
            return "RESOURCE:CPU"
        if needs.memory > self.memory:
            return "RESOURCE:MEMORY"
        if any(port in self.tcp for port in needs.tcp):
            return "RESOURCE:PORTS"
        if any(port in self.udp for port in needs.udp):
            return "RESOURCE:PORTS"
        return None

    def take(self, needs: Needs) -> None:
        """Reserve; the caller has asked ``lack`` before."""
        self.cpu -= needs.cpu
        self.memory -= needs.memory
        self.tcp.update(dict.fromkeys(needs.tcp))
        self.udp.update(dict.fromkeys(needs.udp))

    def give(self, needs: Needs) -> None:
        """Free what ``take`` reserved."""
        self.cpu += needs.cpu
        self.memory += needs.memory
        for port in needs.tcp:
            self.tcp.pop(port, None)
        for port in needs.udp:
            self.udp.pop(port, None)

    def copy(self) -> Room:
        """An independent copy."""
        return Room(self.cpu, self.memory, dict(self.tcp), dict(self.udp))


def room_wire(room: Room) -> list[dict[str, object]]:
    """A room as ``registeredResources`` and ``remainingResources`` show it."""
    return [
        _integer("CPU", room.cpu),
        _integer("MEMORY", room.memory),
        _ports("PORTS", room.tcp),
        _ports("PORTS_UDP", room.udp),
    ]


def _integer(name: str, value: int) -> dict[str, object]:
    return {
        "name": name,
        "type": "INTEGER",
        "doubleValue": 0.0,
        "longValue": 0,
        "integerValue": value,
    }


def _ports(name: str, taken: dict[int, None]) -> dict[str, object]:
    return {
        "name": name,
        "type": "STRINGSET",
        "doubleValue": 0.0,
        "longValue": 0,
        "integerValue": 0,
        "stringSetValue": [str(port) for port in taken],
    }
