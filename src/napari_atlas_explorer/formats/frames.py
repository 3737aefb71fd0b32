"""Coordinate frames that users state, in TOML."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.atlas.atlas import Atlas
from ..core.errors import ArgumentError, AtlasFileError, short
from ..core.space.bregma import nose_up
from ..core.space.frames import DIRECTIONS, UNIT_UM, Frame, FrameAxis, Frames, facing_affine
from ..core.text import listed
from .common.toml import read_toml

REQUIRED = ("name", "atlas", "unit", "axes", "source")
PLACED = ("origin_um", "scale", "pitch")
OPTIONAL = ("origin", "landmark", "uncertainty", "matrix", *PLACED)
LONGEST_NAME = 60
MOST_FRAMES = 100

Axes = tuple[FrameAxis, FrameAxis, FrameAxis]


def read_frames(path: str | Path, atlas: Atlas) -> Frames:
    """Return an atlas's frames and those that a file states.

    Parameters
    ----------
    path
        TOML with one table ``[[frame]]`` for each: docs/coordinates.md describes it.
    atlas
        The atlas. Frames for other atlases, and those that need an orientation that it does
        not state, are unavailable, with the reason.

    Raises
    ------
    AtlasFileError
        If an entry is missing, unknown, or contradicts another.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from napari_atlas_explorer import open_atlas
    >>> text = '''
    ... [[frame]]
    ... name = "bregma-lab"
    ... atlas = "Phantom *"
    ... unit = "mm"
    ... axes = ["AP anterior", "ML right", "DV dorsal"]
    ... origin_um = [5300, 400, 5400]
    ... source = "lab book 12, page 3"
    ... '''
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "frames.toml"
    ...     _ = path.write_text(text)
    ...     frames = read_frames(path, open_atlas("sample"))
    >>> frames["bregma-lab"].from_world([6300, 1400, 4400]).tolist()
    [-1.0, 1.0, -1.0]
    """
    path = Path(path)
    data = read_toml(path)
    strange = sorted(set(data) - {"frame"})
    rows = data.get("frame", [])
    if strange or not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
        raise AtlasFileError(path, f"{strange[0] if strange else 'frame'}", "tables [[frame]]")
    if not 0 < len(rows) <= MOST_FRAMES:
        raise AtlasFileError(path, f"{len(rows)} tables [[frame]]", f"1 to {MOST_FRAMES}")
    frames, unavailable = [], {}
    for n, row in enumerate(rows, 1):
        name = row.get("name")
        where = f"frame {name if isinstance(name, str) else n}"
        try:
            frame = _parse_frame(row, atlas)
        except ArgumentError as exc:
            raise AtlasFileError(path, f"{where}: {exc}") from exc
        if isinstance(frame, str):
            unavailable[row["name"]] = frame
        else:
            frames.append(frame)
    try:
        return atlas.frames.extend(frames, unavailable)
    except ArgumentError as exc:
        raise AtlasFileError(path, str(exc)) from exc


def _parse_frame(row: Mapping[str, Any], atlas: Atlas) -> Frame | str:
    """Return a frame, or why this atlas cannot have it."""
    for key in REQUIRED:
        if key not in row:
            raise ArgumentError(f"there is no {key}; expected {', '.join(REQUIRED)}")
    strange = sorted(set(row) - {*REQUIRED, *OPTIONAL})
    if strange:
        raise ArgumentError(f"{strange[0]!r} is not known; expected {listed(OPTIONAL, 12)}")
    name, pattern, unit, source = (_parse_text(row, k) for k in ("name", "atlas", "unit", "source"))
    if len(name) > LONGEST_NAME or any(c.isspace() or c == "@" for c in name):
        raise ArgumentError(f"name {short(name)}; expected no blanks, no @, up to {LONGEST_NAME}")
    if unit not in UNIT_UM:
        raise ArgumentError(f"unit {short(unit)}; expected {' or '.join(UNIT_UM)}")
    axes = _parse_axes(row["axes"])
    if not fnmatchcase(atlas.name, pattern):
        return f"it is for {pattern}, and this is {atlas.name}"
    if not atlas.package.resolution_known:
        return "the voxel size is not stated"
    if "matrix" in row:
        affine = _parse_matrix(row, axes, atlas.frames.letters)
    elif atlas.frames.letters is None:
        return "the orientation of the atlas is not stated"
    else:
        affine = _place_axes(row, axes, unit, atlas.frames.letters)
    origin = _parse_text(row, "origin") if "origin" in row else "as the file states"
    uncertainty = _parse_text(row, "uncertainty") if "uncertainty" in row else ""
    landmark = _parse_text(row, "landmark") if "landmark" in row else ""
    return Frame(name, unit, axes, origin, source, affine, uncertainty, landmark=landmark)


def _parse_axes(value: Any) -> Axes:
    if not isinstance(value, list) or len(value) != 3 or not all(isinstance(v, str) for v in value):
        raise ArgumentError(f'axes {short(value)}; expected three such as "AP anterior"')
    axes = []
    for text in value:
        words = text.split()
        if len(words) != 2 or words[1] not in DIRECTIONS:
            raise ArgumentError(
                f"axis {short(text)}; expected a name and the side to which it rises: "
                f"{listed(DIRECTIONS, 8)}"
            )
        axes.append(FrameAxis(*words))
    names = [axis.name.casefold() for axis in axes]
    if len(set(names)) < 3:
        raise ArgumentError(f"axes {', '.join(names)}; expected three names")
    return axes[0], axes[1], axes[2]


def _place_axes(row: Mapping[str, Any], axes: Axes, unit: str, letters: str) -> NDArray[np.float64]:
    if "origin_um" not in row:
        raise ArgumentError("neither origin_um nor matrix is stated; expected one of them")
    origin = _parse_numbers(row["origin_um"], "origin_um", 3)
    scale = _parse_numbers(row.get("scale", [1, 1, 1]), "scale", 3)
    if min(scale) <= 0:
        raise ArgumentError(f"scale {short(row['scale'])}; expected positive factors")
    pitch = _parse_numbers([row.get("pitch", 0)], "pitch", 1)[0]
    if not -180 <= pitch <= 180:
        raise ArgumentError(f"pitch {pitch:g}; expected degrees from -180 to 180")
    # First without the tilt: it tells whether the axes are those of three dimensions.
    facing_affine(axes, letters, origin, UNIT_UM[unit])
    return facing_affine(axes, letters, origin, UNIT_UM[unit], scale, nose_up(axes, pitch))


def _parse_matrix(row: Mapping[str, Any], axes: Axes, letters: str | None) -> NDArray[np.float64]:
    both = [key for key in PLACED if key in row]
    if both:
        raise ArgumentError(f"both matrix and {both[0]} are stated; expected one of them")
    rows = row["matrix"]
    if not isinstance(rows, list) or len(rows) != 3:
        raise ArgumentError(f"matrix {short(rows)}; expected three rows of four numbers")
    forward = np.eye(4)
    for k, numbers in enumerate(rows):
        forward[k] = _parse_numbers(numbers, f"row {k + 1} of matrix", 4)
    scale = float(np.abs(forward[:3, :3]).max())
    if scale == 0 or abs(np.linalg.det(forward[:3, :3] / scale)) < 1e-9:
        raise ArgumentError("matrix has no inverse; expected three independent rows")
    if letters is not None:
        _check_directions(forward, axes, letters)
    return np.asarray(np.linalg.inv(forward))


def _check_directions(forward: NDArray[np.float64], axes: Axes, letters: str) -> None:
    """Raise where a row rises to another side than its axis says."""
    for axis, numbers in zip(axes, forward, strict=False):
        letter = DIRECTIONS[axis.positive]
        pair = next(p for p in ("ap", "si", "lr") if letter in p)
        world = next(k for k, start in enumerate(letters) if start in pair)
        expected = -1.0 if letters[world] == letter else 1.0
        if numbers[world] * expected <= 0:
            raise ArgumentError(
                f"the matrix does not raise {axis.name} to {axis.positive}; expected the side to "
                f"which it rises, or the other sign"
            )


def _parse_numbers(value: Any, key: str, n: int) -> list[float]:
    numbers: Sequence[Any] = value if isinstance(value, list) else []
    usable = [
        float(v)
        for v in numbers
        if isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v)
    ]
    if len(numbers) != n or len(usable) != n or max(map(abs, usable)) > 1e12:
        raise ArgumentError(f"{key} {short(value)}; expected {n} finite number{'s' * (n > 1)}")
    return usable


def _parse_text(row: Mapping[str, Any], key: str) -> str:
    value = row[key]
    if not isinstance(value, str) or not value.strip():
        raise ArgumentError(f"{key} is {short(value)}; expected text")
    return value.strip()
