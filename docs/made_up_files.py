"""Files that the pictures of the documentation show: made of the sample, or made up."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import tifffile


def write_home_made(folder: Path) -> None:
    """Half of the sample's voxels along each axis, and a plain table of names."""
    from napari_atlas_explorer.atlases.sample import sample_atlas

    atlas = sample_atlas()
    coarse = atlas.structure_from_coords(
        np.stack(np.indices([n // 2 for n in atlas.shape]), axis=-1) * 2, hierarchy_lev=4
    )
    tifffile.imwrite(folder / "annotation.tif", coarse.astype(np.uint32))
    tifffile.imwrite(folder / "nissl.tif", np.asarray(atlas.reference)[::2, ::2, ::2])
    rows = ["id,acronym,name"]
    for number in sorted(int(i) for i in np.unique(coarse) if i):
        region = atlas.structures[number]
        rows.append(f'{number},{region["acronym"]},"{region["name"]}"')
    (folder / "names.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def write_redrawn(folder: Path) -> None:
    """Copy the sample; its right half lies a voxel deeper, as if somebody had drawn it anew."""
    from napari_atlas_explorer import VoxelData
    from napari_atlas_explorer.atlases.sample import sample_folder

    shutil.copytree(sample_folder(), folder)
    stated = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    stated |= {"name": "redrawn", "version": "2.0"}
    (folder / "metadata.json").write_text(json.dumps(stated), encoding="utf-8")
    regions = VoxelData.load_nrrd(folder / "brain_regions.nrrd")
    ids = np.array(regions.raw)
    half = ids.shape[2] // 2
    ids[:, 1:, :half] = ids[:, :-1, :half].copy()
    regions.with_data(ids).save_nrrd(folder / "brain_regions.nrrd")


def write_lines(path: Path) -> None:
    """Bent lines from both hemispheres to a site in the thalamus, of three made-up experiments."""
    rng = np.random.default_rng(0)
    items = []
    share = np.linspace(0, 1, 40)[:, np.newaxis]
    for number in range(120):
        side = 1 if number % 2 else -1
        along, down, across = rng.normal(0, 500), rng.uniform(0, 900), rng.uniform(1500, 3200)
        start = np.array([6600 + along, 1900 + down, 5400 + side * across])
        end = np.array([6600, 3700, 5400 + side * 900]) + rng.normal(0, 100, 3)
        middle = (start + end) / 2 + (0, -300, side * 600)
        path_um = (1 - share) ** 2 * start + 2 * share * (1 - share) * middle + share**2 * end
        points = [
            {"coord": np.round(p).tolist(), "density": round(0.04 + 0.9 * float(s) ** 2, 3)}
            for p, s in zip(path_um, share[:, 0], strict=True)
        ]
        name = f"made-up experiment {number % 3 + 1}"
        items.append({"id": 1 + number % 3, "name": name, "path": points})
    steps = (-120, 0, 120)
    sites = [
        [6600 + a, 3700 + b, 5400 + side * 900 + c]
        for side in (-1, 1)
        for a in steps
        for b in steps
        for c in steps
    ]
    path.write_text(json.dumps({"lines": items, "injectionCoordinates": sites}))
