"""History of steps: their order, their bounds, what goes with their owner."""

from __future__ import annotations

from napari_atlas_explorer.viewer.history import History, Step


class Number:
    """A value that steps change."""

    def __init__(self, history: History) -> None:
        self.value, self.history = 0, history

    def set(self, value: int, n_bytes: int = 0) -> None:
        old, self.value = self.value, value
        self.history.add(
            Step(str(value), [self], lambda: self._put(old), lambda: self._put(value), n_bytes)
        )

    def _put(self, value: int) -> None:
        self.value = value


def names(history: History) -> list[str]:
    """Undo everything; names of the steps in the order in which they were undone."""
    found = []
    while history.last is not None:
        found.append(history.last.name)
        history.undo()
    return found


def test_steps_of_several_owners_are_undone_in_one_order():
    history = History()
    one, other = Number(history), Number(history)
    one.set(1)
    other.set(2)
    one.set(3)
    history.undo()
    assert (one.value, other.value) == (1, 2)
    history.undo()
    assert (one.value, other.value) == (1, 0)
    history.redo()
    history.redo()
    assert (one.value, other.value) == (3, 2)
    assert history.next is None


def test_a_new_step_ends_what_could_be_redone():
    history = History()
    number = Number(history)
    number.set(1)
    history.undo()
    number.set(2)
    history.redo()
    assert number.value == 2


def test_the_oldest_steps_go_where_there_are_too_many():
    history = History(most_steps=3)
    number = Number(history)
    for value in range(1, 6):
        number.set(value)
    assert names(history) == ["5", "4", "3"]
    assert number.value == 2


def test_the_oldest_steps_go_where_they_hold_too_much_but_the_latest_stays():
    history = History(most_bytes=100)
    number = Number(history)
    for value, n_bytes in ((1, 60), (2, 0), (3, 60)):
        number.set(value, n_bytes)
    assert names(history) == ["3", "2"]
    number.set(4, 1000)
    assert names(history) == ["4"]


def test_what_is_forgotten_of_one_owner_leaves_the_steps_of_others():
    history = History()
    one, other = Number(history), Number(history)
    one.set(1)
    other.set(2)
    one.set(3)
    history.undo()
    history.forget(one)
    assert history.next is None
    assert names(history) == ["2"]


def test_undo_and_redo_of_nothing_do_nothing():
    history = History()
    history.undo()
    history.redo()
    assert history.last is None
