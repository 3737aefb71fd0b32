"""brainglobe-atlasapi 3 on the same volumes, in an environment of its own.

It opens packages alone, and reads ids of parents as 16 bits: so each atlas is packaged for it
with its ranks as ids. Masks it takes from an array of one mask for each region, which is made up
to 50 µm (840 masks of 1.2 billion voxels would be a terabyte before compression).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.conformance.peers import interpreter

MASKS_UP_TO = 20_000_000
"""Voxels of the largest volume for which masks are written."""

NAME = "scale_mouse"
ASK = """
import json, resource, socket, sys, time
def refuse(*args, **options):
    raise OSError("no network here")
socket.getaddrinfo = refuse
from brainglobe_atlasapi.core import Atlas
manifest, leaf, root, masks = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "1"
def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
found = {}
found["bg_open"] = timed(lambda: Atlas(manifest).annotation)
atlas = Atlas(manifest)
volume = atlas.annotation
middle = [n // 2 for n in volume.shape]
center = [(n // 2 + 0.5) * step for n, step in zip(volume.shape, atlas.resolution)]
def at():
    return atlas.structure_from_coords(center, microns=True, as_acronym=True)
found["bg_slice"] = 1e3 * timed(lambda: volume[middle[0]].copy())
found["bg_at"] = 1e6 * min(
    timed(lambda: [at() for _ in range(100)]) for _ in range(3)
) / 100
if masks:
    found["bg_leaf"] = 1e3 * timed(lambda: atlas.get_structure_mask(leaf))
    found["bg_root"] = 1e3 * timed(lambda: atlas.get_structure_mask(root))
found["bg_peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
print(json.dumps(found))
"""


def asked(place: Path, leaf: str, root: str) -> dict[str, Any]:
    """What it takes for opening, a slice, a lookup and masks; nothing where it is not installed.

    Parameters
    ----------
    place
        Folder of the atlas; the package is made in it and removed.
    leaf, root
        Acronyms of the regions of the masks.
    """
    python = interpreter("brainglobe3")
    if not python.exists():
        return {}
    from napari_atlas_explorer import open_atlas

    atlas = open_atlas(place)
    masks = int(np.prod(atlas.shape)) <= MASKS_UP_TO
    manifest = packaged(atlas, place / "v3", masks)
    ranks = [str(atlas.region_map.rank(acronym)) for acronym in (leaf, root)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    try:
        done = subprocess.run(
            [str(python), "-c", ASK, str(manifest), *ranks, "1" if masks else "0"],
            capture_output=True,
            text=True,
            check=False,
            env={**environment, "HOME": str(place), "XDG_CONFIG_HOME": str(place)},
        )
    finally:
        shutil.rmtree(place / "v3")
    if done.returncode:
        raise SystemExit(f"brainglobe-atlasapi 3 {place}: {done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def packaged(atlas: Any, folder: Path, masks: bool) -> Path:
    """Manifest of a v3 package of an atlas whose ids are its ranks."""
    from napari_atlas_explorer import RegionMap, VoxelData
    from napari_atlas_explorer.core.package import Dataset
    from napari_atlas_explorer.packaging.make import make_package
    from napari_atlas_explorer.packaging.options import PackageOptions
    from napari_atlas_explorer.packaging.source.sources import source_of_package

    labels, regions = atlas.ranks, atlas.region_map
    rows = [
        {
            "id": rank,
            "acronym": regions.acronym_of_rank(rank),
            "name": regions.name_of_rank(rank),
            "parent_structure_id": int(regions.parent_ranks[rank]) or None,
            "rgb_triplet": [rank % 256, rank // 256 % 256, 128],
        }
        for rank in range(1, len(regions) + 1)
    ]
    numbered = RegionMap.from_structures(rows)
    volume = VoxelData.from_grid(labels.raw, atlas.grid)
    dataset = Dataset(atlas.package.annotation, "annotation", lambda: volume)
    package = atlas.package.with_datasets(
        {**atlas.package.datasets, dataset.name: dataset}, region_map=numbered
    )
    package = replace(package, metadata={}, mesh_files={})
    source = source_of_package(
        package,
        {
            "name": NAME,
            "version": "1.0",
            "species": "Mus musculus",
            "citation": "unpublished",
            "atlas_link": "https://example.org",
            "atlas_packager": "benchmark",
            "root_id": 1,
        },
    )
    options = PackageOptions("brainglobe-v3", meshes="none", masks=masks)
    made = make_package(source, options, folder, checks=())
    return made.packages[0] / "manifest.json"
