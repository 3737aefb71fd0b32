"""SWC files: neurons as trees of points, and their branches as lines.

A row is ``id type x y z radius parent``, comments start with ``#``, a root's parent is -1
(Cannon et al. 1998, and http://www.neuronland.org/NLMorphologyConverter/MorphologyFormats/SWC).
Coordinates are µm.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...core.errors import AtlasFileError
from ...core.streamlines import FARTHEST, Line, Streamlines
from ..common.text import read_text

N_COLUMNS = 7
OFFSET = re.compile(r"#\s*OFFSET\s+(\S+)\s+(\S+)\s+(\S+)", re.IGNORECASE)
TYPES = {1: "soma", 2: "axon", 3: "basal dendrite", 4: "apical dendrite"}
"""Standard meanings of the second column; other numbers are custom."""


@dataclass(frozen=True)
class SwcTree:
    """Points of a SWC file.

    Attributes
    ----------
    ids
        ``(n,)`` as in the file.
    types
        ``(n,)`` int64: 1 soma, 2 axon, 3 basal dendrite, 4 apical dendrite, others.
    positions
        ``(n, 3)`` µm.
    radii
        ``(n,)`` µm.
    parents
        ``(n,)`` row of the parent, -1 for a root.
    notes
        What was not taken into account; sentences.
    """

    ids: NDArray[np.int64]
    types: NDArray[np.int64]
    positions: NDArray[np.float64]
    radii: NDArray[np.float64]
    parents: NDArray[np.int64]
    notes: tuple[str, ...]


def read_swc(path: str | Path) -> Streamlines:
    r"""Read a neuron; each of its branches is a line.

    A branch runs from a root or a branching point, which is its first point, to the next
    branching point or to an end, so that the lengths of all branches add up to the neuron's.
    Points carry "radius" (µm) and "type"; lines "branch", "parent" (number of the branch at
    whose end it begins, None at a root), "root" (id of its root) and "type" (of its second
    point) with "type-name" where it has one. A root alone is a line of one point.

    Raises
    ------
    AtlasFileError
        If a row is no row of SWC, an id occurs twice, a parent is missing, or points are their
        own ancestors.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "neuron.swc")
    ...     _ = path.write_text("1 1 0 0 0 5 -1\n2 3 30 40 0 1 1\n")
    ...     read_swc(path)[0].length
    50.0
    """
    path = Path(path)
    tree = read_swc_tree(path)
    return Streamlines(tuple(_split_branches(tree, path)), kind="SWC", notes=tree.notes)


def read_swc_tree(path: str | Path) -> SwcTree:
    """Read the points of a neuron and their parents."""
    path = Path(path)
    rows, numbers, notes = [], [], []
    for number, line in enumerate(read_text(path).split("\n"), 1):
        text = line.strip()
        if text.startswith("#"):
            stated = OFFSET.match(text)
            if stated and any(_is_offset(word) for word in stated.groups()):
                notes.append(
                    f"its comment states an offset of {' '.join(stated.groups())[:60]}, "
                    f"which is not added"
                )
        elif text:
            rows.append(_parse_row(path, number, text.partition("#")[0]))
            numbers.append(number)
    if not rows:
        raise AtlasFileError(path, "no rows", "SWC: id type x y z radius parent")
    table = np.array(rows)
    ids = _convert_to_integers(path, table[:, 0], numbers, "id")
    types = _convert_to_integers(path, table[:, 1], numbers, "type")
    stated_parents = _convert_to_integers(path, table[:, 6], numbers, "parent")
    places = table[:, 2:5]
    if not (np.abs(places) <= FARTHEST).all():  # NaN too
        row = int(np.flatnonzero(~(np.abs(places) <= FARTHEST).all(axis=1))[0])
        raise AtlasFileError(
            path, f"line {numbers[row]} is at {places[row].tolist()}", f"µm up to {FARTHEST:g}"
        )
    parents = _find_parent_rows(path, ids, stated_parents, numbers)
    return SwcTree(ids, types, places, table[:, 5], parents, tuple(notes))


def _is_offset(word: str) -> bool:
    try:
        return float(word) != 0
    except ValueError:
        return False


def _parse_row(path: Path, number: int, text: str) -> list[float]:
    words = text.replace(",", " ").split()
    try:
        values = [float(word) for word in words[:N_COLUMNS]]
    except ValueError:
        values = []
    if len(values) < N_COLUMNS:
        raise AtlasFileError(
            path, f"line {number} is {text[:60]!r}", "id type x y z radius parent, seven numbers"
        )
    return values


def _convert_to_integers(
    path: Path, column: NDArray[np.float64], numbers: list[int], name: str
) -> NDArray[np.int64]:
    wrong = ~(np.abs(column) < 2**53) | (column != np.floor(column))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise AtlasFileError(
            path, f"line {numbers[row]} has {name} {column[row]:g}", "a whole number"
        )
    return column.astype(np.int64)


def _find_parent_rows(
    path: Path, ids: NDArray[np.int64], stated: NDArray[np.int64], numbers: list[int]
) -> NDArray[np.int64]:
    """Return the row of each point's parent, -1 for a root; each point must descend from a root."""
    order = np.argsort(ids, kind="stable")
    again = np.flatnonzero(np.diff(ids[order]) == 0)
    if len(again):
        row = int(order[again[0] + 1])
        raise AtlasFileError(path, f"line {numbers[row]} has id {ids[row]} again", "each id once")
    place = np.minimum(np.searchsorted(ids[order], stated), len(ids) - 1)
    rows = order[place]
    root = stated == -1
    missing = ~root & (ids[rows] != stated)
    if missing.any():
        row = int(np.flatnonzero(missing)[0])
        raise AtlasFileError(
            path, f"line {numbers[row]} has parent {stated[row]}", "the id of a row, or -1"
        )
    parents = np.where(root, -1, rows)
    # Each round doubles how far up every point looks: those that never meet a root go in circles.
    above = parents.copy()
    for _ in range(len(ids).bit_length()):
        above = np.where(above >= 0, above[above], -1)
    if (above >= 0).any():
        row = int(np.flatnonzero(above >= 0)[0])
        raise AtlasFileError(
            path, f"line {numbers[row]}: point {ids[row]} is its own ancestor", "a tree"
        )
    return parents


