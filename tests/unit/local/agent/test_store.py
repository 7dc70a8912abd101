"""The agent's state file."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemonctl.local.agent.record import Binding, Task
from daemonctl.local.agent.store import State, StateError, Store
from tests.unit.local.agent.given import run, task


def test_what_was_saved_is_there_again(tmp_path: Path) -> None:
    made = task()
    run(made)
    made.container("main").bindings = (Binding(container_port=80, host_port=9),)
    store = Store(tmp_path / "new" / "state.json")
    assert store.load() == State()
    store.save(State(cluster="local", container_instance_arn="arn:x", tasks=[made.record]))
    again = Store(store.path).load()
    assert again.container_instance_arn == "arn:x"
    assert Task(again.tasks[0]).container("main") == made.container("main")


def test_nobody_else_may_read_it_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.json")
    store.save(State())
    assert store.path.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [store.path]


def test_what_did_not_change_is_not_written_again(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.json")
    store.save(State())
    store.path.unlink()
    store.save(State())
    assert not store.path.exists()
    store.save(State(arrived=1))
    assert store.path.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no json", "is no state file of an agent .*--state"),
        ('{"tasks": [3]}', "is no state file"),
        ('{"version": 9}', "has version 9"),
    ],
)
def test_what_is_no_state_file_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(text)
    with pytest.raises(StateError, match=words):
        Store(path).load()


def test_a_place_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = Store(tmp_path / "file" / "state.json")
    with pytest.raises(StateError, match="cannot read"):
        store.load()
    with pytest.raises(StateError, match="cannot write"):
        store.save(State())
