"""Which task groups the rules of a cluster ask about: their tasks have to be known."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from daemonctl.model.desired import Desired
from daemonctl.model.spec import DaemonSpec
from daemonctl.planning.query import Expression, parse
from daemonctl.planning.query.nodes import And, Compare, Match, Member, Not, Or

SUBJECT = "task:group"
SERVICE = "service:"
"""How the group of a service's task begins (ECS API: group)."""


def service_of(group: str) -> str:
    """The service that a task belongs to, "" for a standalone one."""
    return group.removeprefix(SERVICE) if group.startswith(SERVICE) else ""


def named(pattern: str, service: str) -> bool:
    """Whether a service's name is meant by a name of the config; ``*`` is any characters."""
    return _compiled(pattern).fullmatch(service) is not None


def any_named(patterns: Iterable[str], group: str) -> bool:
    """Whether a task group is of a service that one of the names means."""
    service = service_of(group)
    return bool(service) and any(named(pattern, service) for pattern in patterns)


def services_asked(desired: Desired) -> tuple[str, ...]:
    """The services whose tasks some rule of a daemon needs to know, as names or patterns."""
    found = [name for daemon in desired.daemons for name in _of_rules(daemon.spec)]
    constraints = [service_of(group) for group in groups_asked(desired)]
    return tuple(dict.fromkeys(name for name in (*constraints, *found) if name))


def _of_rules(spec: DaemonSpec) -> tuple[str, ...]:
    return () if spec.only_with is None else spec.only_with.services


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))))


def groups_asked(desired: Desired) -> tuple[str, ...]:
    """The groups that constraints name (``service:web``, ``family:job``), each once, in order."""
    texts = [text for daemon in desired.daemons for text in daemon.spec.constraints]
    return tuple(dict.fromkeys(name for text in texts for name in _named(parse(text))))


def matched_by_pattern(expression: Expression) -> bool:
    """Whether task groups are matched by a pattern: nobody could list the tasks it means."""
    return any(isinstance(leaf, Match) and leaf.subject == SUBJECT for leaf in _leaves(expression))


def _named(expression: Expression) -> tuple[str, ...]:
    names: tuple[str, ...] = ()
    for leaf in _leaves(expression):
        if isinstance(leaf, Compare) and leaf.subject == SUBJECT:
            names += (leaf.argument,)
        elif isinstance(leaf, Member) and leaf.subject == SUBJECT:
            names += leaf.arguments
    return names


def _leaves(expression: Expression) -> tuple[Expression, ...]:
    if isinstance(expression, Not):
        return _leaves(expression.inner)
    if isinstance(expression, (And, Or)):
        return tuple(leaf for operand in expression.operands for leaf in _leaves(operand))
    return (expression,)
