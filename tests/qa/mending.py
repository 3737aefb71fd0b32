"""Take out of the sample what the checks would rightly find in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_atlas_explorer.core.colors.difference import color_difference

CORNERS = np.ones((3, 3, 3))
LEAST_SHARE = 0.02
"""Pieces below this share of the largest are given away: more than the check asks."""

CUBE = [(a, b, c) for a in range(30, 256, 25) for b in range(30, 256, 25) for c in (50, 120, 200)]


def without_fragments(ids: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Give small pieces and single voxels of one half, and holes, the label around them."""
    ids = ids.copy()
    for _ in range(12):
        small = _small_pieces(ids)
        if not small.any():
            return ids
        _take_from_around(ids, small)
    raise AssertionError("the sample's fragments cannot be mended")


def _small_pieces(ids: NDArray[np.uint32]) -> NDArray[np.bool_]:
    background, _ = ndimage.label(ids == 0)
    # The last face of axis 2 is the middle of the brain: what ends there is no way out.
    faces = [background[[0, -1]], background[:, [0, -1]], background[:, :, 0]]
    reached = np.unique(np.concatenate([f.ravel() for f in faces]))
    small = (background > 0) & ~np.isin(background, reached)
    dense = np.unique(ids, return_inverse=True)[1].reshape(ids.shape)
    for number, box in enumerate(ndimage.find_objects(dense), 1):
        if box is None:
            continue
        pieces, n = ndimage.label(dense[box] == number, CORNERS)
        sizes = np.bincount(pieces.ravel())[1:]
        little = np.flatnonzero((sizes < 3) | (sizes < LEAST_SHARE * sizes.max())) + 1
        if n > 1 and len(little):
            small[box] |= np.isin(pieces, little)
    return small


def _take_from_around(ids: NDArray[np.uint32], small: NDArray[np.bool_]) -> None:
    """Copy the nearest label, background left aside, that stays."""
    stays = ~small & (ids > 0)
    nearest = ndimage.distance_transform_edt(~stays, return_distances=False, return_indices=True)
    ids[small] = ids[tuple(n[small] for n in nearest)]


def with_small_ids(
    ids: NDArray[np.uint32], rows: Sequence[dict[str, Any]]
) -> tuple[NDArray[np.uint32], tuple[dict[str, Any], ...]]:
    """Give regions whose id takes more than 16 bits a free one that does not."""
    taken = {row["id"] for row in rows}
    free = iter(sorted(set(range(1, 65536)) - taken, reverse=True))
    new = {i: next(free) if i > 65535 else i for i in sorted(taken)}
    ids = ids.copy()
    for old, now in new.items():
        if old != now:
            ids[ids == old] = now
    renamed = []
    for row in rows:
        parent = row["parent_structure_id"]
        renamed.append({**row, "id": new[row["id"]], "parent_structure_id": new.get(parent)})
    return ids, tuple(renamed)


def with_distinct_colors(
    ids: NDArray[np.uint32], rows: Sequence[dict[str, Any]], least: float = 8.0
) -> tuple[dict[str, Any], ...]:
    """Give each region a color that no other has and that differs from those it touches."""
    touching: dict[int, set[int]] = {}
    for axis in range(3):
        along = np.moveaxis(ids, axis, 0)
        met = along[1:] != along[:-1]
        pairs = np.unique(np.stack([along[1:][met], along[:-1][met]]), axis=1)
        for a, b in pairs.T.tolist():
            touching.setdefault(a, set()).add(b)
            touching.setdefault(b, set()).add(a)
    given: dict[int, tuple[int, ...]] = {}
    for number, row in enumerate(rows):
        beside = [given[i] for i in touching.get(row["id"], ()) if i in given]
        turned = CUBE[number * 37 % len(CUBE) :] + CUBE[: number * 37 % len(CUBE)]
        wanted = [tuple(row["rgb_triplet"]), *turned]
        used = set(given.values())
        given[row["id"]] = next(
            c
            for c in wanted
            if c not in used and not (beside and color_difference(c, beside).min() < least)
        )
    return tuple({**row, "rgb_triplet": list(given[row["id"]])} for row in rows)
