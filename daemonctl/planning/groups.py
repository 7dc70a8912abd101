"""Which task groups the placement constraints ask about: their tasks have to be known."""

from __future__ import annotations

from daemonctl.model.desired import Desired
from daemonctl.planning.query import Expression, parse
from daemonctl.planning.query.nodes import And, Compare, Match, Member, Not, Or

SUBJECT = "task:group"


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
