"""From text to expression.

Grammar, loosest first: `or` (`||`), `and` (`&&`), `not` (`!`), then a condition or parentheses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from daemonctl.planning.query import lex, nodes
from daemonctl.planning.query.pattern import PatternError, compile_pattern
from daemonctl.planning.query.values import ARGUMENT_READERS, number_key

if TYPE_CHECKING:
    from daemonctl.planning.query.nodes import Comparator, Condition, Expression, Key

MAX_DEPTH = 32
"""Deepest nesting of parentheses and `not`, so that no text can exhaust the stack."""

_OPERATORS = {
    "equals": "==",
    "not_equals": "!=",
    "greater_than": ">",
    "greater_than_equal": ">=",
    "less_than": "<",
    "less_than_equal": "<=",
    "exists": "exists",
    "not_exists": "!exists",
    "in": "in",
    "not_in": "!in",
    "matches": "=~",
    "not_matches": "!~",
}
_EQUALITY = ("==", "!=")
_ORDERED = (*_EQUALITY, ">", ">=", "<", "<=")
_TEXTUAL = (*_EQUALITY, "in", "!in", "=~", "!~")
_ANY = (*_ORDERED, "exists", "!exists", "in", "!in", "=~", "!~")
# The guide lists the valid operators of each field; of attributes and task groups it lists none.
_VALID = {
    "agentConnected": _TEXTUAL,
    "agentVersion": _ORDERED,
    "ec2InstanceId": _TEXTUAL,
    "registeredAt": _ORDERED,
    "runningTasksCount": _ORDERED,
    "task:group": _ANY,
}
_A_SUBJECT = "a subject (attribute:NAME, " + ", ".join(_VALID) + ")"

_WORD_ENDS = r"(?![A-Za-z0-9_])"
_OR = re.compile(rf"\|\||or{_WORD_ENDS}")
_AND = re.compile(rf"&&|and{_WORD_ENDS}")
_NOT = re.compile(rf"!|not{_WORD_ENDS}")
_OPEN, _CLOSE = re.compile(r"\("), re.compile(r"\)")
_LIST_OPEN, _LIST_CLOSE, _COMMA = re.compile(r"\["), re.compile(r"\]"), re.compile(",")
# The guide: a name has 1 to 128 letters, numbers, hyphens, underscores, slashes, periods.
_SUBJECT = re.compile(
    r"(?:attribute:[A-Za-z0-9_./\\-]{1,128}|" + "|".join(_VALID) + r")(?![A-Za-z0-9_./\\:-])"
)
_OPERATOR = re.compile(
    rf"==|!=|=~|!~|>=|<=|>|<|!(?:exists|in){_WORD_ENDS}"
    rf"|(?:{'|'.join(sorted(_OPERATORS, key=len, reverse=True))}){_WORD_ENDS}"
)


def parse(text: str) -> Expression:
    """Read an expression.

    Raises:
        QueryError: it is none, or holds an argument, an operator or a pattern that its subject
            cannot have, or is longer or deeper than `lex.MAX_LENGTH` and `MAX_DEPTH` allow.
    """
    scanner = lex.Scanner(text)
    expression = _Parser(scanner).disjunction()
    if not scanner.at_end():
        raise scanner.expected("and, or, or the end")
    return expression


class _Parser:
    def __init__(self, scanner: lex.Scanner) -> None:
        self._scanner = scanner
        self._deep = 0

    def disjunction(self) -> Expression:
        operands = [self._conjunction()]
        while self._scanner.take(_OR):
            operands.append(self._conjunction())
        return operands[0] if len(operands) == 1 else nodes.Or(tuple(operands))

    def _conjunction(self) -> Expression:
        operands = [self._unary()]
        while self._scanner.take(_AND):
            operands.append(self._unary())
        return operands[0] if len(operands) == 1 else nodes.And(tuple(operands))

    def _unary(self) -> Expression:
        if self._deep > MAX_DEPTH:
            raise self._scanner.expected(f"at most {MAX_DEPTH} parentheses and not in one another")
        self._deep += 1
        expression: Expression
        if self._scanner.take(_NOT):
            expression = nodes.Not(self._unary())
        elif self._scanner.take(_OPEN):
            expression = self.disjunction()
            if not self._scanner.take(_CLOSE):
                raise self._scanner.expected("and, or, or )")
        else:
            expression = _condition(self._scanner)
        self._deep -= 1
        return expression


def _condition(scanner: lex.Scanner) -> Condition:
    subject = scanner.take(_SUBJECT)
    if subject is None:
        raise scanner.expected(_A_SUBJECT)
    start = scanner.position
    spelt = scanner.take(_OPERATOR)
    if spelt is None:
        raise scanner.expected(f"an operator after {subject}")
    operator = _OPERATORS.get(spelt, spelt)
    valid = _VALID.get(subject, _ANY)
    if operator not in valid:
        raise lex.QueryError(
            f"expected one of {' '.join(valid)} after {subject}, found {operator}", start
        )
    if operator in ("exists", "!exists"):
        return nodes.Exists(subject, operator == "!exists")
    if operator in ("in", "!in"):
        return nodes.Member(subject, _list(scanner), operator == "!in")
    if operator in ("=~", "!~"):
        return _match(scanner, subject, operator)
    argument = _value(scanner, lex.BARE_VALUE, "a value")
    comparator = cast("Comparator", operator)  # every other operator was dealt with above
    return nodes.Compare(subject, comparator, argument.text, _key(subject, comparator, argument))


def _value(scanner: lex.Scanner, bare: re.Pattern[str], what: str) -> lex.Value:
    value = scanner.value(bare)
    if value is None:
        raise scanner.expected(what)
    return value


def _list(scanner: lex.Scanner) -> tuple[str, ...]:
    if not scanner.take(_LIST_OPEN):
        raise scanner.expected("a list such as [a, b]")
    arguments = [_value(scanner, lex.BARE_VALUE, "a value").text]
    while scanner.take(_COMMA):
        arguments.append(_value(scanner, lex.BARE_VALUE, "a value").text)
    if not scanner.take(_LIST_CLOSE):
        raise scanner.expected(", or ]")
    return tuple(arguments)


def _match(scanner: lex.Scanner, subject: str, operator: str) -> nodes.Match:
    pattern = _value(scanner, lex.BARE_PATTERN, "a pattern")
    try:
        compiled = compile_pattern(pattern.text)
    except PatternError as error:
        raise lex.QueryError(str(error), pattern.position + error.position) from error
    return nodes.Match(subject, pattern.text, compiled, operator == "!~")


def _key(subject: str, operator: str, argument: lex.Value) -> Key | None:
    typed = ARGUMENT_READERS.get(subject)
    if typed is None:
        return None if operator in _EQUALITY else number_key(argument.text)
    read, expected = typed
    key = read(argument.text)
    if key is None:
        found = lex.snippet(argument.text)
        raise lex.QueryError(f"expected {expected}, found {found}", argument.position)
    return key
