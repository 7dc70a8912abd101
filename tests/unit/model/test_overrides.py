from __future__ import annotations

import pytest

from daemonctl.model.overrides import Tree, normalise


@pytest.mark.parametrize(
    "empty",
    [
        None,
        {},
        [],
        {"containerOverrides": []},
        {"containerOverrides": [{"name": "agent"}], "inferenceAcceleratorOverrides": []},
        {"containerOverrides": [{"name": "agent", "command": None, "environment": []}]},
    ],
)
def test_what_overrides_nothing_is_nothing(empty: Tree) -> None:
    assert normalise(empty) == ""


@pytest.mark.parametrize("kept", [0, False, ""])
def test_an_empty_value_is_a_value(kept: Tree) -> None:
    assert normalise({"cpu": kept}) != ""


def test_ecs_answer_compares_equal_to_what_was_asked() -> None:
    asked = {
        "containerOverrides": [
            {
                "name": "agent",
                "command": ["agent", "-dev"],
                "environment": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
            }
        ]
    }
    answer = {
        "inferenceAcceleratorOverrides": [],
        "containerOverrides": [
            {"name": "sidecar"},
            {
                "environment": [{"value": "1", "name": "A"}, {"value": "2", "name": "B"}],
                "environmentFiles": [],
                "command": ["agent", "-dev"],
                "name": "agent",
            },
        ],
    }
    assert normalise(asked) == normalise(answer)
    assert normalise(asked) == (
        '{"containerOverrides":[{"command":["agent","-dev"],"environment":'
        '[{"name":"A","value":"1"},{"name":"B","value":"2"}],"name":"agent"}]}'
    )


def test_the_order_of_a_commands_words_means_something() -> None:
    one, other = (
        {"containerOverrides": [{"name": "a", "command": c}]} for c in (["x", "y"], ["y", "x"])
    )
    assert normalise(one) != normalise(other)


def test_an_entry_that_is_no_mapping_is_kept_for_ecs_to_refuse() -> None:
    assert normalise({"containerOverrides": ["odd"]}) == '{"containerOverrides":["odd"]}'
