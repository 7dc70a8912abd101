"""What needs Consul, and has none: a cluster's datacenter, a daemon's readiness."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from daemonctl.adapters.config.faults import Fault, Lines
from daemonctl.adapters.config.order import Rows
from daemonctl.adapters.config.tree import Tree
from daemonctl.adapters.config.words import hint

_NEEDS = "needs the top-level consul block, which says where Consul is"
_PLACE = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_PLACES = (
    "ec2InstanceId",
    "privateIp",
    "availabilityZone",
    "instanceType",
    "containerInstanceId",
    "cluster",
)


def check_consul(
    tree: Mapping[str, Tree], clusters: Rows, daemons: Rows, lines: Lines
) -> Iterator[Fault]:
    """All such faults of a config."""
    consul = tree.get("consul")
    if isinstance(consul, dict):
        yield from _node_name(consul.get("nodeName"), lines)
        return
    if consul is not None:
        return  # told elsewhere: no mapping
    election = tree.get("leaderElection")
    if isinstance(election, dict) and election.get("enabled", True) is True:
        yield lines.fault(("leaderElection",), _NEEDS)
    for path, row in clusters:
        if row.get("consul") is not None:
            yield lines.fault((*path, "consul"), _NEEDS)
    for path, row in daemons:
        ready = row.get("ready")
        wanted = ready.get("consul") if isinstance(ready, dict) else None
        if isinstance(wanted, dict) and True in wanted.values():
            yield lines.fault((*path, "ready", "consul"), _NEEDS)


def _node_name(template: Tree, lines: Lines) -> Iterator[Fault]:
    if not isinstance(template, str):
        return
    names = _PLACE.findall(template)
    for name in names:
        if name not in _PLACES and not re.fullmatch(r"attribute:[^{}\s]+", name):
            words = f'nothing fills in "{{{{{name}}}}}"{hint(name, list(_PLACES))}'
            yield lines.fault(("consul", "nodeName"), words)
    if not names:
        words = "has to differ between instances: put {{ec2InstanceId}} or the like into it"
        yield lines.fault(("consul", "nodeName"), words)
