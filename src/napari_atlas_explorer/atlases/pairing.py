"""Which volume is the annotation, which table names its regions: told by what they hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from ..core.package import DatasetKind
from ..core.regions import RegionMap
from ..core.runs import encode_runs
from ..core.sides import LEFT, RIGHT
from ..core.voxels import VoxelData
from .label_content import ContentVerdict, judge_content
from .volume_formats import VolumeHeader, read_volume_header, volume_stem

Kind = Literal["annotation", "image"]

ANNOTATION_HINT = re.compile(r"annot|label|seg|region|parcel|atlas|dseg", re.IGNORECASE)
HEMISPHERE_HINT = re.compile(r"hemi", re.IGNORECASE)
MIN_KNOWN_SHARE = 0.5
"""A table belongs to a volume if it knows half of its ids; QA reports the other half."""


@dataclass(frozen=True)
class JudgedVolume:
    """A volume that was read, and what it was taken for."""

    header: VolumeHeader
    data: VoxelData
    kind: Kind
    reason: str


def judge_volume(path: Path, kind: Kind | None = None, origin: str = "centre") -> JudgedVolume:
    """Read a volume and tell an annotation from an image.

    Parameters
    ----------
    path
        A volume of any format.
    kind
        The user's word, which overrules what the voxels look like.
    origin
        What a NRRD's ``space origin`` means where the file does not say it; the format's
        specification says the centre.
    """
    header = read_volume_header(path, origin, default_unit=None)
    data = VoxelData.from_grid(header.load(), header.grid)
    if kind is not None:
        return JudgedVolume(header, data, kind, "as you said")
    if header.payload_shape:
        return JudgedVolume(header, data, "image", f"{header.payload_shape} values per voxel")
    verdict: ContentVerdict = judge_content(data.raw)
    return JudgedVolume(
        header, data, "annotation" if verdict.is_annotation else "image", verdict.reason
    )


@dataclass(frozen=True)
class Pair:
    """An annotation and the table that knows most of its ids; ``table`` is its file, if any."""

    volume: JudgedVolume
    region_map: RegionMap
    table: Path | None


def find_pair(
    paths: Sequence[Path], tables: Sequence[tuple[RegionMap, Path | None]]
) -> Pair | None:
    """Find the annotation among volumes, and its table among tables, by the ids they share.

    Volumes whose names speak of labels are looked at first, to read no more than is needed;
    among those looked at, the pair with most ids in common wins, the first of equals.
    """
    if not tables:
        return None
    likely = [p for p in paths if not HEMISPHERE_HINT.search(volume_stem(p))]
    hinted = [p for p in likely if ANNOTATION_HINT.search(volume_stem(p))]
    for group in (hinted, [p for p in likely if p not in hinted]):
        best: tuple[int, Pair] | None = None
        for path in group:
            judged = judge_volume(path, origin="corner")
            if judged.kind != "annotation":
                continue
            ids = [i for i in distinct_ids(judged.data) if i]
            for region_map, table in tables:
                known = sum(i in region_map for i in ids)
                enough = known >= MIN_KNOWN_SHARE * max(1, len(ids))
                if enough and (best is None or known > best[0]):
                    best = known, Pair(judged, region_map, table)
        if best is not None:
            return best[1]
    return None


def distinct_ids(data: VoxelData) -> list[int]:
    """Whole numbers that occur in a volume, ascending."""
    # Per run, not per voxel: a volume has some twenty-five times as many voxels as runs.
    raw = data.raw.T if data.raw.flags.f_contiguous else np.ascontiguousarray(data.raw)
    return [int(v) for v in np.unique(encode_runs(raw).values).tolist()]


def kind_beside(header: VolumeHeader) -> DatasetKind:
    """What a volume of the annotation's shape is: by its values where they tell, else its name.

    One byte per voxel that is 0, 1 or 2 everywhere, both sides present, tells hemispheres; 0
    and 1 alone are a mask.
    """
    name = volume_stem(header.path)
    if header.payload_shape:
        return "vectors"
    if header.dtype.itemsize == 1 and header.dtype.kind in "uib":
        values = set(np.unique(header.load()).tolist())
        if values <= {0, LEFT, RIGHT} and {LEFT, RIGHT} <= values:
            return "hemispheres"
        if values <= {0, 1}:
            return "mask"
    if HEMISPHERE_HINT.search(name):
        return "hemispheres"
    return "annotation" if ANNOTATION_HINT.search(name) else "image"