def _split_branches(tree: SwcTree, path: Path) -> list[Line]:
    n = len(tree.ids)
    children = np.bincount(tree.parents[tree.parents >= 0], minlength=n)
    order = np.argsort(tree.parents, kind="stable")
    first_child = np.searchsorted(tree.parents[order], np.arange(n))
    child_of = np.where(children > 0, order[np.minimum(first_child, n - 1)], -1).tolist()
    parents, counts = tree.parents.tolist(), children.tolist()
    # A branch begins with a child of a root or of a branching point.
    heads = [k for k, p in enumerate(parents) if p >= 0 and (parents[p] < 0 or counts[p] > 1)]
    branch_at: dict[int, int] = {}
    chains: list[list[int]] = []
    for head in heads:
        chain = [parents[head], head]
        while counts[chain[-1]] == 1:
            chain.append(child_of[chain[-1]])
        branch_at[chain[-1]] = len(chains)
        chains.append(chain)
    lone = [k for k, p in enumerate(parents) if p < 0 and not counts[k]]
    chains += [[k] for k in lone]
    roots: list[int | None] = [None] * len(chains)
    return [_make_line(tree, chain, branch_at, chains, roots, k) for k, chain in enumerate(chains)]


def _make_line(
    tree: SwcTree,
    chain: list[int],
    branch_at: dict[int, int],
    chains: list[list[int]],
    roots: list[int | None],
    number: int,
) -> Line:
    waiting, above = [number], branch_at.get(chain[0])
    while above is not None and roots[above] is None:
        waiting.append(above)
        above = branch_at.get(chains[above][0])
    root = chains[waiting[-1]][0] if above is None else roots[above]
    for k in waiting:
        roots[k] = root
    kind = int(tree.types[chain[min(1, len(chain) - 1)]])
    attributes: dict[str, int | str | None] = {
        "branch": number,
        "parent": branch_at.get(chain[0]) if len(chain) > 1 else None,
        "root": int(tree.ids[root if root is not None else chain[0]]),
        "type": kind,
    }
    if kind in TYPES:
        attributes["type-name"] = TYPES[kind]
    rows = np.array(chain)
    values = {"radius": tree.radii[rows], "type": tree.types[rows].astype(np.float64)}
    return Line(tree.positions[rows], values, attributes)
