"""Reader of OME-Zarr volumes (NGFF 0.4 and 0.5): metadata, then one level.

The format is described at https://ngff.openmicroscopy.org. zarr-python reads the arrays;
what their metadata mean, and what may be read at all, is decided here.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import AtlasFileError, short
from ...core.space.grid import VoxelGrid
from ..common.header import VolumeHeader, spacing_assumptions
from ..common.safety import check_size
from ..common.text import load_json
from .chunks import check_chunks, codec_name, make_chunk_check

MICROMETERS = {
    "nanometer": 1e-3,
    "micrometer": 1.0,
    "millimeter": 1e3,
    "centimeter": 1e4,
    "meter": 1e6,
}
MAX_LEVELS = 32

# What zarr raises on damaged metadata and chunks (found by damaging them).
DAMAGE = (ValueError, LookupError, TypeError, RuntimeError, ArithmeticError, AttributeError)


@dataclass(frozen=True)
class ZarrLevel:
    """Resolution level of an OME-Zarr volume.

    Attributes
    ----------
    path
        Folder of its array.
    shape
        ``(n0, n1, n2)``, the spatial axes in the array's order.
    dtype
        Of the values.
    steps, first_center
        Size of a voxel, and position of the first voxel's center, along each axis, µm; voxels
        where the unit is not stated.
    leading
        Axes before the spatial ones.
    channels
        Length of the leading axes together; 1 but where several were asked for.
    """

    path: Path
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    steps: tuple[float, ...]
    first_center: tuple[float, ...]
    leading: int
    channels: int = 1

    @property
    def grid(self) -> VoxelGrid:
        """Placement, µm; NGFF places the center of the first voxel."""
        corner = [c - s / 2 for c, s in zip(self.first_center, self.steps, strict=True)]
        return VoxelGrid.from_steps(self.shape, self.steps, corner)


@dataclass(frozen=True, kw_only=True)
class OmeZarr(VolumeHeader):
    """Metadata of an OME-Zarr volume; as a header, those of its finest level.

    Attributes
    ----------
    levels
        Resolutions, the finest first.
    is_labels
        Whether the metadata call it a label image.
    """

    levels: tuple[ZarrLevel, ...]
    is_labels: bool

    def load(self) -> NDArray[Any]:
        """Read the finest level."""
        return read_ome_zarr(self.levels[0])

    def level_of(self, resolution: Sequence[float]) -> ZarrLevel:
        """Return the level whose voxel size is within 5 % of a resolution (µm)."""
        target = np.asarray(resolution, dtype=np.float64)
        for level in self.levels:
            if np.allclose(level.steps, target, rtol=0.05):
                return level
        sizes = ", ".join(" × ".join(f"{s:g}" for s in level.steps) for level in self.levels)
        raise AtlasFileError(
            self.path, f"resolutions of {sizes} µm", " × ".join(f"{w:g}" for w in target) + " µm"
        )


def read_ome_zarr_header(path: str | Path, *, channels: bool = False) -> OmeZarr:
    """Read the metadata of a volume of three spatial axes.

    Parameters
    ----------
    path
        Folder of the volume.
    channels
        Whether the axes before the spatial ones may have any length; see `read_channel`.
    """
    folder = Path(path)
    attributes = _read_attributes(folder)
    multiscales = attributes.get("multiscales")
    if not isinstance(multiscales, list) or not multiscales or not isinstance(multiscales[0], dict):
        raise AtlasFileError(folder, "no 'multiscales' in its metadata", "an OME-Zarr volume")
    scales = multiscales[0]
    spatial, unit, known = _parse_axes(folder, scales.get("axes"))
    datasets = scales.get("datasets")
    if not isinstance(datasets, list) or not 1 <= len(datasets) <= MAX_LEVELS:
        raise AtlasFileError(folder, f"datasets {short(datasets)}", f"1 to {MAX_LEVELS} levels")
    common = scales.get("coordinateTransformations")
    levels = [_parse_level(folder, entry, common, spatial, unit, channels) for entry in datasets]
    return OmeZarr(
        path=folder,
        grid=levels[0].grid,
        dtype=levels[0].dtype,
        spacing_known=known,
        assumptions=spacing_assumptions(folder, known),
        levels=tuple(levels),
        is_labels="image-label" in attributes,
    )


def read_ome_zarr(level: ZarrLevel) -> NDArray[Any]:
    """Read the values of a level, C-contiguous, after every chunk's declared size was checked."""
    check_size(level.path, level.shape, level.dtype)
    array = _open_array(level.path)
    check_chunks(level.path, array.shape, array.chunks, array.dtype.itemsize)
    try:
        values = np.asarray(array[...])
    except (*DAMAGE, OSError) as exc:
        raise AtlasFileError(level.path, f"its chunks cannot be read ({_quote(exc)})") from exc
    return np.ascontiguousarray(values.reshape(level.shape))


