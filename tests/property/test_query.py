"""The query language against a second, naive reading of it, over generated expressions."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from hypothesis import given
from hypothesis import strategies as st

from daemonctl.planning.query import QueryError, matches, parse, render, subjects_of
from daemonctl.planning.query.nodes import And, Compare, Exists, Match, Member, Not, Or
from daemonctl.planning.query.pattern import PatternError, compile_pattern

if TYPE_CHECKING:
    from collections.abc import Callable

    from daemonctl.planning.query import Expression

T = TypeVar("T")
E = TypeVar("E", bound=ValueError)
WORDS = (
    "",
    "a",
    "b",
    "ab",
    "and",
    "10",
    "9",
    "9.50",
    "-2",
    "two words",
    "it's",
    'say "x"',
    "(",
    "]",
)
VERSIONS = ("1.14.5", "1.9", "1.14.5.0", "2", "dev")
MOMENTS = ("2018-02-13", "2018-02-13T00:00:00Z", "2018-02-12T19:00:00-05:00", "2018-02-14T01:02:03")
COUNTS = ("0", "1", "10", "9")
PATTERNS = ("a.*", "a|b", "[ab]+", "(a|two) ?.*", "", "9.*", "(?i)AB?")
ORDERS = ("==", "!=", ">", ">=", "<", "<=")
FIELDS = {"agentVersion": VERSIONS, "registeredAt": MOMENTS, "runningTasksCount": COUNTS}
TEXTS = ("attribute:a", "attribute:ecs.os-type", "task:group")
FREE = (*TEXTS, "agentConnected", "ec2InstanceId")


class Instance:
    def __init__(self, held: dict[str, tuple[str, ...]]) -> None:
        self.held = held

    def values(self, subject: str) -> tuple[str, ...] | None:
        return self.held.get(subject)


def quoted(word: str) -> str:
    return f'"{word}"' if '"' not in word else f"'{word}'"


def orders() -> st.SearchStrategy[str]:
    text = st.tuples(st.sampled_from(TEXTS), st.sampled_from(ORDERS), st.sampled_from(WORDS))
    fields = [
        st.tuples(
            st.just(name),
            st.sampled_from(ORDERS),
            st.sampled_from([w for w in words if w != "dev"]),
        )
        for name, words in FIELDS.items()
    ]
    return st.one_of(text, *fields).map(lambda c: f"{c[0]} {c[1]} {quoted(c[2])}")


CONDITIONS = st.one_of(
    orders(),
    st.tuples(st.sampled_from(TEXTS), st.sampled_from(("exists", "!exists"))).map(" ".join),
    st.tuples(
        st.sampled_from(FREE),
        st.sampled_from(("in", "!in")),
        st.lists(st.sampled_from(WORDS).map(quoted), min_size=1, max_size=3),
    ).map(lambda c: f"{c[0]} {c[1]} [{', '.join(c[2])}]"),
    st.tuples(
        st.sampled_from(FREE),
        st.sampled_from(("=~", "!~")),
        st.sampled_from(PATTERNS).map(quoted),
    ).map(" ".join),
).map(parse)


def combined(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(inner.map(Not), several.map(And), several.map(Or))


EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(CONDITIONS, combined, max_leaves=8)
INSTANCES = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.lists(st.sampled_from(WORDS), max_size=3).map(tuple) for name in FREE},
        **{
            name: st.sampled_from(words).map(lambda word: (word,)) for name, words in FIELDS.items()
        },
    },
).map(Instance)


def naive(expression: Expression, instance: Instance) -> bool:
    """The same language by other means: three-way comparison, searches, sets."""
    if isinstance(expression, Not):
        return not naive(expression.inner, instance)
    if isinstance(expression, And):
        return [naive(o, instance) for o in expression.operands].count(False) == 0
    if isinstance(expression, Or):
        return [naive(o, instance) for o in expression.operands].count(True) > 0
    held = instance.held.get(expression.subject)
    if isinstance(expression, Exists):
        return (held not in (None, ())) != expression.negated
    return held is not None and naive_condition(expression, held)


def naive_condition(condition: Compare | Member | Match, held: tuple[str, ...]) -> bool:
    if isinstance(condition, Member):
        return (len(set(held) & set(condition.arguments)) > 0) != condition.negated
    if isinstance(condition, Match):
        whole = re.sub(r"^((?:\(\?i\))?)(.*)$", r"\1^(?:\2)$", condition.pattern)
        return any(re.search(whole, v) for v in held) != condition.negated
    signs = [three_way(condition, v) for v in held]
    if condition.operator == "!=":
        return 0 not in signs
    allowed = {"==": (0,), ">": (1,), ">=": (0, 1), "<": (-1,), "<=": (-1, 0)}
    return any(sign in allowed[condition.operator] for sign in signs)


def three_way(compare: Compare, value: str) -> int | None:
    left, right = value, compare.argument
    if compare.subject == "agentVersion":
        if value == "dev":
            return None
        pairs = [[int(p) for p in (text + ".0.0.0.0").split(".")][:4] for text in (left, right)]
        return (pairs[0] > pairs[1]) - (pairs[0] < pairs[1])
    if compare.subject == "registeredAt":
        a, b = (datetime.fromisoformat(text) for text in (left, right))
        a, b = (m if m.tzinfo else m.replace(tzinfo=UTC) for m in (a, b))
        return (a > b) - (a < b)
    if compare.subject == "runningTasksCount":
        return (int(left) > int(right)) - (int(left) < int(right))
    numeric = ("10", "9", "9.50", "-2")
    if compare.operator not in ("==", "!=") and left in numeric and right in numeric:
        return (float(left) > float(right)) - (float(left) < float(right))
    return (left > right) - (left < right)


@given(EXPRESSIONS)
def test_rendered_text_parses_to_the_same_expression(expression: Expression) -> None:
    again = parse(render(expression))
    assert again == expression
    assert hash(again) == hash(expression)
    assert render(again) == render(expression)
    assert subjects_of(again) == subjects_of(expression)


@given(EXPRESSIONS, INSTANCES)
def test_matches_agrees_with_the_naive_reading(expression: Expression, instance: Instance) -> None:
    assert matches(expression, instance) is naive(expression, instance)


@given(EXPRESSIONS, EXPRESSIONS, INSTANCES)
def test_de_morgan(one: Expression, other: Expression, instance: Instance) -> None:
    def holds(expression: Expression) -> bool:
        return matches(parse(render(expression)), instance)

    assert holds(Not(And((one, other)))) == holds(Or((Not(one), Not(other))))
    assert holds(Not(Or((one, other)))) == holds(And((Not(one), Not(other))))


def attempt(read: Callable[[str], T], text: str, refusal: type[E]) -> T | E:
    """Give what was read or the documented error; any other error fails the test."""
    try:
        return read(text)
    except refusal as error:
        return error


PIECES = st.sampled_from(
    (
        *FREE,
        *FIELDS,
        *ORDERS,
        *WORDS,
        *PATTERNS,
        "in",
        "!in",
        "=~",
        "!~",
        "exists",
        "not",
        "!",
        "or",
        "&&",
        "||",
        "(",
        ")",
        "[",
        ",",
        "'",
        '"',
        " ",
        "1.2.3",
        "2018-02-13",
        "\x00",
        "٣",
        "\n",
    )
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join), st.lists(PIECES).map(" ".join)))
def test_garbage_raises_nothing_but_a_query_error(text: str) -> None:
    outcome = attempt(parse, text, QueryError)
    if isinstance(outcome, QueryError):
        assert 0 <= outcome.position <= len(text)
        assert len(str(outcome).splitlines()) == 1
    else:
        assert parse(render(outcome)) == outcome


@given(st.one_of(st.text(), st.text(alphabet="ab\\d.*+?{}()[]|^$-&~,12(?:i)", max_size=40)))
def test_a_pattern_is_compiled_or_refused(text: str) -> None:
    outcome = attempt(compile_pattern, text, PatternError)
    if isinstance(outcome, PatternError):
        assert 0 <= outcome.position <= len(text)
        assert len(str(outcome).splitlines()) == 1
    else:
        outcome.fullmatch("ab" * 64)


@given(st.text(max_size=40), st.sampled_from((*FREE, *FIELDS)), EXPRESSIONS)
def test_any_value_can_be_asked_about(value: str, subject: str, expression: Expression) -> None:
    assert matches(expression, Instance({subject: (value,)})) in (True, False)
