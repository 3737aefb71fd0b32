"""Lookups for all points of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from ...core.atlas.atlas import OUTSIDE, Atlas
from ...core.errors import ArgumentError, AtlasFileError
from ...core.space.grid import floor_indices
from ...formats.points.reader import PointsFile, open_points
from .columns import suggest_columns, unit_of
from .frames import Unit

AXIS_NAMES = ("axis_0", "axis_1", "axis_2")
LONG: dict[Unit, str] = {"um": "µm", "mm": "mm", "voxel": "voxels"}


@dataclass(frozen=True)
class Points:
    """Points as they were read.

    Attributes
    ----------
    names
        Of the three columns, in the order of the axes.
    written
        Columns as they go into the answer: the file's own text, or numbers.
    coordinates
        ``(n, 3)`` float64; NaN where a cell is empty.
    """

    names: tuple[str, str, str]
    written: Sequence[Any]
    coordinates: NDArray[np.float64]


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


def read_points(path: Path, orientation: str | None = None, unit: Unit | None = None) -> Points:
    """Read points whose columns stand in the order of the atlas's axes, or are named so.

    Parameters
    ----------
    path
        .csv, .tsv, .npy or .json. The columns are called x, y, z; a, b, c; ap, dv, ml; axis_0,
        axis_1, axis_2 (more in `columns`); or there are just three of them, with or
        without a header.
    orientation
        Of the atlas: tells which axis ap, dv and ml mean.
    unit
        In which the coordinates are taken; names that state another are refused.
    """
    file = open_points(path)
    columns = _find_columns(file, orientation)
    stated = None if file.names is None else unit_of(file.names, columns)
    if stated is not None and unit is not None and stated != unit:
        raise AtlasFileError(
            path, f"its columns are in {LONG[stated]}", f"points in {LONG[unit]}, as it is asked"
        )
    found = file.read(columns, text=True)
    names = AXIS_NAMES if file.names is None else [file.names[k] for k in columns]
    return Points((names[0], names[1], names[2]), found.written, found.numbers)


def _find_columns(file: PointsFile, orientation: str | None) -> tuple[int, int, int]:
    """Return the positions of the columns of axes 0, 1 and 2."""
    if file.names is None:
        if file.n_columns == 3:
            return 0, 1, 2
        raise AtlasFileError(
            file.path, f"{file.n_columns} columns without a header", "three, or a header x,y,z"
        )
    try:
        suggestion = suggest_columns(file.names, orientation)
    except ArgumentError as exc:
        raise AtlasFileError(file.path, str(exc)) from exc
    if suggestion is None:
        raise AtlasFileError(
            file.path, f"columns {file.format_columns()}", "x,y,z or a,b,c or ap,dv,ml among them"
        )
    return suggestion.columns


def answer_points(atlas: Atlas, points: NDArray[np.float64], microns: bool) -> Answers:
    """Look all points up at once.

    Parameters
    ----------
    atlas
        The atlas.
    points
        ``(n, 3)``: µm, or voxels (an edge is an integer) without ``microns``.
    microns
        Whether they are µm.
    """
    ids = np.asarray(atlas.structure_from_coords(points, microns=microns), dtype=np.int64)
    acronyms = atlas.structure_from_coords(points, microns=microns, as_acronym=True)
    voxels, inside = atlas.grid.locate(points) if microns else floor_indices(points, atlas.shape)
    regions = atlas.region_map
    kinds, kind = np.unique(ids, return_inverse=True)
    ranks = [regions.rank_of_id(i) for i in kinds.tolist()]
    names = np.array([regions.name(k) if k else "" for k in ranks], dtype=object)
    hemispheres = None
    if atlas.hemisphere_rule is not None:
        hemispheres = atlas.hemisphere_from_coords(points, microns=microns, as_string=True)
        hemispheres = np.where(hemispheres == OUTSIDE, "", hemispheres)
    convention = atlas.hemisphere_rule.convention if atlas.hemisphere_rule is not None else ""
    return Answers(ids, acronyms, names[kind], hemispheres, voxels, inside, convention)


def write_answers(points: Points, answers: Answers, stream: TextIO) -> None:
    """Write a CSV: the input's columns, then what is there."""
    import pandas as pd

    n = len(answers.ids)
    blank = np.full(n, "", dtype=object)
    columns: dict[str, Any] = dict(zip(points.names, points.written, strict=True))
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
    clash = sorted(set(columns) & set(found))
    if clash:
        raise ArgumentError(f"the points' columns are called {', '.join(clash)}; expected x, y, z")
    table = pd.DataFrame({**columns, **found})
    table.to_csv(stream, index=False, lineterminator="\n")


def answers_as_json(
    atlas: Atlas, points: Points, answers: Answers, voxels: bool
) -> list[dict[str, Any]]:
    """Return one object per point, with the keys of the answer for one position."""
    regions = atlas.region_map
    known = atlas.package.resolution_known
    # A whole-numbered voxel means that voxel, whose position is its center.
    q = points.coordinates
    world = atlas.grid.to_world(np.where(q == np.floor(q), q + 0.5, q)) if voxels else q
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(world).all(axis=1))
    kinds = {i: regions.rank_of_id(i) for i in np.unique(answers.ids).tolist()}
    paths = {i: regions.path(k) for i, k in kinds.items()}
    rows = []
    for n, region_id in enumerate(answers.ids.tolist()):
        rank, inside = kinds[region_id], bool(answers.inside[n])
        hemisphere = str(answers.hemispheres[n]) if answers.hemispheres is not None else ""
        rows.append(
            {
                "id": region_id,
                "acronym": regions.acronym(rank) if rank else None,
                "name": regions.name(rank) if rank else None,
                "path": paths[region_id],
                "hemisphere": hemisphere or None,
                "hemisphere_convention": answers.convention or None,
                "voxel": answers.voxels[n].tolist() if inside else None,
                "position_um": world[n].tolist() if known and finite[n] else None,
                "outside": not inside,
            }
        )
    return rows