class LevelPlanes:
    """Level of one channel that is read in planes: ``planes[first:stop]``.

    Parameters
    ----------
    level
        The level; every chunk's declared size is checked.
    """

    def __init__(self, level: ZarrLevel) -> None:
        self.level, self.shape, self.dtype = level, level.shape, level.dtype
        self._array = _open_array(level.path)
        check_chunks(level.path, self._array.shape, self._array.chunks, self._array.dtype.itemsize)

    def __getitem__(self, planes: slice) -> NDArray[Any]:
        """Read planes along the first spatial axis."""
        try:
            return np.asarray(self._array[(*(0,) * self.level.leading, planes)])
        except (*DAMAGE, OSError) as exc:
            raise AtlasFileError(
                self.level.path, f"its chunks cannot be read ({_quote(exc)})"
            ) from exc


def read_channels(level: ZarrLevel, indices: Sequence[int]) -> Iterator[NDArray[Any]]:
    """Read the volumes of some channels of a level one after the other, on one leading axis."""
    check_size(level.path, level.shape, level.dtype)
    array = _open_array(level.path)
    check = make_chunk_check(level.path, array.chunks, array.dtype.itemsize)
    counts = [math.ceil(n / c) for n, c in zip(level.shape, array.chunks[1:], strict=True)]
    for index in indices:
        for place in itertools.product(*map(range, counts)):
            check((index // array.chunks[0], *place))
        try:
            yield np.asarray(array[index])
        except (*DAMAGE, OSError) as exc:
            raise AtlasFileError(level.path, f"its chunks cannot be read ({_quote(exc)})") from exc


def read_vector(path: Path) -> NDArray[Any]:
    """Read an array of one axis next to the levels of a volume."""
    array = _open_array(path)
    if array.ndim != 1 or np.dtype(array.dtype).kind not in "iuf":
        raise AtlasFileError(path, f"an array of shape {array.shape}", "numbers on one axis")
    check_size(path, array.shape, array.dtype)
    check_chunks(path, array.shape, array.chunks, array.dtype.itemsize)
    try:
        return np.asarray(array[...])
    except (*DAMAGE, OSError) as exc:
        raise AtlasFileError(path, f"its chunks cannot be read ({_quote(exc)})") from exc


def open_level(level: ZarrLevel) -> Any:
    """Open the array of a level lazily; its codec must be one whose size can be bounded."""
    return _open_array(level.path)


def _read_attributes(folder: Path) -> Mapping[str, Any]:
    """Return the metadata of NGFF 0.5 (zarr.json) or 0.4 (.zattrs)."""
    if (folder / "zarr.json").is_file():
        document = load_json(folder / "zarr.json")
        attributes = document.get("attributes", {}) if isinstance(document, dict) else {}
        content = attributes.get("ome", attributes) if isinstance(attributes, dict) else {}
    elif (folder / ".zattrs").is_file():
        content = load_json(folder / ".zattrs")
    else:
        raise AtlasFileError(folder, "neither zarr.json nor .zattrs", "an OME-Zarr folder")
    return content if isinstance(content, dict) else {}


def _parse_axes(folder: Path, axes: Any) -> tuple[list[int], list[float], bool]:
    """Return the spatial axes' positions, the µm of their units, and whether units are stated."""
    if not isinstance(axes, list) or not all(isinstance(a, dict) for a in axes):
        raise AtlasFileError(folder, f"axes {short(axes)}", "a list of axes with types and units")
    spatial = [n for n, axis in enumerate(axes) if axis.get("type") == "space"]
    if len(spatial) != 3 or spatial != list(range(len(axes) - 3, len(axes))):
        names = ", ".join(str(a.get("name")) for a in axes)
        raise AtlasFileError(folder, f"axes {names}", "three spatial axes, the last ones")
    labels = [str(axes[n].get("name")) for n in spatial]
    if len(set(labels)) < 3:
        repeated = ", ".join(short(name) for name in labels)
        raise AtlasFileError(folder, f"axes {repeated}", "three different names")
    units = [axes[n].get("unit") for n in spatial]
    if not all(u is None or (isinstance(u, str) and u in MICROMETERS) for u in units):
        raise AtlasFileError(folder, f"units {short(units)}", ", ".join(MICROMETERS))
    known = all(u is not None for u in units)
    return spatial, [MICROMETERS[u] if known else 1.0 for u in units], known


def _parse_level(
    folder: Path,
    entry: Any,
    common: Any,
    spatial: list[int],
    unit: list[float],
    channels: bool,
) -> ZarrLevel:
    name = entry.get("path") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name:
        raise AtlasFileError(folder, f"a dataset {short(entry)}", "one with a path")
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise AtlasFileError(folder, f"dataset {short(name)} is outside the folder")
    n_axes = spatial[-1] + 1
    scale, shift = np.ones(n_axes), np.zeros(n_axes)
    for step in _list_steps(folder, entry.get("coordinateTransformations"), common):
        by, to = _parse_transformation(folder, step, n_axes)
        scale, shift = scale * by, shift * by + to
    array = _open_array(path)
    leading = array.shape[: -len(spatial)]
    if len(array.shape) != n_axes or (any(n != 1 for n in leading) and not channels):
        raise AtlasFileError(
            path, f"an array of shape {array.shape}", "one channel and one time point, three axes"
        )
    shape = tuple(int(n) for n in array.shape[-3:])
    if min(shape) < 1:
        raise AtlasFileError(path, f"an array of shape {array.shape}", "at least one voxel each")
    dtype = np.dtype(array.dtype)
    if dtype.kind not in "biuf":
        raise AtlasFileError(path, f"values of dtype {dtype}", "integers or floats")
    micrometers = np.array(unit)
    steps, center = scale[spatial] * micrometers, shift[spatial] * micrometers
    if not (np.isfinite(steps).all() and (steps > 0).all() and np.isfinite(center).all()):
        raise AtlasFileError(path, f"a scale of {scale.tolist()}", "positive, finite voxel sizes")
    return ZarrLevel(
        path,
        shape,
        dtype,
        tuple(steps.tolist()),
        tuple(center.tolist()),
        len(leading),
        math.prod(int(n) for n in leading),
    )


def _list_steps(folder: Path, *listed: Any) -> list[Any]:
    """Return the transformations of a level and those common to all levels, in their order."""
    for steps in listed:
        if steps is not None and not isinstance(steps, list):
            raise AtlasFileError(folder, f"transformations {short(steps)}", "a list of them")
    return [step for steps in listed for step in steps or ()]


def _parse_transformation(
    folder: Path, step: Any, n_axes: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    kind = step.get("type") if isinstance(step, dict) else None
    if kind == "identity":
        return np.ones(n_axes), np.zeros(n_axes)
    try:
        values = (
            np.array(step[kind], dtype=np.float64) if kind in ("scale", "translation") else None
        )
    except (KeyError, TypeError, ValueError):
        values = None
    if values is None or values.shape != (n_axes,):
        raise AtlasFileError(
            folder, f"a transformation {short(step)}", f"a scale or translation of {n_axes} numbers"
        )
    return (values, np.zeros(n_axes)) if kind == "scale" else (np.ones(n_axes), values)


def _open_array(path: Path) -> Any:
    """Open the array of a folder; its codec must be one whose size can be bounded."""
    import zarr

    codec_name(path)
    try:
        return zarr.open_array(store=str(path), mode="r")
    except (*DAMAGE, OSError) as exc:
        raise AtlasFileError(path, f"no Zarr array ({_quote(exc)})") from exc


def _quote(exc: BaseException) -> str:
    return " ".join(str(exc).split())[:120] or type(exc).__name__
