"""The phantom atlas: what its documentation promises."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from napari_atlas_explorer.atlases.phantom import Phantom, make_phantom
from napari_atlas_explorer.atlases.phantom.anatomy import ASYMMETRIES
from napari_atlas_explorer.atlases.phantom.regions import (
    CASE_PAIR,
    EMPTY,
    LAYERED,
    OWN_VOXELS,
    WIDE_IDS,
)


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return make_phantom()


@pytest.fixture(scope="module")
def counts(phantom: Phantom) -> dict[int, int]:
    """Voxels of each id, background included."""
    ids, n = np.unique(phantom.annotation, return_counts=True)
    return dict(zip(ids.tolist(), n.tolist(), strict=True))


def parents(phantom: Phantom) -> dict[int, int | None]:
    return {s["id"]: s["parent_structure_id"] for s in phantom.structures}


def lineage(phantom: Phantom, region: int) -> Iterator[int]:
    """The region and its ancestors, up to the root."""
    parent = parents(phantom)
    at: int | None = region
    while at is not None:
        yield at
        at = parent[at]


def id_of(phantom: Phantom, acronym: str) -> int:
    return next(int(s["id"]) for s in phantom.structures if s["acronym"] == acronym)


def halves(volume: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.uint32], ...]:
    """Left and right half, both counted from the midline."""
    middle = volume.shape[2] // 2
    return volume[:, :, middle:], volume[:, :, :middle][:, :, ::-1]


def digest(phantom: Phantom) -> str:
    h = hashlib.sha256()
    for a in (phantom.reference, phantom.annotation, phantom.hemispheres, phantom.orientation):
        h.update(np.ascontiguousarray(a).tobytes())
    return h.hexdigest()


def test_shapes_and_types(phantom: Phantom) -> None:
    shape = phantom.annotation.shape
    assert len(shape) == 3
    assert np.prod(shape) <= 5_500_000
    assert phantom.reference.shape == phantom.hemispheres.shape == shape
    assert phantom.orientation.shape == (*shape, 4)
    assert phantom.reference.dtype == np.uint16
    assert phantom.annotation.dtype == np.uint32
    assert phantom.hemispheres.dtype == np.uint8
    assert phantom.orientation.dtype == np.int8
    assert phantom.resolution == (60.0, 60.0, 60.0)
    assert phantom.orientation_code == "asr"


def test_hierarchy_is_one_deep_tree(phantom: Phantom) -> None:
    parent = parents(phantom)
    assert len(parent) == len(phantom.structures) >= 100
    assert 0 not in parent
    assert [i for i, p in parent.items() if p is None] == [id_of(phantom, "root")]
    assert max(sum(1 for _ in lineage(phantom, i)) for i in parent) >= 8
    assert [s["graph_order"] for s in phantom.structures] == list(range(len(parent)))
    seen: set[int | None] = {None}
    for s in phantom.structures:
        assert s["parent_structure_id"] in seen
        seen.add(s["id"])


def test_acronyms_differ_though_some_only_in_case(phantom: Phantom) -> None:
    acronyms = [s["acronym"] for s in phantom.structures]
    assert len(set(acronyms)) == len(acronyms)
    assert set(CASE_PAIR) <= set(acronyms)
    clashes = len(acronyms) - len({a.lower() for a in acronyms})
    assert clashes >= 1
    assert CASE_PAIR[0].lower() == CASE_PAIR[1].lower()


def test_wide_ids(phantom: Phantom, counts: dict[int, int]) -> None:
    for acronym, wide in WIDE_IDS.items():
        assert wide > 65535
        assert id_of(phantom, acronym) == wide
    assert counts[WIDE_IDS["CP"]] > 30


def test_every_label_is_a_region(phantom: Phantom, counts: dict[int, int]) -> None:
    assert set(counts) - {0} <= set(parents(phantom))


def test_empty_regions_are_the_documented_ones(phantom: Phantom, counts: dict[int, int]) -> None:
    filled = {a for i in counts if i for a in lineage(phantom, i)}
    empty = {s["acronym"] for s in phantom.structures if s["id"] not in filled}
    assert empty == set(EMPTY)


def test_leaves_have_a_sensible_number_of_voxels(phantom: Phantom, counts: dict[int, int]) -> None:
    inner = set(parents(phantom).values())
    small = {
        s["acronym"]: counts.get(s["id"], 0)
        for s in phantom.structures
        if s["id"] not in inner and s["acronym"] not in EMPTY and counts.get(s["id"], 0) < 30
    }
    assert small == {}


def test_parents_with_voxels_of_their_own(phantom: Phantom, counts: dict[int, int]) -> None:
    inner = set(parents(phantom).values())
    own = {s["acronym"] for s in phantom.structures if s["id"] in inner and s["id"] in counts}
    assert own == set(OWN_VOXELS)


def test_colors_distinguish_neighbors(phantom: Phantom) -> None:
    for s in phantom.structures:
        assert len(s["rgb_triplet"]) == 3
        assert all(isinstance(c, int) and 0 <= c <= 255 for c in s["rgb_triplet"])
    colors = {tuple(s["rgb_triplet"]) for s in phantom.structures}
    assert len(colors) > 0.9 * len(phantom.structures)


def test_hemispheres_follow_the_midline(phantom: Phantom) -> None:
    brain = phantom.annotation > 0
    side = phantom.hemispheres
    middle = side.shape[2] // 2
    assert np.array_equal(side > 0, brain)
    assert set(np.unique(side[:, :, :middle])) == {0, 2}
    assert set(np.unique(side[:, :, middle:])) == {0, 1}


def test_nearly_symmetric_but_not_quite(phantom: Phantom) -> None:
    left, right = halves(phantom.annotation)
    assert np.array_equal(left > 0, right > 0)
    fraction = (left != right).sum() / (left > 0).sum()
    assert 0.0005 < fraction < 0.02


def test_documented_asymmetries(phantom: Phantom) -> None:
    left, right = halves(phantom.annotation)

    def volumes(acronym: str) -> tuple[int, int]:
        root = id_of(phantom, acronym)
        ids = [i for i in parents(phantom) if root in lineage(phantom, i)]
        return int(np.isin(left, ids).sum()), int(np.isin(right, ids).sum())

    assert set(ASYMMETRIES) == {"AUDp", "LH", "NB", "VL"}
    for acronym in ("AUDp", "LH"):
        on_left, on_right = volumes(acronym)
        assert on_left > 1.15 * on_right > 0
    assert volumes("NB")[0] > 30
    assert volumes("NB")[1] == 0
    on_left, on_right = volumes("VL")
    assert on_right > 1.15 * on_left > 0


def test_layers_are_ordered_by_depth(phantom: Phantom) -> None:
    # Along the dorsal cortex, deeper layers lie further ventrally.
    i = phantom.annotation.shape[0] // 2
    mean = [
        np.nonzero(phantom.annotation[i] == id_of(phantom, f"MOp{layer}"))[0].mean()
        for layer in LAYERED["MOp"]
        if (phantom.annotation[i] == id_of(phantom, f"MOp{layer}")).any()
    ]
    assert mean == sorted(mean)


def rotate_y(q: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Rotate +y by unit quaternions (w, x, y, z)."""
    w, x, y, z = q.T
    return np.stack([2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)], axis=1)


