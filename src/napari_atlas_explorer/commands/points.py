"""Files of points, and the answers for all of them at once."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
from numpy.typing import NDArray

from ..core.atlas import OUTSIDE, Atlas
from ..core.axes import FRONT_BACK, LEFT_RIGHT, UP_DOWN
from ..core.errors import ArgumentError, AtlasFileError
from ..core.grid import floor_indices
from ..files.region_tables import read_text

if TYPE_CHECKING:
    import pandas as pd

AXIS_NAMES = ("axis_0", "axis_1", "axis_2")
COLUMN_SETS = (("x", "y", "z"), ("a", "b", "c"), AXIS_NAMES)
ANATOMICAL = {"ap": FRONT_BACK, "dv": UP_DOWN, "ml": LEFT_RIGHT}
UNITS = ("_um", "_µm", " (um)", " (µm)", " [um]", " [µm]", "_voxel", "_voxels")


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


def read_points(path: Path, orientation: str | None = None) -> Points:
    """Read points from .npy (without pickles) or from a table.

    Parameters
    ----------
    path
        The file. A table's columns are called x, y, z; a, b, c; ap, dv, ml; axis_0, axis_1,
        axis_2; or there are just three of them, with or without a header.
    orientation
        Of the atlas: tells which axis ap, dv and ml mean.
    """
    if path.suffix.lower() == ".npy":
        return _read_npy(path)
    if path.suffix.lower() in (".csv", ".tsv", ".txt"):
        return _read_table(path, orientation)
    raise AtlasFileError(path, f"a {path.suffix or 'nameless'} file", "points as .csv or .npy")


def _read_npy(path: Path) -> Points:
    try:
        # Mapped, so that a header that promises more than the file holds costs no memory.
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({exc.strerror or exc})") from exc
    except (ValueError, EOFError, SyntaxError) as exc:
        raise AtlasFileError(path, f"not a .npy array ({exc})", "numbers of shape (n, 3)") from exc
    if not isinstance(array, np.ndarray) or array.ndim != 2 or array.shape[1] != 3:
        shape = getattr(array, "shape", "unknown")
        raise AtlasFileError(path, f"an array of shape {shape}", "(n, 3)")
    if array.dtype.kind not in "iuf":
        raise AtlasFileError(path, f"an array of dtype {array.dtype}", "integers or floats")
    values = np.array(array)
    return Points(AXIS_NAMES, [values[:, k] for k in range(3)], values.astype(np.float64))


def _read_table(path: Path, orientation: str | None) -> Points:
    import pandas as pd

    text = read_text(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",\t;", key=first.count)
    if first.count(delimiter) < 2:
        raise AtlasFileError(
            path, f"a first line {first[:60]!r}", "three columns, divided by commas"
        )
    try:
        table = pd.read_csv(
            io.StringIO(text),
            sep=delimiter,
            header=None,
            dtype=str,
            keep_default_na=False,
            skipinitialspace=True,
        )
    except (pd.errors.ParserError, ValueError) as exc:
        raise AtlasFileError(path, f"not a table ({exc})", "as many cells in every row") from exc
    table = table.fillna("")  # the missing end of a short row
    head = [str(cell).strip() for cell in table.iloc[0]]
    has_header = not all(_is_number(cell) for cell in head)
    if has_header:
        table = table.iloc[1:]
        columns = _columns(path, head, orientation)
    elif len(table.columns) == 3:
        columns = (0, 1, 2)
    else:
        raise AtlasFileError(
            path, f"{len(table.columns)} columns without a header", "three, or a header x,y,z"
        )
    names = tuple(head[k] for k in columns) if has_header else AXIS_NAMES
    written = [table.iloc[:, k].str.strip() for k in columns]
    numbers = [_numbers(path, cells, name) for cells, name in zip(written, names, strict=True)]
    return Points((names[0], names[1], names[2]), written, np.stack(numbers, axis=1))


def _columns(path: Path, names: list[str], orientation: str | None) -> tuple[int, int, int]:
    """Positions of the columns of axes 0, 1 and 2."""
    plain = [_plain(name) for name in names]
    for wanted in (*COLUMN_SETS, tuple(ANATOMICAL)):
        if any(plain.count(name) > 1 for name in wanted):
            raise AtlasFileError(path, f"columns {', '.join(names)}", "each name once")
        if not all(name in plain for name in wanted):
            continue
        if wanted == tuple(ANATOMICAL) and orientation is not None:
            # These names say which axis is meant, whatever order they stand in.
            wanted = tuple(
                next(name for name, pair in ANATOMICAL.items() if letter in pair)
                for letter in orientation
            )
        first, second, third = (plain.index(name) for name in wanted)
        return first, second, third
    if len(names) == 3:
        return 0, 1, 2
    raise AtlasFileError(
        path, f"columns {', '.join(names)[:200]}", "x,y,z or a,b,c or ap,dv,ml among them"
    )


def _plain(name: str) -> str:
    folded = name.casefold().strip().replace("μ", "µ")
    for unit in UNITS:
        folded = folded.removesuffix(unit)
    return folded


def _numbers(path: Path, cells: pd.Series[str], name: str) -> NDArray[np.float64]:
    import pandas as pd

    values = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    strange = np.flatnonzero(np.isnan(values) & ~cells.str.casefold().isin(["", "nan"]).to_numpy())
    if len(strange):
        row = int(strange[0])
        raise AtlasFileError(
            path, f"column {name} holds {cells.iloc[row][:40]!r} in row {row + 1}", "numbers"
        )
    return values


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return not text  # an empty cell is a missing number, not a heading
    return True


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
    sides = None
    if atlas.sides is not None:
        sides = atlas.hemisphere_from_coords(points, microns=microns, as_string=True)
        sides = np.where(sides == OUTSIDE, "", sides)
    convention = atlas.sides.convention if atlas.sides is not None else ""
    return Answers(ids, acronyms, names[kind], sides, voxels, inside, convention)


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
    """One object per point, with the keys of the answer for one position."""
    regions = atlas.region_map
    known = atlas.package.resolution_known
    # A whole-numbered voxel means that voxel, whose position is its centre.
    q = points.coordinates
    world = atlas.grid.to_world(np.where(q == np.floor(q), q + 0.5, q)) if voxels else q
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(world).all(axis=1))
    kinds = {i: regions.rank_of_id(i) for i in np.unique(answers.ids).tolist()}
    paths = {i: regions.path(k) for i, k in kinds.items()}
    rows = []
    for n, region_id in enumerate(answers.ids.tolist()):
        rank, inside = kinds[region_id], bool(answers.inside[n])
        side = str(answers.hemispheres[n]) if answers.hemispheres is not None else ""
        rows.append(
            {
                "id": region_id,
                "acronym": regions.acronym(rank) if rank else None,
                "name": regions.name(rank) if rank else None,
                "path": paths[region_id],
                "hemisphere": side or None,
                "hemisphere_convention": answers.convention or None,
                "voxel": answers.voxels[n].tolist() if inside else None,
                "position_um": world[n].tolist() if known and finite[n] else None,
                "outside": not inside,
            }
        )
    return rows
