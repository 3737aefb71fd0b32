"""Changes of single fields of documents, made at random and repeatable from JSON.

A valid document is a tree of dicts, lists and plain values; a change names a place in it.
Hypothesis was the alternative: its examples are stored as bytes that only the strategy that drew
them can read, whereas these stay valid, and legible, when a grammar grows.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

Change = list[Any]
"""``[what, path, value]``; what is "set", "drop", "repeat", "rename" or "swap"."""

NUMBERS = [0, 1, -1, 2, 3, 7, 255, 256, 65535, 2**31 - 1, 2**31, 2**32 - 1, 2**53 + 1, 2**63]
NUMBERS += [-(2**31), -(2**63), 2**64, 10**30, 10**400]
FLOATS = [0.5, -0.0, 1e-300, 1e300, -1e38, 1e-9, 1e15, float("nan"), float("inf"), -float("inf")]
TEXTS = [
    *("", " ", "0", "-1", "nan", "inf", "1e999", "9" * 25, "9" * 5000, "none", "true", "None"),
    *("..", "../../x", "/missing/file", "a/b", "C:\\x", "%s%n", "{0}", "$HOME", "~", "*", "con"),
    *("\0", "\x1b[31m", "\u202eabc", "\ud800", "\n", "a\r\nb", "\u2028", "ä", "\U0001f9e0"),
    *("(", ")", '"', "'", ";", ",", "\t", ":", "=", "#", "[", "]", "{", "}", "<", ">", "&", "\\"),
    *("x" * 3000, "1 2 3", "1,2,3", "0x10", "1_000", "٣", "½", "asr", "xyz", "um", "µm", "mm"),
]
OTHERS = [None, True, False, [], {}, [None], [[1]], {"a": 1}, [1, "a", None], [0, 0, 0]]


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value of a tree, the tree itself first."""
    yield path
    if isinstance(tree, dict | list):
        for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from places(value, (*path, key))


def at(tree: Any, path: tuple[Any, ...]) -> Any:
    """Return the value at a path."""
    for key in path:
        tree = tree[key]
    return tree


def _odd_value(random: Random, old: Any) -> Any:
    """Draw a value: mostly of the old one's kind, else of any."""
    kind = random.random()
    if kind < 0.25 and isinstance(old, int | float) and not isinstance(old, bool):
        near = [-old, old + 1, old - 1, old * 2, old * 1000, str(old)]
        return random.choice([*near, old / 2, old / 1000] if abs(old) < 1e300 else near)
    if kind < 0.25 and isinstance(old, str) and old:
        n = random.randrange(len(old))
        return random.choice(
            [old[:n], old[n:], old[:n] + random.choice(TEXTS) + old[n:], old * 2, old.upper()]
        )
    if kind < 0.6 and isinstance(old, str):
        return random.choice(TEXTS)
    if kind < 0.8:
        return random.choice(NUMBERS + FLOATS)
    return copy.deepcopy(random.choice(OTHERS + TEXTS + NUMBERS))


def draw_change(random: Random, tree: Any) -> Change:
    """Draw a change of a tree; deep and shallow places are equally likely."""
    path: tuple[Any, ...] = ()
    while isinstance(inner := at(tree, path), dict | list) and inner:
        keys = [*inner] if isinstance(inner, dict) else [*range(len(inner))]
        path = (*path, random.choice(keys))
        if random.random() < 0.25:
            break
    if not path:
        return ["set", [], _odd_value(random, tree)]
    what = random.choices(["set", "drop", "repeat", "rename", "swap"], [12, 3, 1, 1, 1])[0]
    value: Any = None
    if what == "set":
        value = _odd_value(random, at(tree, path))
    elif what == "repeat":
        value = random.choice([1, 2, 5, 200])
    elif what == "rename":
        value = random.choice(TEXTS)
    elif what == "swap":
        value = [*random.choice([*places(tree)])]
    return [what, [*path], value]


def apply(tree: Any, changes: list[Change]) -> Any:
    """Return a changed copy; changes of places that are gone are left out."""
    tree = copy.deepcopy(tree)
    for what, path, value in changes:
        if not path:
            tree = copy.deepcopy(value)
            continue
        try:
            parent = at(tree, tuple(path[:-1]))
            _change(tree, parent, what, path[-1], value)
        except (LookupError, TypeError):
            continue
    return tree


def _change(tree: Any, parent: Any, what: str, key: Any, value: Any) -> None:
    old = parent[key]  # also raises for a place that is gone
    if not isinstance(parent, dict | list):
        raise TypeError
    if what == "set":
        parent[key] = copy.deepcopy(value)
    elif what == "drop":
        del parent[key]
    elif what == "repeat" and isinstance(parent, list):
        parent[key:key] = [copy.deepcopy(old) for _ in range(value)]
    elif what == "rename" and isinstance(parent, dict):
        parent[value] = parent.pop(key)
    elif what == "swap":
        parent[key] = copy.deepcopy(at(tree, tuple(value)))


def shrink(changes: list[Change], fails: Callable[[list[Change]], bool]) -> list[Change]:
    """Drop changes one by one as long as it still fails."""
    n = 0
    while n < len(changes):
        fewer = changes[:n] + changes[n + 1 :]
        if fails(fewer):
            changes = fewer
        else:
            n += 1
    return changes
