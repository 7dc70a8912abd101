"""Breaks of the query language in ``daemonctl/planning/query``."""

from __future__ import annotations

from tests.mutants.breaks import Break

_UNIT = ("tests/unit/planning/query",)
_PROPERTY = ("tests/property/test_query.py",)


def _query(name: str, module: str, old: str, new: str, tests: tuple[str, ...] = _UNIT) -> Break:
    return Break(f"query: {name}", f"daemonctl/planning/query/{module}.py", old, new, tests)


BREAKS = (
    _query(
        "and binds no tighter than or",
        "eval",
        "return all(matches(operand, subject) for operand in expression.operands)",
        "return any(matches(operand, subject) for operand in expression.operands)",
        _PROPERTY,
    ),
    _query(
        "not says nothing",
        "eval",
        "return not matches(expression.inner, subject)",
        "return matches(expression.inner, subject)",
        _PROPERTY,
    ),
    _query(
        "a missing attribute differs from every value",
        "eval",
        "        return False\n    if isinstance(condition, Compare):",
        "        return condition.negated if isinstance(condition, (Member, Match)) else False\n"
        "    if isinstance(condition, Compare):",
    ),
    _query(
        "!exists means exists",
        "eval",
        "return bool(values) is not condition.negated",
        "return bool(values)",
    ),
    _query(
        "!in means in",
        "eval",
        "return any(value in condition.arguments for value in values) is not condition.negated",
        "return any(value in condition.arguments for value in values)",
    ),
    _query(
        "a pattern need match a part only",
        "eval",
        "fits = condition.compiled.fullmatch",
        "fits = condition.compiled.match",
    ),
    _query(
        "attributes are ordered as text",
        "eval",
        "key = (reader or number_key)(value)",
        "key = reader(value) if reader else None",
    ),
    _query("!= means ==", "eval", 'negated = condition.operator == "!="', "negated = False"),
    _query(
        "versions are ordered as text",
        "values",
        'parts = [int(part) for part in text.split(".")]',
        "parts = [ord(sign) for sign in text]",
    ),
    _query(
        "1.14 and 1.14.0 differ",
        "values",
        "while parts and parts[-1] == 0:",
        "while False:",
    ),
    _query(
        "a moment without an offset is refused",
        "values",
        "if moment.tzinfo is None:",
        "if False:",
    ),
    _query(
        "a fraction of a number is lost",
        "values",
        'int((fraction or "").ljust(_NANO_DIGITS, "0"))',
        "0",
    ),
    _query(
        "not_equals is equals",
        "parse",
        '"not_equals": "!=",',
        '"not_equals": "==",',
    ),
    _query(
        "rubbish after an expression passes",
        "parse",
        "if not scanner.at_end():",
        "if False:",
    ),
    _query(
        "nesting has no bound",
        "parse",
        "if self._deep > MAX_DEPTH:",
        "if False:",
    ),
    _query(
        "a parenthesis stays open",
        "parse",
        "if not self._scanner.take(_CLOSE):",
        "if not self._scanner.take(_CLOSE) and False:",
    ),
    _query(
        "a field takes any operator",
        "parse",
        "if operator not in valid:",
        "if False:",
    ),
    _query(
        "a slow pattern passes",
        "pattern",
        "if body.ways > 1:",
        "if False:",
    ),
    _query(
        "ways to try are not counted",
        "pattern",
        "ways, atoms = ways * each.ways, atoms + each.atoms",
        "ways, atoms = ways, atoms + each.atoms",
    ),
    _query(
        "look-around passes",
        "pattern",
        'if self._peek("?"):\n            raise self._refusal("no special group',
        'if False:\n            raise self._refusal("no special group',
    ),
    _query(
        "an expression has no longest length",
        "lex",
        "if len(text) > MAX_LENGTH:",
        "if False:",
    ),
    _query(
        "an or in an and loses its parentheses",
        "render",
        "_wrapped(operand, (And, Or))",
        "_wrapped(operand, (And,))",
    ),
)
