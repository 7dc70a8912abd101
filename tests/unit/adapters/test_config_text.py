"""Texts that are no config, and YAML that means harm."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from daemonctl.adapters.config import ConfigError, parse
from daemonctl.adapters.config.document import MOST_BYTES
from tests.unit.adapters.configs import FULL, SHORTEST, daemon, faults, only


@pytest.mark.parametrize(
    ("raw", "line", "words"),
    [
        (b"", 1, "empty"),
        (b"# nothing\n---\n", 1, "mapping"),
        (b"# nothing\n", 1, "empty"),
        (b"- a\n- b\n", 1, "mapping of keys"),
        (b"just words", 1, "mapping of keys"),
        (b"owner: [\n", 2, "no YAML"),
        (b"owner: a\n\tb: c\n", 2, "no YAML"),
        (b"owner: a\n---\nowner: b\n", 2, "no YAML"),
        (b"owner: *nobody\n", 1, "undefined alias"),
        (b"owner: a\nb: \xff\n", 2, "UTF-8"),
        (b"owner: a\nb: \x00\n", 2, "character"),
        (b"a" * (MOST_BYTES + 1), 1, "bytes"),
        (b"[" * 5000, 1, "too deep"),
        (b"{a: " * 60 + b"1" + b"}" * 60, 1, "nested deeper"),
        (b"a: &a [*a]\n", 1, "alias inside"),
        (b"a: &a {<<: *a}\n", 1, "alias inside"),
    ],
)
def test_a_text_that_is_no_config(raw: bytes, line: int, words: str) -> None:
    found = only(raw)
    assert (found.path, found.line) == ("", line)
    assert words in found.words


def test_aliases_that_multiply_are_stopped() -> None:
    bomb = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    merges = ["a: &a {k: 1, l: 2, m: 3}"]
    for old, new in pairwise("abcdefgh"):
        often = ", ".join([f"*{old}"] * 10)
        bomb.append(f"{new}: &{new} [{often}]")
        merges.append(f"{new}: &{new} {{<<: [{often}]}}")
    assert "aliases counted" in only("\n".join(bomb)).words
    assert "aliases counted" in only("\n".join(merges)).words


@pytest.mark.parametrize(
    ("text", "path", "line", "words"),
    [
        (SHORTEST + "owner: prod\n", "owner", 7, "twice; first in line 1"),
        (SHORTEST + "http: {listen: '[::1]:1', listen: '[::1]:2'}\n", "http.listen", 7, "twice"),
        (daemon("name: x"), "daemons[1].name", 6, "twice"),
        (SHORTEST + "5: x\n", "", 7, "a key that is no text"),
        (SHORTEST + "? [a]\n: x\n", "", 7, "a key that is no text"),
        (SHORTEST + "no: x\n", "", 7, "in quotes"),
        (daemon("tags: [{key: k, value: 2020-01-01}]"), "daemons[1].tags[0].value", 6, "a date"),
        (daemon("tags: [{key: k, value: !mine x}]"), "daemons[1].tags[0].value", 6, "YAML tag"),
        (daemon("required: !!int x"), "daemons[1].required", 6, "YAML tag says"),
        (SHORTEST + "http: {<<: 5}\n", "http", 7, "merges mappings"),
    ],
)
def test_yaml_that_nobody_means(text: str, path: str, line: int, words: str) -> None:
    found = [fault for fault in faults(text) if words in fault.words]
    assert [(fault.path, fault.line) for fault in found] == [(path, line)]


def test_aliases_and_merges_that_somebody_means() -> None:
    text = """\
owner: prod
clusters: [{name: web}]
daemons:
  - &one
    name: a
    taskDefinition: a
    restart: &restart {baseSeconds: 2, maxSeconds: 50}
  - <<: *one
    name: b
    restart:
      <<: [{maxSeconds: 60}, *restart]
      resetAfterSeconds: 5
"""
    one, two = parse(text.encode()).clusters[0].daemons
    assert (one.name, one.restart.max_seconds) == ("a", 50)
    assert (two.name, two.task_definition) == ("b", "a")
    assert (two.restart.base_seconds, two.restart.max_seconds) == (2, 60)
    assert two.restart.reset_after_seconds == 5
    bad = text.replace("name: b", "name: B")
    assert (only(bad).path, only(bad).line) == ("daemons[1].name", 9)


def test_a_byte_order_mark_is_nothing() -> None:
    assert parse(b"\xef\xbb\xbf" + SHORTEST.encode()).owner == "prod"


YAMLISH = st.text(alphabet="ab:-[]{}&*<>!'\"\n ,#?|", max_size=80).map(str.encode)


@given(st.one_of(st.binary(max_size=200), YAMLISH))
def test_whatever_the_bytes_only_a_config_error_comes(raw: bytes) -> None:
    for as_json in (False, True):
        with pytest.raises(ConfigError):
            parse(raw, as_json=as_json)


VALUES = st.sampled_from(
    [None, True, 0, -1, 1e308, "", "x", "10%", [], [None], [[]], {}, {"a": 1}, [{}], "a: b"]
)


@given(st.data())
def test_whatever_stands_anywhere_only_a_config_error_comes(data: st.DataObject) -> None:
    tree = yaml.safe_load(FULL)
    place = tree
    while True:
        keys = list(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(keys))
        if not (place[key] and isinstance(place[key], dict | list)) or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(VALUES)
    try:
        parse(json.dumps(tree).encode(), as_json=True)
    except ConfigError as error:
        found = error.faults
    else:
        found = ()
    assert all(fault.words and fault.line >= 1 for fault in found)
