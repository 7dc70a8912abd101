from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from daemonctl.local.world.shelf import Shelf


@given(st.lists(st.integers(0, 200), max_size=400), st.integers(0, 400))
def test_a_shelf_is_a_dict_that_can_be_resumed(keys: list[int], start: int) -> None:
    """Putting what is not there, dropping what is: the same as a plain dict at every step."""
    shelf: Shelf[int] = Shelf()
    model: dict[str, tuple[int, int]] = {}
    for number, key in enumerate(keys, start=1):
        name = str(key)
        if name in model:
            shelf.drop(name)
            del model[name]
        else:
            shelf.put(name, number, key)
            model[name] = (number, key)
        shelf.drop("never there")
    assert list(shelf.after(start)) == [row for row in model.values() if row[0] > start]
    assert list(shelf) == list(reversed(list(shelf.newest()))) == [row[1] for row in model.values()]
    assert len(shelf) == len(model)


def test_holes_are_closed_up() -> None:
    shelf: Shelf[int] = Shelf()
    for number in range(10_000):
        shelf.put(str(number), number, number)
    for number in range(9_900):
        shelf.drop(str(number))
    assert len(shelf._numbers) <= 200
    assert [number for number, _ in shelf.after(9_950)] == list(range(9_951, 10_000))
