"""Pre-order numbering against plain recursion."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_atlas_explorer.core.errors import HierarchyError
from napari_atlas_explorer.core.regions.hierarchy import number_forest

from ...refusals import refused


@st.composite
def forests(draw: st.DrawFn) -> tuple[list[int], list[int | None], list[float]]:
    """Ids in any order, each with an earlier node or none as its parent, and sort keys."""
    n = draw(st.integers(1, 30))
    ids = draw(st.lists(st.integers(-5, 2**40), min_size=n, max_size=n, unique=True))
    parents = [
        None if i == 0 or draw(st.integers(0, 4)) == 0 else ids[draw(st.integers(0, i - 1))]
        for i in range(n)
    ]
    keys = [float(draw(st.integers(0, 3))) for _ in ids]
    order = draw(st.permutations(range(n)))
    return [ids[i] for i in order], [parents[i] for i in order], [keys[i] for i in order]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(forests())
def test_the_numbering_is_that_of_recursion(forest):
    ids, parents, keys = forest
    visited: list[tuple[int, int, int]] = []  # position, depth, one past the last descendant

    def visit(parent: int | None, depth: int) -> None:
        here = [i for i in range(len(ids)) if parents[i] == parent]
        for i in sorted(here, key=lambda i: keys[i]):
            at = len(visited)
            visited.append((i, depth, 0))
            visit(ids[i], depth + 1)
            visited[at] = (i, depth, len(visited))

    visit(None, 0)
    pre = number_forest(ids, parents, keys)
    assert pre.order.tolist() == [i for i, _, _ in visited]
    assert pre.depth.tolist() == [d for _, d, _ in visited]
    assert pre.end.tolist() == [e for _, _, e in visited]
    for k, up in enumerate(pre.parent.tolist()):
        stated = parents[pre.order[k]]
        assert (None if up < 0 else ids[pre.order[up]]) == stated


def test_siblings_with_equal_keys_keep_their_order():
    pre = number_forest([1, 5, 3, 4], [None, 1, 1, 1], [0, 7, 7, 2])
    assert pre.order.tolist() == [0, 3, 1, 2]


def test_a_chain_of_ten_thousand_levels_is_numbered():
    n = 10_000
    pre = number_forest(range(n), [None, *range(n - 1)], [0.0] * n)
    assert pre.depth[-1] == n - 1
    assert (pre.end == n).all()


@pytest.mark.parametrize(
    ("ids", "parents", "named"),
    [
        ([1, 22, 22], [None, 1, 1], "22"),
        ([1, 2], [None, 77], "77"),
        ([1, 33], [None, 33], "33"),
        ([1, 44, 45, 46], [None, 46, 44, 45], "44"),
    ],
    ids=["duplicate", "missing parent", "own parent", "cycle of three"],
)
def test_what_is_no_tree_is_refused_with_the_id(ids, parents, named):
    with refused(named, by=HierarchyError):
        number_forest(ids, parents, [0.0] * len(ids))


def test_the_id_named_for_a_cycle_lies_on_it_and_not_below_it():
    # 2 hangs below the cycle 8 - 9 and comes first.
    with pytest.raises(HierarchyError, match=r"region [89] is its own ancestor"):
        number_forest([1, 2, 8, 9], [None, 8, 9, 8], [0.0] * 4)
