"""Queries against sets of voxels made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_atlas_explorer import Atlas, RegionMap
from napari_atlas_explorer.core.query.completion import complete
from napari_atlas_explorer.core.query.parser import is_expression, select
from napari_atlas_explorer.core.query.tokens import QueryError, tokens_of
from napari_atlas_explorer.core.selection import Selection

from ...refusals import refused

# conftest: root(1) > A(2) > a1(3), a2(4); root > B(70000) > b1(6); C(7); 999 unknown.
# 12 voxels of a1 and of a2, one of A's own, one of b1; a1 is left, a2 right of the middle.


def ids_of(atlas: Atlas, query: str) -> np.ndarray:
    return atlas.annotation.raw[select(query, atlas.ranks).mask(atlas.hemisphere_rule)]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("A", {2: 1, 3: 12, 4: 12}),
        ("own:A", {2: 1}),
        ("under:A", {3: 12, 4: 12}),
        ("2", {2: 1, 3: 12, 4: 12}),
        ("area A", {2: 1, 3: 12, 4: 12}),
        ("area A, layer 1", {3: 12}),
        ("AREA B", {6: 1}),
        ("a", {3: 12, 4: 12}),  # a prefix of acronyms, in its case
        ("A - a1", {2: 1, 4: 12}),
        ("A - a1 - a2", {2: 1}),
        ("A - (a1 + a2)", {2: 1}),
        ("a1 + b1", {3: 12, 6: 1}),
        ("root & a1", {3: 12}),
        ("a1 + a2 & b1", {3: 12}),  # & binds tighter
        ("(a1 + a2) & b1", {}),
        ("/layer [12]$/", {3: 12, 4: 12}),
        ("/^area/ - /layer/", {2: 1, 6: 1}),
        ("leaf", {3: 12, 4: 12, 6: 1}),
        ("leaf & under:A", {3: 12, 4: 12}),
        ("depth=1 - B", {2: 1, 3: 12, 4: 12}),
        ("own:depth=1", {2: 1}),
        ("depth>=2", {3: 12, 4: 12, 6: 1}),
        ("volume>0.0001", {2: 1}),  # 25 voxels of 6000 µm³ are 0.00015 mm³; a1 has 0.000072
        ("volume > 0.00005 & leaf", {3: 12, 4: 12}),
        ("left:A", {2: 1, 3: 12}),  # A's own voxel is at index 2 of 6
        ("right:A", {4: 12}),
        ("left:(a1 + a2)", {3: 12}),
        ("left:own:A", {2: 1}),
        ("A - left:A", {4: 12}),
        ('"area A, layer 1" + b1', {3: 12, 6: 1}),
        ("left:'area A'", {2: 1, 3: 12}),
        ("left:/layer/", {3: 12}),
        ("999", {999: 1}),
        ("C", {}),
    ],
)
def test_a_query_selects_these_voxels(small_atlas, query, ids):
    found, counts = np.unique(ids_of(small_atlas, query), return_counts=True)
    assert dict(zip(found.tolist(), counts.tolist(), strict=True)) == ids


@pytest.mark.parametrize(
    ("query", "characters"),
    [
        ("A + nothing", "nothing"),
        ("A +", ""),
        ("+ A", "+"),
        ("A + & B", "&"),
        ("(A + B", "("),
        ("A + B)", ")"),
        ('A + "B', '"B'),
        ("A + /[/", "/[/"),
        ("A + /zzz/", "/zzz/"),
        ("left: + A", "left:"),
        ("", ""),
    ],
)
def test_an_error_points_at_the_offending_characters(small_atlas, query, characters):
    with pytest.raises(QueryError) as caught:
        select(query, small_atlas.ranks)
    error = caught.value
    assert query[error.start : error.end] == characters
    assert str(error.start + 1) in str(error)
    assert "\n" not in str(error)


def test_a_misspelt_acronym_is_met_with_those_like_it(small_atlas):
    with refused("did you mean", "root"):
        select("rooot", small_atlas.ranks)


def test_without_hemispheres_a_hemisphere_is_refused_when_the_mask_is_made(small_map):
    atlas = Atlas.from_arrays(np.full((2, 2, 2), 3, np.uint32), small_map, 10.0)
    with refused("which side"):
        select("left:A", atlas.ranks).mask(atlas.hemisphere_rule)
    assert select("A", atlas.ranks).mask(atlas.hemisphere_rule).all()


def test_acronyms_that_look_like_operators_are_acronyms():
    names = ["SSp-m6b", "SSp-m", "leaf", "A/B", "depth=5", "left:x", "x (part 2)", "a & b", "7"]
    rows = [{"id": n, "acronym": name, "name": f"region {n}"} for n, name in enumerate(names, 10)]
    regions = RegionMap.flat(rows)
    labels = Atlas.from_arrays(np.arange(40).reshape(2, 4, 5), regions, 1.0).ranks
    for n, name in enumerate(names, 10):
        query = f'"{name}"' if " & " in name else name
        assert select(query, labels) == Selection.of_ranks(labels, [regions.rank(n)]), name
    both = select("SSp-m - SSp-m6b + x (part 2)", labels)
    assert labels.ids[both.ranks].tolist() == [11, 16]


@pytest.mark.data
def test_every_allen_acronym_and_name_is_its_own_query(data_folder):
    regions = RegionMap.load_json(data_folder / "allen_ccfv3_2017" / "1.json")
    labels = Atlas.from_arrays(np.zeros((2, 2, 2), np.uint32), regions, 1.0).ranks
    acronyms = [regions.acronym_of_rank(k) for k in range(1, len(regions) + 1)]
    assert sum("-" in a for a in acronyms) == 100
    assert sum("/" in a for a in acronyms) == 61
    for rank in range(1, len(regions) + 1, 3):
        whole = Selection.of_ranks(labels, [rank])
        assert select(regions.acronym_of_rank(rank), labels) == whole
        assert whole.bits[select(regions.name_of_rank(rank), labels).ranks].any(), (
            regions.name_of_rank(rank)
        )
        assert select(f"{acronyms[-1]} + {regions.acronym_of_rank(rank)}", labels).bits[rank]
        assert select(f"({regions.acronym_of_rank(rank)})", labels) == whole


def test_names_hold_parentheses_and_groups_do_too(small_map):
    texts = [t.text for t in tokens_of("(Nucleus (part 2) + (x)) - left:(y + z)")]
    assert texts == [
        "(",
        "Nucleus (part 2)",
        "+",
        "(",
        "x",
        ")",
        ")",
        "-",
        "left:",
        "(",
        "y",
        "+",
        "z",
        ")",
    ]


def test_too_deep_and_too_long_queries_are_refused(small_atlas):
    deep = "(" * 500 + "A" + ")" * 500
    with refused("100 parentheses", by=QueryError):
        select(deep, small_atlas.ranks)
    with refused("characters", by=QueryError):
        select("A + " * 10_000, small_atlas.ranks)


def test_sets_of_ones_own_are_named_in_queries(small_atlas):
    mine = {"my set": select("a1 + b1", small_atlas.ranks)}
    found = select("my set - b1", small_atlas.ranks, mine)
    assert found == select("a1", small_atlas.ranks)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hippo", False),
        ("SSp-m6b", False),
        ("A/B", False),
        ("layer 1", False),
        ("CTX - VIS", True),
        ("left:CTX", True),
        ("/a/", True),
        ("leaf", True),
        ("depth=5", True),
        ("volume>1", True),
        ("(A", True),
        ("A & ", True),
    ],
)
def test_a_query_is_distinguished_from_the_beginning_of_a_name(text, expected):
    assert is_expression(text) is expected


@pytest.mark.parametrize(
    ("query", "first", "start"),
    [
        ("a", "A", 0),
        ("A + b", "B", 4),
        ("left:b1", "b1", 5),
        ("(a1 + layer 2", "a2", 6),
        ("A & le", "leaf", 4),
    ],
)
def test_completions_of_the_last_term(small_map, query, first, start):
    found = complete(query, small_map)
    assert any(c.text == first and c.start == start for c in found)
    assert complete("A + ", small_map) == []


# ---- selections against sets of voxels ---------------------------------------------------------

QUERIES = st.recursive(
    st.sampled_from(
        [
            "A",
            "a1",
            "a2",
            "B",
            "b1",
            "C",
            "own:A",
            "under:root",
            "leaf",
            "999",
            "left:root",
            "right:A",
        ]
    ),
    lambda inner: st.builds(
        lambda a, op, b: f"({a} {op} {b})", inner, st.sampled_from("+&-"), inner
    ),
    max_leaves=8,
)


def naive(atlas: Atlas, query: str) -> np.ndarray:
    """Evaluate by masks instead of bits."""
    tokens = query.replace("(", " ( ").replace(")", " ) ").split()

    def parse() -> np.ndarray:
        word = tokens.pop(0)
        if word != "(":
            return select(word, atlas.ranks).mask(atlas.hemisphere_rule)
        left = parse()
        op, right = tokens.pop(0), parse()
        assert tokens.pop(0) == ")"
        return {"+": left | right, "&": left & right, "-": left & ~right}[op]

    return parse()


@settings(max_examples=80, deadline=None)
@given(query=QUERIES)
def test_operations_on_bits_are_operations_on_voxels(query):
    atlas = _atlas()
    np.testing.assert_array_equal(
        select(query, atlas.ranks).mask(atlas.hemisphere_rule), naive(atlas, query)
    )


@settings(max_examples=80, deadline=None)
@given(query=QUERIES)
def test_parts_put_together_are_the_selection(query):
    atlas = _atlas()
    found = select(query, atlas.ranks)
    assert Selection.of_parts(atlas.ranks, found.parts()) == found
    assert found.count(atlas.hemisphere_rule) == int(found.mask(atlas.hemisphere_rule).sum())
    assert found.mirrored().mirrored() == found


def _atlas() -> Atlas:
    """Voxels of every region and side at random, some on no side."""
    rng = np.random.default_rng(5)
    rows = [
        {"id": 1, "acronym": "root"},
        {"id": 2, "acronym": "A"},
        {"id": 3, "acronym": "a1"},
        {"id": 4, "acronym": "a2"},
        {"id": 70000, "acronym": "B"},
        {"id": 6, "acronym": "b1"},
        {"id": 7, "acronym": "C"},
    ]
    regions = RegionMap(rows, [None, 1, 2, 2, 1, 70000, 1])
    ids = rng.choice([0, 1, 2, 3, 4, 6, 999, 70000], size=(5, 6, 7)).astype(np.uint32)
    sides = rng.integers(0, 3, ids.shape).astype(np.uint8)
    return Atlas.from_arrays(ids, regions, 10.0, hemispheres=sides)


def test_a_description_is_short(small_atlas):
    assert select("A", small_atlas.ranks).describe() == "A"
    assert select("left:B + own:A", small_atlas.ranks).describe() == "own:A, left:B"
    # Parents without voxels of their own are not worth a word.
    assert select("own:B + a1", small_atlas.ranks).describe() == "a1"
    assert select("leaf", small_atlas.ranks).describe(2) == "a1, a2 and 2 more"
