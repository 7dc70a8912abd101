from __future__ import annotations

import re

import pytest

from daemonctl.planning.query import QueryError, parse, render
from daemonctl.planning.query.lex import MAX_LENGTH, snippet
from daemonctl.planning.query.nodes import And, Compare, Exists, Match, Member, Not, Or
from daemonctl.planning.query.parse import MAX_DEPTH

SUBJECTS = (
    "attribute:NAME, agentConnected, agentVersion, ec2InstanceId, registeredAt, "
    "runningTasksCount, task:group"
)
A, B, C = (Exists(f"attribute:{name}", negated=False) for name in "abc")


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("attribute:a exists", A),
        (" attribute:a\n!exists\t", Exists("attribute:a", negated=True)),
        ("attribute:a exists or attribute:b exists and attribute:c exists", Or((A, And((B, C))))),
        ("attribute:a exists||attribute:b exists&&attribute:c exists", Or((A, And((B, C))))),
        ("(attribute:a exists or attribute:b exists)and attribute:c exists", And((Or((A, B)), C))),
        ("not attribute:a exists and attribute:b exists", And((Not(A), B))),
        ("!attribute:a exists or!(attribute:b exists)", Or((Not(A), Not(B)))),
        ("not not(attribute:a exists)", Not(Not(A))),
        ("!!attribute:a exists", Not(Not(A))),
        (
            "attribute:a exists and (attribute:b exists and attribute:c exists)",
            And((A, And((B, C)))),
        ),
        ("((attribute:a exists))", A),
    ],
)
def test_precedence_is_not_then_and_then_or(text: str, expression: object) -> None:
    assert parse(text) == expression
    assert hash(parse(text)) == hash(expression)


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("attribute:a == service:web", "service:web"),
        ("attribute:a == 'two words'", "two words"),
        ('attribute:a == "it\'s"', "it's"),
        (r"attribute:a == a\b", r"a\b"),
        (r"attribute:a == 'a\'", "a\\"),
        ("attribute:a == and", "and"),
        ("attribute:a == exists", "exists"),
        ("attribute:a equals in", "in"),
        ("attribute:a=='='", "="),
        ("attribute:a == me@x/y", "me@x/y"),
        ("attribute:a == ''", ""),
        ("(attribute:a == b)", "b"),
    ],
)
def test_an_argument_with_and_without_quotes(text: str, argument: str) -> None:
    assert parse(text) == Compare("attribute:a", "==", argument, None)


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("attribute:a =~ g2.*", "g2.*"),
        ("attribute:a =~ [tm]5.*", "[tm]5.*"),
        ("attribute:a =~ a|b", "a|b"),
        ("attribute:a =~ x{1,2}", "x{1,2}"),
        ("attribute:a =~ '(a|b) c'", "(a|b) c"),
        ("(attribute:a =~ g2.*)", "g2.*"),
        ("attribute:a =~ a&b", "a&b"),
    ],
)
def test_a_pattern_with_and_without_quotes(text: str, pattern: str) -> None:
    found = parse(text)
    assert isinstance(found, Match)
    assert found.pattern == pattern


def test_what_follows_a_bare_pattern_is_not_part_of_it() -> None:
    found = parse("attribute:a =~ x||attribute:b =~ y&&attribute:c exists")
    assert isinstance(found, Or)
    assert render(found) == "attribute:a =~ x or attribute:b =~ y and attribute:c exists"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("attribute:a=='x y'", "attribute:a == 'x y'"),
        ('attribute:a in ["x",y]', "attribute:a in [x, y]"),
        ("attribute:a not_in ['x']", "attribute:a !in [x]"),
        ("attribute:a not_matches '(x)'", "attribute:a !~ '(x)'"),
        ("!(attribute:a exists)", "not (attribute:a exists)"),
        ('attribute:a == "it\'s"', 'attribute:a == "it\'s"'),
        ("attribute:a == ''", "attribute:a == ''"),
        (
            "(attribute:a exists or attribute:b exists)and attribute:c exists",
            "(attribute:a exists or attribute:b exists) and attribute:c exists",
        ),
        (
            "attribute:a exists or(attribute:b exists or attribute:c exists)",
            "attribute:a exists or (attribute:b exists or attribute:c exists)",
        ),
    ],
)
def test_the_canonical_text(text: str, canonical: str) -> None:
    assert render(parse(text)) == canonical


