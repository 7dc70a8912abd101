"""Tables and the small words in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemonctl.cli.table import age, plain, shorten, span, table, wrap

NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)
CELLS = st.text(max_size=60)


def test_columns_are_aligned() -> None:
    assert table(("NAME", "N"), [("a", "1"), ("bbbbbb", "20")]) == [
        "NAME     N",
        "a        1",
        "bbbbbb   20",
    ]


def test_a_first_cell_is_never_cut() -> None:
    name = "x" * 40
    lines = table(("NAME", "B", "C"), [(name, "b" * 30, "c" * 30)], width=60)
    assert name in lines


@given(st.lists(st.tuples(CELLS, st.text(max_size=12), CELLS), max_size=5))
def test_never_wider_than_asked_and_never_a_control_character(
    rows: list[tuple[str, str, str]],
) -> None:
    lines = table(("NAME", "COUNT", "WHY"), rows)
    assert max(len(line) for line in lines) <= 80
    assert all(line.isprintable() for line in lines)


@given(CELLS)
def test_wrapped_lines_fit_and_keep_every_word(text: str) -> None:
    lines = wrap("  why:  ", text)
    assert max(len(line) for line in lines) <= 80
    joined = "".join("".join(lines).split())
    assert joined == "".join(f"  why:  {plain(text)}".split())


def test_a_terminal_is_told_nothing_by_words_from_outside() -> None:
    assert plain("\x1b[2Jgone\nnext\x07") == "[2Jgone next"


def test_shorten() -> None:
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefg", 6) == "abcde…"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0s"),
        (0, "0s"),
        (59.9, "59s"),
        (60, "1m"),
        (332, "5m32s"),
        (599, "9m59s"),
        (601, "10m"),
        (3600, "1h"),
        (11_220, "3h7m"),
        (8 * 3600 + 120, "8h"),
        (86_400 + 3600, "1d1h"),
        (34 * 86_400 + 3600, "34d"),
    ],
)
def test_spans_as_kubectl_writes_them(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_age() -> None:
    assert age(NOW - timedelta(seconds=45), NOW) == "45s"
    assert age(None, NOW) == "-"
