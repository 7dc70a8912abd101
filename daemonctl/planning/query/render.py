"""An expression as text, in one canonical form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from daemonctl.planning.query.nodes import And, Compare, Exists, Match, Member, Not, Or

if TYPE_CHECKING:
    from daemonctl.planning.query.nodes import Condition, Expression

_NEEDS_NO_QUOTES = re.compile(r"[A-Za-z0-9_.:/@*?+-]+")


def render(expression: Expression) -> str:
    """Write an expression so that `parse` gives an equal one back.

    Raises:
        ValueError: an argument holds both kinds of quotes, which no text can say; an expression
            that `parse` made never does.
    """
    if isinstance(expression, Or):
        # `and` binds tighter, so only an `or` in an `or` needs its parentheses kept.
        return " or ".join(_wrapped(operand, (Or,)) for operand in expression.operands)
    if isinstance(expression, And):
        return " and ".join(_wrapped(operand, (And, Or)) for operand in expression.operands)
    if isinstance(expression, Not):
        return f"not ({render(expression.inner)})"
    return _condition(expression)


def _wrapped(operand: Expression, loose: tuple[type, ...]) -> str:
    return f"({render(operand)})" if isinstance(operand, loose) else render(operand)


def _condition(condition: Condition) -> str:
    if isinstance(condition, Exists):
        return f"{condition.subject} {_bang(condition)}exists"
    if isinstance(condition, Compare):
        return f"{condition.subject} {condition.operator} {_argument(condition.argument)}"
    if isinstance(condition, Member):
        listed = ", ".join(_argument(argument) for argument in condition.arguments)
        return f"{condition.subject} {_bang(condition)}in [{listed}]"
    return _match(condition)


def _match(condition: Match) -> str:
    sign = "!~" if condition.negated else "=~"
    return f"{condition.subject} {sign} {_argument(condition.pattern)}"


def _bang(condition: Exists | Member) -> str:
    return "!" if condition.negated else ""


def _argument(text: str) -> str:
    if _NEEDS_NO_QUOTES.fullmatch(text):
        return text
    for quote in ("'", '"'):
        if quote not in text:
            return f"{quote}{text}{quote}"
    raise ValueError(f"an argument cannot hold both kinds of quotes: {text!r}")