def test_orientation_is_where_the_neocortex_is(phantom: Phantom) -> None:
    iso = id_of(phantom, "Isocortex")
    ids = [i for i in parents(phantom) if iso in lineage(phantom, i)]
    has = phantom.orientation.any(axis=3)
    assert np.array_equal(has, np.isin(phantom.annotation, ids))


def test_orientation_has_unit_norm_and_points_outwards(phantom: Phantom) -> None:
    has = phantom.orientation.any(axis=3)
    q = phantom.orientation[has].astype(float) / 127
    norm = np.linalg.norm(q, axis=1)
    assert np.abs(norm - 1).max() < 0.01
    v = rotate_y(q / norm[:, None])

    # A step outwards must not lead into a deeper layer, and mostly leads into
    # a shallower one or out of the brain.
    rank = {0: -1}
    depth = {"1": 0, "2/3": 1, "4": 2, "5": 3, "6a": 4, "6b": 5}
    names = {s["acronym"]: s["id"] for s in phantom.structures}
    for area, layers in LAYERED.items():
        rank |= {names[area + layer]: depth[layer] for layer in layers}
    ids, inverse = np.unique(phantom.annotation, return_inverse=True)
    ranks = np.array([rank.get(i, 9) for i in ids.tolist()])[inverse.reshape(has.shape)]
    start = np.argwhere(has)
    end = np.rint(start + v * 240 / phantom.resolution[0]).astype(int)
    end = np.clip(end, 0, np.array(has.shape) - 1)
    step = ranks[tuple(end.T)] - ranks[tuple(start.T)]
    assert (step <= 0).mean() > 0.97
    assert (step < 0).mean() > 0.6


def test_orientation_mirrors(phantom: Phantom) -> None:
    middle = phantom.annotation.shape[2] // 2
    left = phantom.orientation[:, :, middle:]
    right = phantom.orientation[:, :, :middle][:, :, ::-1]
    has = left.any(axis=3)
    a = rotate_y(left[has].astype(float) / 127)
    b = rotate_y(right[has].astype(float) / 127)
    assert np.abs(a * [1, 1, -1] - b).max() < 0.05


def test_reference_reads_as_a_template(phantom: Phantom) -> None:
    image = phantom.reference
    median = {
        a: np.median(image[phantom.annotation == id_of(phantom, a)])
        for a in ("ccb", "V3", "SSp-bfd5", "CP", "DG-sg", "DG-mo")
    }
    outside = phantom.annotation == 0
    assert np.median(image[outside]) < 0.05 * median["CP"]
    assert median["V3"] < median["ccb"] < median["CP"]
    assert median["DG-sg"] < median["DG-mo"]
    assert image.max() < 65535


def test_deterministic(phantom: Phantom) -> None:
    assert digest(make_phantom()) == digest(phantom)
