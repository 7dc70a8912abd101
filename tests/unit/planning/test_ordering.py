from __future__ import annotations

import re

import pytest

from daemonctl.model.ids import DaemonName
from daemonctl.planning.ordering import depths


def of(**depends: str) -> dict[DaemonName, list[DaemonName]]:
    return {DaemonName(k): [DaemonName(n) for n in names.split()] for k, names in depends.items()}


def test_a_daemon_comes_one_after_the_deepest_of_its_dependencies() -> None:
    found = depths(of(a="b c", b="c", c="", d=""))
    assert found == {"c": 0, "b": 1, "a": 2, "d": 0}


def test_a_dependency_that_is_not_on_this_cluster_is_left_out() -> None:
    assert depths(of(a="elsewhere")) == {"a": 0}


@pytest.mark.parametrize(
    ("depends", "cycle"),
    [
        (of(a="a"), "a -> a"),
        (of(a="b", b="a"), "a -> b -> a"),
        (of(a="b", b="c", c="d", d="b"), "b -> c -> d -> b"),
    ],
)
def test_a_cycle_is_named_in_full(depends: dict[DaemonName, list[DaemonName]], cycle: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(cycle)}$"):
        depths(depends)
