"""Writer of OME-Zarr volumes (NGFF 0.5, Zarr v3), as in BrainGlobe's v3 packages."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ArgumentError, AtlasFileError

CHUNK = 128
MASK_CHUNK = 256
"""Edge of a chunk of a volume, and of one with channels."""

ZSTD_LEVEL = 0
"""The library's own choice, 3, as in BrainGlobe's packages."""

NAME = "/"
"""What BrainGlobe's packages call every volume."""

DIGITS = 9
"""Decimals of a translation, mm."""

SIDES = {"z": "anterior-to-posterior", "y": "superior-to-inferior", "x": "right-to-left"}
"""Axes of BrainGlobe's one orientation, "asr"."""


class SliceableArray(Protocol):
    """Array in memory or on disk."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Voxels along each axis."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Dtype of the values."""

    def __getitem__(self, key: Any, /) -> Any:
        """Return the values of a block."""


def write_ome_zarr(
    path: str | Path,
    levels: Sequence[SliceableArray],
    scales_um: Sequence[Sequence[float]],
    name: str | None = None,
    labels: bool = False,
    chunks: int | None = None,
    channels: bool = False,
) -> None:
    """Write a volume in one or more resolutions.

    The same values give the same bytes.

    Parameters
    ----------
    path
        Folder to be made; it must not exist.
    levels
        ``(n0, n1, n2)`` each, axes in the orientation "asr", the finest first. Taken a row of
        chunks at a time, so that they may be arrays on disk.
    scales_um
        ``(3,)`` size of a voxel of each level, µm. Written in mm, with the translation that
        lets all levels begin at the corner of the finest: half of what the voxel is larger.
    name
        Of the volume; BrainGlobe's "/" by default.
    labels
        Whether to mark it as a label image. BrainGlobe's packages do not.
    chunks
        Edge of a chunk, voxels: 128, with channels 256. A chunk of zeros is left out.
    channels
        Whether an axis of channels comes first: ``(c, n0, n1, n2)``, one channel per chunk.

    Raises
    ------
    AtlasFileError
        If there is something at ``path``, or it cannot be made.
    ArgumentError
        If levels and scales do not go together.
    """
    scales = _check_scales(levels, scales_um, channels)
    edge = chunks if chunks is not None else (MASK_CHUNK if channels else CHUNK)
    if edge < 1:
        raise ArgumentError(f"chunks of {edge} voxels; expected 1 or more")
    folder = Path(path)
    if folder.exists():
        raise AtlasFileError(folder, "it exists", "a new name")
    import zarr

    axes = "czyx" if channels else "zyx"
    ome: dict[str, Any] = {"version": "0.5", "multiscales": [_make_multiscale(scales, axes, name)]}
    if labels:
        ome["image-label"] = {}
    try:
        group = zarr.open_group(
            store=str(folder), mode="w-", zarr_format=3, attributes={"ome": ome}
        )
        for n, level in enumerate(levels):
            _write_level(group, f"s{n}", level, axes, edge)
            _make_folders(folder / f"s{n}" / "c", level.shape[0] if channels else 0)
    except OSError as exc:
        raise AtlasFileError(folder, f"cannot be written ({exc.strerror or exc})") from exc


def _check_scales(
    levels: Sequence[SliceableArray], scales_um: Sequence[Sequence[float]], channels: bool
) -> NDArray[np.float64]:
    """Return the voxel sizes ``(levels, 3)`` in mm."""
    n_axes = 4 if channels else 3
    shapes = [tuple(level.shape) for level in levels]
    if not shapes or any(len(s) != n_axes or min(s) < 1 for s in shapes):
        raise ArgumentError(f"levels of shapes {shapes}; expected one or more, of {n_axes} axes")
    scales = np.array(scales_um, dtype=np.float64)
    if scales.shape != (len(shapes), 3) or not (np.isfinite(scales) & (scales > 0)).all():
        raise ArgumentError(
            f"scales {scales.tolist()} for {len(shapes)} levels; expected three positive µm each"
        )
    if (np.diff(scales, axis=0) < 0).any():
        raise ArgumentError(f"scales {scales.tolist()} µm; expected the finest level first")
    if len({np.dtype(level.dtype) for level in levels}) > 1:
        raise ArgumentError("levels of several dtypes; expected one")
    return scales / 1e3


def _make_multiscale(scales: NDArray[np.float64], axes: str, name: str | None) -> dict[str, Any]:
    lead = [1.0] * (len(axes) - 3)
    datasets = []
    for n, scale in enumerate(scales):
        shift = [round(v, DIGITS) for v in ((scale - scales[0]) / 2).tolist()]
        steps = [
            {"type": "scale", "scale": [*lead, *scale.tolist()]},
            {"type": "translation", "translation": [*(0.0 for _ in lead), *shift]},
        ]
        datasets.append({"path": f"s{n}", "coordinateTransformations": steps})
    return {
        "datasets": datasets,
        "name": NAME if name is None else name,
        "axes": [_describe_axis(axis) for axis in axes],
    }


def _describe_axis(axis: str) -> dict[str, Any]:
    if axis == "c":
        return {"name": axis, "type": "channel"}
    side = {"type": "anatomical", "value": SIDES[axis]}
    return {"name": axis, "type": "space", "unit": "millimeter", "orientation": side}


def _write_level(group: Any, name: str, level: SliceableArray, axes: str, edge: int) -> None:
    """Write chunks row by row: each block of values is read once and held no longer."""
    from zarr.codecs import ZstdCodec

    lead = len(axes) - 3
    array = group.create_array(
        name,
        shape=tuple(int(n) for n in level.shape),
        dtype=np.dtype(level.dtype).newbyteorder("<"),
        chunks=(*[1] * lead, edge, edge, edge),
        compressors=(ZstdCodec(level=ZSTD_LEVEL, checksum=False),),
        fill_value=0,
        dimension_names=list(axes),
        config={"write_empty_chunks": False},
    )
    counts = level.shape[:lead]
    for at in itertools.product(*map(range, counts)):
        for start in range(0, level.shape[lead], edge):
            row = slice(start, min(start + edge, level.shape[lead]))
            block = (*(slice(k, k + 1) for k in at), row)
            values = np.asarray(level[block])
            if values.any():  # no chunk is kept of zeros, and the library takes its time for it
                array[block] = values


def _make_folders(chunks: Path, n_channels: int) -> None:
    """Make the folders, also those that hold no chunk.

    BrainGlobe takes a missing ``c``, or ``c/<channel>``, for one still to be fetched from
    its server; a level or mask without any voxel would never be found there.
    """
    for folder in [chunks, *(chunks / str(k) for k in range(n_channels))]:
        folder.mkdir(exist_ok=True)
