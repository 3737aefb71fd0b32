"""BrainGlobe v3 packages on disk, written with zarr and not with the code under test."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from zarr.codecs import ZstdCodec

from . import packages

ZSTD = (ZstdCodec(),)


def write_ome_zarr(
    path: Path,
    arrays: list[np.ndarray],
    scales_mm: list[float],
    compressors: Any = ZSTD,
    chunks: tuple[int, ...] | None = None,
    unit: str | None = "millimeter",
) -> Path:
    """OME-Zarr 0.5, one level for each array; axes z, y, x."""
    group = zarr.open_group(store=str(path), mode="w", zarr_format=3)
    datasets = []
    for n, (array, scale) in enumerate(zip(arrays, scales_mm, strict=True)):
        made = group.create_array(
            f"s{n}",
            shape=array.shape,
            dtype=array.dtype,
            chunks=chunks or (8,) * array.ndim,
            compressors=compressors,
        )
        made[...] = array
        shift = (scale - scales_mm[0]) / 2
        datasets.append(
            {
                "path": f"s{n}",
                "coordinateTransformations": [
                    {"type": "scale", "scale": [scale] * 3},
                    {"type": "translation", "translation": [shift] * 3},
                ],
            }
        )
    axes = [{"name": a, "type": "space", **({"unit": unit} if unit else {})} for a in "zyx"]
    group.attrs["ome"] = {"version": "0.5", "multiscales": [{"datasets": datasets, "axes": axes}]}
    return path


def write_v3(root: Path, sizes: tuple[int, ...] = (100, 200), **changes: Any) -> list[Path]:
    """A cache of one atlas in several resolutions; gives the folder of each."""
    ids = packages.label_ids()
    image = packages.image()
    sides = np.full(ids.shape, 2, np.uint8)
    sides[:, :, 5:] = 1
    mm = [s / 1000 for s in sizes]
    annotations = root / "annotation-sets" / "made_up" / "3_0"
    levels = [
        (ids, image, sides),
        (ids[1::2, 1::2, 1::2], image[1::2, 1::2, 1::2], sides[1::2, 1::2, 1::2]),
    ]
    n = len(sizes)
    write_ome_zarr(annotations / "annotations_compressed.ome.zarr", [x[0] for x in levels[:n]], mm)
    write_ome_zarr(annotations / "hemispheres.ome.zarr", [x[2] for x in levels[:n]], mm)
    template = root / "templates" / "made_up" / "3_0"
    write_ome_zarr(template / "template.ome.zarr", [x[1] for x in levels[:n]], mm)
    terms = root / "terminologies" / "made_up" / "3_0" / "terminology.csv"
    terms.parent.mkdir(parents=True)
    with terms.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(
            [
                "identifier",
                "parent_identifier",
                "annotation_value",
                "name",
                "abbreviation",
                "color_hex_triplet",
                "root_identifier_path",
            ]
        )
        for i, path in packages.PATHS.items():
            acronym = "NA" if i == 549 else packages.ACRONYMS[i]
            parent = path[-2] if len(path) > 1 else ""
            writer.writerow([i, parent, i, f"name of {i}", acronym, "#112233", str(path)])
    mesh = annotations / "annotations.precomputed" / "mesh"
    mesh.mkdir(parents=True)
    (mesh / "315").write_bytes(b"")
    (mesh / "315.index").write_bytes(b"")
    folders = []
    for size, level in zip(sizes, levels, strict=False):
        folder = root / "atlases" / f"made_up_{size}um" / "3_0"
        folder.mkdir(parents=True)
        place = {
            key: {"name": "made_up", "version": "3.0", "location": f"/{key}/made_up/3_0"}
            for key in ("annotation-sets", "templates", "terminologies")
        }
        manifest = {
            "name": "made_up",
            "version": "3.0",
            "resolution": [float(size)] * 3,
            "orientation": "asr",
            "shape": list(level[0].shape),
            "symmetric": False,
            "species": "none",
            "citation": "nobody",
            "additional_references": [],
            "annotation_set": place["annotation-sets"],
            "template": place["templates"],
            "terminology": place["terminologies"],
            **changes,
        }
        (folder / "manifest.json").write_text(json.dumps(manifest))
        folders.append(folder)
    return folders
