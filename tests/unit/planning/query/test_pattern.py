from __future__ import annotations

import pytest

from daemonctl.planning.query import QueryError, matches, parse
from daemonctl.planning.query.pattern import MAX_GROUPS_DEEP, MAX_PATTERN
from tests.unit.planning.query.one import One


@pytest.mark.parametrize(
    ("pattern", "value", "holds"),
    [
        ("t2.*", "t2.small", True),
        ("t2", "t2.small", False),
        ("2.*", "t2.small", False),
        ("(t2|m5)[.](small|large)", "m5.large", True),
        ("t2|m5", "m5", True),
        ("t2|m5", "m5x", False),
        ("(?:ab)+", "abab", True),
        ("(?i)LINUX", "linux", True),
        ("LINUX", "linux", False),
        (r"\w+\.\d{1,2}xlarge", "g2.12xlarge", True),
        (r"\d", "٣", False),
        ("[^a-c]+?", "xyz", True),
        (r"[\d.\]-]+", "1.2-]", True),
        ("a{2}", "aa", True),
        ("a{2}", "a", False),
        ("a{2,}", "aaaa", True),
        ("a{1,2}", "aaa", False),
        ("(a|b){2}", "ba", True),
        ("(a{1,2}){2}", "aaa", True),
        ("(ab){0}c", "c", True),
        ("(a|b)?c", "c", True),
        ("^a$", "a", True),
        ("", "", True),
        ("", "a", False),
        ("a||b", "", True),
        (r"\(a\)", "(a)", True),
        (r"a\ b", "a b", True),
        ("]}", "]}", True),
        (".*a.*b.*", "xaxbx", True),
        ("[)]", ")", True),
    ],
)
def test_a_pattern_matches_whole_values(pattern: str, value: str, *, holds: bool) -> None:
    assert matches(parse(f"attribute:a =~ '{pattern}'"), One(value)) is holds
    assert matches(parse(f"attribute:a !~ '{pattern}'"), One(value)) is not holds


@pytest.mark.parametrize(
    ("pattern", "position", "expected"),
    [
        ("*a", 0, "something to repeat"),
        ("(+a)", 1, "something to repeat"),
        ("a{,3}", 1, "{n}, {n,} or {n,m}"),
        ("a{x}", 1, "{n}, {n,} or {n,m}"),
        ("a{1234}", 7, "a smaller count"),
        ("a{3,2}", 6, "{least,most}"),
        ("a**", 2, "something to repeat"),
        ("a*+", 2, "something to repeat"),
        ("a)", 1, "no ) without its ("),
        ("a|*b", 2, "something to repeat"),
        ("(?:*)", 3, "something to repeat"),
        (r"\.**", 3, "something to repeat"),
        ("a*?*", 3, "something to repeat"),
        ("(a", 2, "a )"),
        ("(?=a)", 1, "no special group"),
        ("(?P<x>a)", 1, "no special group"),
        ("a(?i)b", 2, "no special group"),
        ("[a", 2, "a ]"),
        ("[]a]", 1, "a character in the class"),
        ("[^]a]", 2, "a character in the class"),
        ("[a[b]]", 2, "a plain class"),
        ("[a&&b]", 2, "a plain class"),
        ("[a--b]", 2, "a plain class"),
        ("\\", 1, r"one of \d"),
        (r"\bx", 1, r"one of \d"),
        (r"\1", 1, r"one of \d"),
        (r"[\p{L}]", 2, r"one of \d"),
        ("[z-a]", 1, "a valid pattern"),
        ("(?i)[z-a]", 5, "a valid pattern"),
        ("^*", 1, "a valid pattern"),
        ("[\n-\t]", 1, r"a valid pattern: bad character range \n-\t"),
        ("(a+)+", 5, "no repetition of a choice"),
        ("(a|a)*", 6, "no repetition of a choice"),
        ("(a?){5,}", 8, "no repetition of a choice"),
        (".*.*.*.*", 8, "fewer repetitions and alternatives"),
        ("a?" * 40, 44, "fewer repetitions and alternatives"),
        ("(a|a){30}", 9, "fewer repetitions and alternatives"),
        ("(a{999}){2}", 11, "fewer repetitions and alternatives"),
        ("a{400}|b{400}|c{400}", 20, "fewer repetitions and alternatives"),
        ("a{999,}b{30}", 12, "fewer repetitions and alternatives"),
        ("a{999}" + "b" * 25, 31, "fewer repetitions and alternatives"),
        ("(" * (MAX_GROUPS_DEEP + 1), MAX_GROUPS_DEEP + 1, "at most 16 groups"),
        ("(" * 8 + "(a)" + "(" * 9, 20, "at most 16 groups"),
        ("(" + "(a)" * 9 + "(" * 16, 44, "at most 16 groups"),
        ("x" * (MAX_PATTERN + 1), MAX_PATTERN, "a pattern of at most 256 characters"),
    ],
)
def test_a_pattern_is_refused_where_it_is_wrong(pattern: str, position: int, expected: str) -> None:
    text = "attribute:a =~ '"
    with pytest.raises(QueryError) as caught:
        parse(f"{text}{pattern}'")
    assert caught.value.message.startswith(f"expected {expected}")
    assert caught.value.position == len(text) + position


def test_the_longest_and_deepest_patterns_are_taken() -> None:
    assert parse(f"attribute:a =~ {'x' * MAX_PATTERN}")
    deepest = "(" * MAX_GROUPS_DEEP + "a" + ")" * MAX_GROUPS_DEEP
    assert matches(parse(f"attribute:a =~ '{deepest}'"), One("a"))
    siblings = "(a)" * (MAX_GROUPS_DEEP + 1)
    assert matches(parse(f"attribute:a =~ '{siblings}'"), One("a" * (MAX_GROUPS_DEEP + 1)))


@pytest.mark.parametrize(
    "pattern",
    [
        "a{999}" + "b" * 24,
        "a{999}" + "b" * 23 + "c*",
        "a{999}" + "b" * 22 + "c+",
        "a{99}" * 4,
        "(a|b){20}(a|b){1}",
    ],
)
def test_what_is_just_within_its_bounds_is_taken(pattern: str) -> None:
    assert parse(f"attribute:a =~ '{pattern}'")
