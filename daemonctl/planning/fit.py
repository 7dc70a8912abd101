"""Whether a task fits on an instance, told in numbers. ECS's own answer has the last word."""

from __future__ import annotations

from daemonctl.model.cluster import ContainerInstance, Resources


def add(one: Resources, other: Resources) -> Resources:
    """Both together."""
    return Resources(
        cpu=one.cpu + other.cpu,
        memory=one.memory + other.memory,
        tcp=one.tcp | other.tcp,
        udp=one.udp | other.udp,
    )


def shortages(needs: Resources, instance: ContainerInstance, promised: Resources) -> str:
    """What is short for ``needs`` beside what is ``promised`` to others, "" where it fits.

    ``remaining`` lists the ports that are taken (ECS's meaning). An instance that tells no
    resources at all is taken to have room: ECS will say.
    """
    registered, remaining = instance.registered, instance.remaining
    if registered.cpu == 0 and registered.memory == 0:
        return ""
    short = [
        *_amount("CPU", "units", needs.cpu, remaining.cpu - promised.cpu, registered.cpu),
        *_amount(
            "MEMORY", "MiB", needs.memory, remaining.memory - promised.memory, registered.memory
        ),
        *_ports("tcp", needs.tcp & (remaining.tcp | promised.tcp)),
        *_ports("udp", needs.udp & (remaining.udp | promised.udp)),
    ]
    return "; ".join(short)


def _amount(name: str, unit: str, need: int, left: int, whole: int) -> tuple[str, ...]:
    if need <= left:
        return ()
    return (f"{name}: needs {need} {unit}, {max(left, 0)} of {whole} left",)


def _ports(protocol: str, taken: frozenset[int]) -> tuple[str, ...]:
    if not taken:
        return ()
    listed = ", ".join(str(port) for port in sorted(taken))
    return (f"PORTS: {protocol} {listed} taken",)
