"""Breaks of the rules about Consul nodes whose hosts are gone."""

from __future__ import annotations

from tests.mutants.breaks import Break
from tests.mutants.planning_breaks import planning

_CHECK = "tests/unit/check/test_ghosts.py"


def _ghost(name: str, old: str, new: str) -> Break:
    return planning(f"ghosts: {name}", "ghosts", old, new)


def _check(name: str, old: str, new: str) -> Break:
    return Break(f"check: ghosts: {name}", "daemonctl/check/ghosts.py", old, new, (_CHECK,))


BREAKS = (
    _ghost(
        "another cluster's nodes are ours",
        'if short(node.meta.get(CLUSTER_META, "")) != cluster or not instance or',
        "if not instance or",
    ),
    _ghost("a node needs no container instance", "or not instance or", "or"),
    _ghost("a template that nobody filled in is an id", 'or "{" in instance:', ":"),
    _ghost(
        "what is no EC2 instance is one",
        'return Identity(Ec2InstanceId(ec2), instance) if ec2.startswith("i-") else None',
        "return Identity(Ec2InstanceId(ec2), instance)",
    ),
    _ghost(
        "what drains is drained",
        'drains = host.instance.status == "DRAINING" and host.draining_since is not None',
        "return True",
    ),
    _ghost(
        "tasks that were never listed are gone",
        "return drains and host.listed_at is not None and",
        "return drains and",
    ),
    _ghost(
        "what runs on a drained host is overlooked",
        "all(task.stopped for task in host.tasks)",
        "True",
    ),
    _ghost(
        "the living are suspected",
        "if identity is None or node.serf is Serf.ALIVE:",
        "if identity is None:",
    ),
    _ghost(
        "drained hosts are asked for at EC2",
        "found.append(Suspect(node, identity, not drained))",
        "found.append(Suspect(node, identity, True))",
    ),
    _ghost("a server goes", "if entry.server or entry.node.name in servers:", "if False:"),
    _ghost(
        "a server is known by its own entry alone",
        "if entry.server or entry.node.name in servers:",
        "if entry.server:",
    ),
    _ghost(
        "the living go",
        'return "its agent is alive" if entry.node.serf is Serf.ALIVE else ""',
        'return ""',
    ),
    _ghost(
        "what was read of one host counts for another",
        "if identity.ec2_id != evidence.ec2_id:",
        "if False:",
    ),
    _ghost(
        "a host that left is drained whoever registered since",
        "if evidence.left and not instances:",
        "if evidence.left:",
    ),
    _ghost(
        "one drained registration speaks for all of a host",
        "if evidence.empty and len(instances) == 1 and",
        "if evidence.empty and instances and",
    ),
    _ghost("any drained host speaks for any node", "and short(instance.arn) ==", "or"),
    _ghost(
        "tasks are left on a drained host",
        "none = instance.running_tasks == 0 and instance.pending_tasks == 0",
        "none = True",
    ),
    _ghost(
        "a stopped machine is gone",
        'if evidence.machine == "terminated":',
        'if evidence.machine in ("terminated", "stopped"):',
    ),
    _ghost(
        "a connected host is gone",
        "if any(instance.connected for instance in instances):",
        "if False:",
    ),
    _ghost("what nobody asked is unknown", 'if evidence.machine != "":', "if evidence.machine:"),
    _ghost("what was never seen is forgotten", "if seen_at is None:", "if False:"),
    _ghost(
        "a young host is forgotten",
        "if now < seen_at + FORGOTTEN_SECONDS:",
        "if now < seen_at:",
    ),
    _ghost(
        "a minute lasts for ever",
        "sum(now < at + WINDOW_SECONDS for at in removed_at)",
        "len(removed_at)",
    ),
    _ghost("no cap a minute", "min(spec.per_minute, spec", "max(spec.per_minute, spec"),
    _ghost(
        "the share shrinks as nodes go",
        "spec.max_share.of(nodes + lately)",
        "spec.max_share.of(nodes)",
    ),
    _check("another node", "if entry.node.name != ghost.node or meta", "if meta"),
    _check(
        "another host", "if entry.node.name != ghost.node or meta.get(EC2_META) != ghost.ec2_id:",
        "if entry.node.name != ghost.node:",
    ),
    _check("another host's evidence", "if evidence.ec2_id != ghost.ec2_id:", "if False:"),
    _check("another cluster", 'if short(meta.get(CLUSTER_META, "")) != cluster or', "if"),
    _check("no container instance", " or not meta.get(INSTANCE_META):", ":"),
    _check("no EC2 instance", 'if not ghost.ec2_id.startswith("i-"):', "if False:"),
    _check("a server", "if entry.server or ghost.node in servers:", "if entry.server:"),
    _check("the living", "    if entry.node.serf is Serf.ALIVE:", "    if False:"),
    _check("no proof", "    if not proven:", "    if False:"),
    _check("left, and came back", "if not evidence.instances:", "if evidence.left:"),
    _check("full", "return evidence.empty and states ==", "return states =="),
    _check("running", 'return evidence.machine == "terminated"', "return True"),
    _check(
        "unasked is unknown",
        "unknown = evidence.machine is not None and not evidence.machine",
        "unknown = not evidence.machine",
    ),
    _check("connected", "return unknown and away and", "return unknown and"),
    _check("never seen", " evidence.seen_at is not None and now >=", " now >="),
    _check("young", "now >= evidence.seen_at + _FORGETS", "now >= evidence.seen_at"),
    _check("back alive", "    if after.node.serf is Serf.ALIVE:", "    if False:"),
    _check(
        "changed since",
        "if (after.id, after.index, after.server) != (before.id, before.index, before.server):",
        "if False:",
    ),
    _check(
        "moved since",
        "if (after.node.address, after.node.meta) != (before.node.address, before.node.meta):",
        "if False:",
    ),
    _check("too fast", "if len(lately) >= spec.per_minute:", "if False:"),
    _check("too many", "if len(lately) >= spec.max_share.of(nodes + len(lately)):", "if False:"),
)  # fmt: skip
