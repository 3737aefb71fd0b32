"""Lookups for all points of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.atlas.atlas import OUTSIDE, Atlas
from ...core.errors import ArgumentError
from ...core.space.grid import as_points
from .border_distance import border_distances
from .counts import place_points

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Answers:
    """What is at each of n points.

    Attributes
    ----------
    ids, acronyms, names, hemispheres
        ``(n,)``; hemispheres is None where the sides are unknown.
    voxels
        ``(n, 3)``; -1 outside.
    inside
        ``(n,)`` booleans.
    convention
        Whose sides they are, "" where unknown.
    """

    ids: NDArray[np.int64]
    acronyms: NDArray[np.str_]
    names: NDArray[np.object_]
    hemispheres: NDArray[np.str_] | None
    voxels: NDArray[np.intp]
    inside: NDArray[np.bool_]
    convention: str


def answer_points(atlas: Atlas, positions: NDArray[np.float64]) -> Answers:
    """Look up all positions ``(n, 3)``, µm, at once."""
    ids = np.asarray(atlas.structure_from_coords(positions, microns=True), dtype=np.int64)
    acronyms = atlas.structure_from_coords(positions, microns=True, as_acronym=True)
    voxels, inside = atlas.grid.locate(positions)
    regions = atlas.region_map
    kinds, kind = np.unique(ids, return_inverse=True)
    ranks = [regions.rank_of_id(i) for i in kinds.tolist()]
    names = np.array([regions.name_of_rank(k) if k else "" for k in ranks], dtype=object)
    hemispheres = None
    if atlas.hemisphere_rule is not None:
        hemispheres = atlas.hemisphere_from_coords(positions, microns=True, as_string=True)
        hemispheres = np.where(hemispheres == OUTSIDE, "", hemispheres)
    convention = atlas.hemisphere_rule.convention if atlas.hemisphere_rule is not None else ""
    return Answers(ids, acronyms, names[kind], hemispheres, voxels, inside, convention)


def answers_as_dataframe(
    atlas: Atlas, points: ArrayLike, microns: bool = True, border: bool = True
) -> pd.DataFrame:
    """Look up points as a table; see `Atlas.lookup`."""
    import pandas as pd

    given = as_points(points, atlas.grid.ndim).reshape(-1, atlas.grid.ndim)
    # A whole number is a voxel, whose position is that of its center; see `Atlas.at_voxel`.
    centers = np.where(given == np.floor(given), given + 0.5, given)
    positions = given if microns else atlas.grid.to_world(centers)
    answers = answer_points(atlas, positions)
    regions = atlas.region_map
    kinds, kind = np.unique(answers.ids, return_inverse=True)
    described = np.empty((len(kinds), 3), dtype=object)
    for n, region_id in enumerate(kinds.tolist()):
        rank = regions.rank_of_id(region_id)
        if rank:
            path = tuple(regions.path(region_id))
            described[n] = [path[-1], regions.name_of_rank(rank), None]
            described[n, 2] = path
    distances = {}
    if border:
        distances["border_um"] = np.full(len(positions), np.nan)
        if atlas.package.resolution_known and len(positions):
            placed = place_points(atlas.ranks, atlas.hemisphere_rule, positions)
            distances["border_um"] = border_distances(atlas.ranks, placed)
    sides = np.full(len(positions), None, dtype=object)
    if answers.hemispheres is not None:
        sides[:] = answers.hemispheres
        sides[sides == ""] = None
    acronyms, names, paths = described[kind].T
    texts = {"acronym": acronyms, "name": names, "path": paths, "hemisphere": sides}
    index = points.index if isinstance(points, pd.DataFrame) else None
    return pd.DataFrame(
        {
            "id": pd.Series(answers.ids, index),
            # As objects None stays None, in every version of pandas.
            **{name: pd.Series(column, index, dtype=object) for name, column in texts.items()},
            **{name: pd.Series(column, index) for name, column in distances.items()},
            "outside": pd.Series(~answers.inside, index),
        }
    )


def write_answers(
    names: Sequence[str],
    written: Sequence[Any],
    answers: Answers,
    stream: TextIO,
    added: Mapping[str, NDArray[np.float64]] | None = None,
) -> None:
    """Write a CSV: the input's columns by their names, as in the file, then what is there.

    ``added`` are further columns at the end.
    """
    import pandas as pd

    n = len(answers.ids)
    blank = np.full(n, "", dtype=object)
    columns: dict[str, Any] = dict(zip(names, written, strict=True))
    found: dict[str, Any] = {
        "id": answers.ids,
        "acronym": answers.acronyms,
        "name": answers.names,
        "hemisphere": blank if answers.hemispheres is None else answers.hemispheres,
    }
    for k in range(3):
        found[f"voxel_{'ijk'[k]}"] = pd.array(
            np.where(answers.inside, answers.voxels[:, k], 0), dtype="Int64"
        )
        found[f"voxel_{'ijk'[k]}"][~answers.inside] = pd.NA
    found["hemisphere_convention"] = np.full(n, answers.convention, dtype=object)
    found.update(added or {})
    clash = sorted(set(columns) & set(found))
    if clash:
        raise ArgumentError(f"the points' columns are called {', '.join(clash)}; expected x, y, z")
    table = pd.DataFrame({**columns, **found})
    table.to_csv(stream, index=False, lineterminator="\n")


def answers_as_json(
    atlas: Atlas, positions: NDArray[np.float64], answers: Answers
) -> list[dict[str, Any]]:
    """Return one object per position (µm), with the keys of the answer for one."""
    regions = atlas.region_map
    known = atlas.package.resolution_known
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(positions).all(axis=1))
    kinds = {i: regions.rank_of_id(i) for i in np.unique(answers.ids).tolist()}
    paths = {i: regions.path(i) if k else [] for i, k in kinds.items()}
    rows = []
    for n, region_id in enumerate(answers.ids.tolist()):
        rank, inside = kinds[region_id], bool(answers.inside[n])
        hemisphere = str(answers.hemispheres[n]) if answers.hemispheres is not None else ""
        rows.append(
            {
                "id": region_id,
                "acronym": regions.acronym_of_rank(rank) if rank else None,
                "name": regions.name_of_rank(rank) if rank else None,
                "path": paths[region_id],
                "hemisphere": hemisphere or None,
                "hemisphere_convention": answers.convention or None,
                "voxel": answers.voxels[n].tolist() if inside else None,
                "position_um": positions[n].tolist() if known and finite[n] else None,
                "outside": not inside,
            }
        )
    return rows