def test_an_argument_with_both_quotes_has_no_text() -> None:
    with pytest.raises(ValueError, match="both kinds of quotes"):
        render(Member("attribute:a", ("'\"",), negated=False))


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        (
            "",
            0,
            f"expected a subject ({SUBJECTS}), found the end",
        ),
        ("color == red", 0, "expected a subject"),
        ("attribute: == red", 0, "expected a subject"),
        (f"attribute:{'x' * 129} exists", 0, "expected a subject"),
        ("agentVersions > 1", 0, "expected a subject"),
        ("task:group:x == 1", 0, "expected a subject"),
        ("attribute:a", 11, "expected an operator after attribute:a, found the end"),
        ("attribute:a = b", 12, "expected an operator after attribute:a, found '= b'"),
        ("attribute:a not in [b]", 12, "expected an operator"),
        ("attribute:a isnt", 12, "expected an operator after attribute:a, found 'isnt'"),
        ("attribute:a ==", 14, "expected a value, found the end"),
        ("attribute:a == (b)", 15, "expected a value, found '(b)'"),
        ("attribute:a == [b]", 15, "expected a value, found '[b]'"),
        ("attribute:a == 'b", 15, 'expected a value, found "\'b"'),
        ("attribute:a == b==c", 16, "expected and, or, or the end, found '==c'"),
        ("attribute:a == 'b'c", 18, "expected and, or, or the end, found 'c'"),
        (
            "attribute:a == b AND attribute:c exists",
            17,
            "expected and, or, or the end, found 'AND att",
        ),
        ("attribute:a exists)", 18, "expected and, or, or the end, found ')'"),
        ("(attribute:a exists", 19, "expected and, or, or ), found the end"),
        ("attribute:a exists and", 22, "expected a subject"),
        ("attribute:a exists andattribute:b exists", 19, "expected and, or, or the end"),
        ("attribute:a exists or or", 22, "expected a subject"),
        ("attribute:a in b", 15, "expected a list such as [a, b], found 'b'"),
        ("attribute:a in []", 16, "expected a value, found ']'"),
        ("attribute:a in [b,]", 18, "expected a value, found ']'"),
        ("attribute:a in [b c]", 18, "expected , or ], found 'c]'"),
        ("attribute:a =~", 14, "expected a pattern, found the end"),
        ("attribute:a =~ a(b", 16, "expected and, or, or the end"),
        ("attribute:a =~ 'x(b'", 19, "expected a ) in the pattern"),
        (
            "agentConnected > true",
            15,
            "expected one of == != in !in =~ !~ after agentConnected, found >",
        ),
        ("agentConnected exists", 15, "expected one of"),
        ("ec2InstanceId less_than i-1", 14, "expected one of"),
        ("agentVersion =~ 1.*", 13, "expected one of == != > >= < <= after agentVersion, found =~"),
        ("runningTasksCount in [1]", 18, "expected one of"),
        ("registeredAt !exists", 13, "expected one of"),
        ("agentVersion < new", 15, "expected a version such as 1.14.5, found 'new'"),
        ("agentVersion < '1..2'", 16, "expected a version"),
        ("runningTasksCount > -1", 20, "expected a whole number, found '-1'"),
        ("runningTasksCount > 1.5", 20, "expected a whole number"),
        ("runningTasksCount > 12345678901", 20, "expected a whole number"),
        ("registeredAt < yesterday", 15, "expected a date such as 2018-06-18"),
        ("registeredAt < 2018-02-30", 15, "expected a date such as 2018-06-18"),
        ("registeredAt < 1518566400", 15, "expected a date such as 2018-06-18"),
        ("registeredAt < 20180618", 15, "expected a date such as 2018-06-18"),
    ],
)
def test_an_error_says_what_was_expected_and_where(text: str, position: int, expected: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.message.startswith(expected)
    assert caught.value.position == position
    assert str(caught.value) == f"{caught.value.message} (at character {position + 1})"


def test_an_error_is_one_short_line_whatever_was_found() -> None:
    junk = "\n?" * 300
    for text in (f"attribute:a exists{junk}", f"agentVersion > '{junk}'"):
        with pytest.raises(QueryError) as caught:
            parse(text)
        assert re.fullmatch(r".{1,120}", str(caught.value))


def test_what_was_found_is_quoted_and_cut_where_it_is_long() -> None:
    assert (snippet("x" * 20), snippet("x" * 21)) == (repr("x" * 20), f"{'x' * 20!r}…")


def test_nesting_is_refused_beyond_its_bound() -> None:
    deepest = "(" * MAX_DEPTH + "attribute:a exists" + ")" * MAX_DEPTH
    assert parse(deepest) == A
    for text in (f"({deepest})", f"not {deepest}", "!" * 1900, "(" * 1900):
        with pytest.raises(QueryError, match="at most 32 parentheses and not in one another"):
            parse(text)
    a = "attribute:a exists"
    beside = "(" * 20 + f"{a} and " + "(" * 20 + a + ")" * 40
    after_many = "(" + f"{a} and " * 20 + "(" * 32 + a + ")" * 33
    for text in (beside, after_many):
        with pytest.raises(QueryError, match="at most 32 parentheses and not in one another"):
            parse(text)
    siblings = " and ".join(["not(attribute:a exists)"] * (MAX_DEPTH + 2))
    assert parse(siblings) == And((Not(A),) * (MAX_DEPTH + 2))


def test_length_is_refused_beyond_its_bound() -> None:
    text = "attribute:a == "
    assert parse(text + "x" * (MAX_LENGTH - len(text)))
    with pytest.raises(QueryError, match="at most 2000 characters, found 2001") as caught:
        parse(text + "x" * (MAX_LENGTH - len(text) + 1))
    assert caught.value.position == MAX_LENGTH
