"""The filters of DescribeInstances: all must match, one value of each is enough."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from daemonctl.local.world import fields
from daemonctl.local.world.errors import WorldError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

INSTANCE_ID = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})")


class Machine(Protocol):
    """A host as EC2 knows it; times in epoch seconds."""

    id: str
    zone: str
    instance_type: str
    image_id: str
    private_ip: str
    vpc_id: str
    subnet_id: str
    launched_at: float
    state: str
    state_reason: str
    terminated_at: float | None
    tags: dict[str, str]


READERS: dict[str, Callable[[Machine], str]] = {
    "availability-zone": lambda host: host.zone,
    "image-id": lambda host: host.image_id,
    "instance-id": lambda host: host.id,
    "instance-state-name": lambda host: host.state,
    "instance-type": lambda host: host.instance_type,
    "private-ip-address": lambda host: host.private_ip,
    "subnet-id": lambda host: host.subnet_id,
    "vpc-id": lambda host: host.vpc_id,
}


def filtered(hosts: list[Machine], filters: list[Mapping[str, object]]) -> list[Machine]:
    """Keep the hosts that every filter matches.

    Raises:
        WorldError: ``InvalidParameterValue``, a filter of an unknown name.
    """
    for row in filters:
        values = _values_of(fields.need_text(row, "Name"))
        patterns = [_pattern(text) for text in fields.texts(row, "Values")]
        hosts = [
            host
            for host in hosts
            if any(pattern.fullmatch(value) for pattern in patterns for value in values(host))
        ]
    return hosts


def _values_of(name: str) -> Callable[[Machine], list[str]]:
    if name in READERS:
        return lambda host: [READERS[name](host)]
    if name == "tag-key":
        return lambda host: list(host.tags)
    if name.startswith("tag:"):
        key = name.removeprefix("tag:")
        return lambda host: [host.tags[key]] if key in host.tags else []
    raise WorldError("InvalidParameterValue", f"The filter '{name}' is invalid")


def _pattern(text: str) -> re.Pattern[str]:
    """EC2's wildcards: ``*`` any characters, ``?`` one, a backslash takes the next as it is."""
    found = re.sub(
        r"\\(.)|(\*)|(\?)|(.)",
        lambda m: ".*" if m[2] else "." if m[3] else re.escape(m[1] or m[4]),
        text,
        flags=re.DOTALL,
    )
    return re.compile(found, re.DOTALL)
