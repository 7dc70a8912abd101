"""Whether an expression holds for a container instance.

Of a subject that does not exist only `!exists` is true. For `!=` the guide says so ("lists the
instances with the custom attribute "stack" unless the attribute value is "prod"" explains
`attribute:stack != prod`), and aws/containers-roadmap#486 reports the same of the service; `!in`
and `!~` follow it (unverified). To include instances without the attribute, write
`not(attribute:stack == prod)`.

Unverified as well: equality of text heeds case; a subject with several values (`task:group`)
satisfies `==`, `in`, `=~` and the orders when one value does, and the negated operators when none
satisfies the plain one; on an instance without tasks `task:group` does not exist, yet `!=`, `!in`,
`!~` hold for it, as anti-affinity needs; attributes are ordered as numbers where both sides are
numbers, otherwise by code point; a version, moment or count that cannot be read satisfies `!=`
and no other comparison.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Protocol

from daemonctl.planning.query.nodes import And, Compare, Exists, Match, Member, Not, Or
from daemonctl.planning.query.values import READERS, number_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemonctl.planning.query.nodes import Condition, Expression, Key

_KEY_TESTS: dict[str, Callable[[Key, Key], bool]] = {
    "==": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "==": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


class Subject(Protocol):
    """What an expression is asked about: one container instance."""

    def values(self, subject: str) -> tuple[str, ...] | None:
        """Give the values of a subject as text.

        Args:
            subject: `attribute:NAME`, `agentConnected` (`true` or `false`), `agentVersion`,
                `ec2InstanceId`, `registeredAt` (ISO 8601, or seconds since 1970),
                `runningTasksCount` or `task:group`.

        Returns:
            None where it does not exist; `("",)` for an attribute without a value; for
            `task:group` the group of each running task, so `()` on an instance without tasks.
        """


def matches(expression: Expression, subject: Subject) -> bool:
    """Whether the expression holds for the subject; see the module for what is missing."""
    if isinstance(expression, And):
        return all(matches(operand, subject) for operand in expression.operands)
    if isinstance(expression, Or):
        return any(matches(operand, subject) for operand in expression.operands)
    if isinstance(expression, Not):
        return not matches(expression.inner, subject)
    return _holds(expression, subject.values(expression.subject))


def _holds(condition: Condition, values: tuple[str, ...] | None) -> bool:
    if isinstance(condition, Exists):
        return bool(values) is not condition.negated
    if values is None:
        return False
    if isinstance(condition, Compare):
        return _compares(condition, values)
    if isinstance(condition, Member):
        return any(value in condition.arguments for value in values) is not condition.negated
    return _any_matches(condition, values) is not condition.negated


def _any_matches(condition: Match, values: tuple[str, ...]) -> bool:
    fits = condition.compiled.fullmatch
    return any(fits(value) is not None for value in values)


def _compares(condition: Compare, values: tuple[str, ...]) -> bool:
    negated = condition.operator == "!="
    name = "==" if negated else condition.operator
    if condition.key is None:
        if name == "==":
            return (condition.argument in values) is not negated
        return any(_TEXT_TESTS[name](value, condition.argument) for value in values)
    reader = READERS.get(condition.subject)
    for value in values:
        key = (reader or number_key)(value)
        if key is not None:
            held = _KEY_TESTS[name](key, condition.key)
        else:
            held = reader is None and _TEXT_TESTS[name](value, condition.argument)
        if held:
            return not negated
    return negated
