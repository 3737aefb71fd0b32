"""Per-point features: table columns and layer features."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.regions.collapse import Collapse
from ...core.regions.rank_volume import RankVolume
from .counts import PlacedPoints
from .hemisphere_table import OUTSIDE, UNANNOTATED

SIDES = np.array(["", "left", "right"], dtype=object)


def point_features(
    rank_volume: RankVolume,
    placed: PlacedPoints,
    collapse: Collapse | None = None,
    distances: NDArray[np.float64] | None = None,
) -> dict[str, NDArray[Any]]:
    """Return the region and side of every point.

    Parameters
    ----------
    rank_volume
        The annotation.
    placed
        The points.
    collapse
        Which region each region counts for.
    distances
        What `border_distances` answers, if it was asked.

    Returns
    -------
    ``id`` (int64; 0 in no region, -1 outside the volume), ``acronym`` ("unannotated" and
    "outside" for those; of an id that the hierarchy does not know, the id), ``side`` ("left",
    "right" or "") and, with ``distances``, ``border_um``; each ``(n,)``.
    """
    ranks = placed.ranks if collapse is None else collapse.target[placed.ranks]
    regions = rank_volume.region_map
    acronyms = [regions.acronym_of_rank(k) for k in range(1, len(regions) + 1)]
    named = np.array(
        [UNANNOTATED, *acronyms, *map(str, rank_volume.unknown_ids.tolist())], dtype=object
    )
    features: dict[str, NDArray[Any]] = {
        "id": np.where(placed.inside, rank_volume.ids[ranks], -1),
        "acronym": np.where(placed.inside, named[ranks], OUTSIDE),
        "side": SIDES[np.minimum(placed.hemispheres, 2)],
    }
    if distances is not None:
        features["border_um"] = distances
    return features
