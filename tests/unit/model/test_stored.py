"""Values in a store carry the number of their schema; what is newer is left alone."""

from __future__ import annotations

import pytest
from msgspec import Struct

from daemonctl.model.ids import ClusterAlias, Owner
from daemonctl.model.stored import SchemaError, pack, root, unpack


class Paused(Struct, frozen=True):
    why: str
    at: float = 0.0


def test_the_root_names_owner_account_region_and_alias() -> None:
    arn = "arn:aws:ecs:eu-west-1:111122223333:cluster/main"
    assert root(Owner("prod"), arn, ClusterAlias("web")) == (
        "daemonctl/prod/111122223333/eu-west-1/web/"
    )


def test_a_value_comes_back_as_it_was() -> None:
    assert unpack(pack(Paused("hold on", 3.0), 2), Paused, 2) == Paused("hold on", 3.0)


def test_the_schema_stands_beside_the_value() -> None:
    assert pack({"b": 1, "a": 2}, 7) == b'{"schema":7,"value":{"a":2,"b":1}}'


def test_an_older_value_is_brought_up_step_by_step() -> None:
    upgrades = {
        1: lambda old: {"reason": old},
        2: lambda old: {"why": old["reason"], "at": 5},
    }
    assert unpack(pack("hold on", 1), Paused, 3, upgrades) == Paused("hold on", 5.0)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (pack(Paused("x"), 3), "it has schema 3, and this daemonctl knows 2 and older"),
        (pack(Paused("x"), 1), "it has schema 1, which has no way up"),
        (b"hello", "not what daemonctl writes"),
        (b'{"why":"x"}', "not what daemonctl writes"),
        (b'{"schema":2,"value":{"at":1}}', "not what daemonctl writes"),
        (b'{"schema":2,"value":{"why":"x"},"more":1}', "not what daemonctl writes"),
    ],
)
def test_what_cannot_be_used_says_why(raw: bytes, words: str) -> None:
    with pytest.raises(SchemaError, match=words):
        unpack(raw, Paused, 2)


def test_an_upgrade_that_makes_no_such_value_says_so() -> None:
    with pytest.raises(SchemaError, match="not what daemonctl writes"):
        unpack(pack("x", 1), Paused, 2, {1: lambda old: old})
