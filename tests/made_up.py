"""A made-up brain for the window's tests, in two layouts."""

from __future__ import annotations

import json
from pathlib import Path

import nrrd
import numpy as np
import tifffile

STRUCTURES = [
    (1, "root", "root", [1], [255, 255, 255]),
    (2, "CTX", "Cerebral cortex", [1, 2], [0, 180, 120]),
    (3, "VIS", "Visual areas", [1, 2, 3], [0, 200, 90]),
    (70001, "VIS1", "Visual areas, layer 1", [1, 2, 3, 70001], [10, 220, 80]),
    (5, "TH", "Thalamus", [1, 5], [250, 120, 130]),
    (6, "HY", "Hypothalamus", [1, 6], [230, 70, 50]),
]


def annotation() -> np.ndarray:
    """20 × 12 × 16 voxels: cortex above, thalamus below, on both sides of the middle."""
    ids = np.zeros((20, 12, 16), np.uint32)
    ids[4:16, 2:5, 2:14] = 3
    ids[4:16, 2:3, 2:14] = 70001
    ids[6:14, 6:10, 4:12] = 5
    return ids


def reference() -> np.ndarray:
    """Gray levels that follow the annotation, with a gradient."""
    ids = annotation()
    gray = np.where(ids == 0, 3, np.where(ids == 5, 120, 200)).astype(np.uint16)
    return gray + np.arange(16, dtype=np.uint16)


def write_brainglobe(folder: Path, symmetric: bool = True) -> Path:
    """Write a BrainGlobe v2 package of 50 µm, "asr"."""
    folder.mkdir(parents=True)
    ids = annotation()
    metadata = {
        "name": "made_up",
        "citation": "nobody 2026",
        "species": "none",
        "symmetric": symmetric,
        "resolution": [50.0, 50.0, 50.0],
        "orientation": "asr",
        "shape": list(ids.shape),
        "version": "1.0",
        "additional_references": [],
    }
    (folder / "metadata.json").write_text(json.dumps(metadata))
    rows = [
        {"id": i, "acronym": a, "name": n, "structure_id_path": p, "rgb_triplet": c}
        for i, a, n, p, c in STRUCTURES
    ]
    (folder / "structures.json").write_text(json.dumps(rows))
    tifffile.imwrite(folder / "annotation.tiff", ids)
    tifffile.imwrite(folder / "reference.tiff", reference())
    if not symmetric:
        sides = np.full(ids.shape, 2, np.uint8)
        sides[:, :, 6:] = 1  # not in the middle, so that the volume and not a rule must answer
        tifffile.imwrite(folder / "hemispheres.tiff", sides)
    return folder


def write_voxelbrain(folder: Path, step: float = 25.0) -> Path:
    """Write a VoxelBrain folder with an orientation field; the last axis has a negative step."""
    folder.mkdir(parents=True)
    ids = annotation()
    steps = np.diag([step, step, -step])
    spatial = {"space dimension": 3, "space origin": [100.0, 0.0, 400.0], "encoding": "gzip"}
    header = {**spatial, "space directions": steps, "kinds": ["domain"] * 3}
    nrrd.write(str(folder / "brain_regions.nrrd"), ids, header)
    field = np.zeros((4, *ids.shape), np.float32)
    field[0][ids == 3] = 1  # the identity in the cortex, nothing elsewhere
    directions = np.vstack([[np.nan] * 3, steps])
    kinds = ["quaternion", *["domain"] * 3]
    nrrd.write(
        str(folder / "orientation.nrrd"),
        field,
        {**spatial, "space directions": directions, "kinds": kinds},
    )

    def node(region_id: int) -> dict[str, object]:
        row = next(r for r in STRUCTURES if r[0] == region_id)
        below = [r[0] for r in STRUCTURES if len(r[3]) > 1 and r[3][-2] == region_id]
        return {"id": row[0], "acronym": row[1], "name": row[2], "children": [*map(node, below)]}

    (folder / "hierarchy.json").write_text(json.dumps(node(1)))
    return folder
