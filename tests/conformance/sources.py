"""Volumes and hierarchies on which ours and a peer's answers are compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

SAMPLE = "sample"

VOLUMES = [
    SAMPLE,
    pytest.param("allen_ccfv3_2017/annotation_50.nrrd", marks=pytest.mark.data),
    pytest.param("voxelbrain_proj66_tiny/brain_regions.nrrd", marks=pytest.mark.data),
]
HIERARCHIES = [
    SAMPLE,
    pytest.param("allen_ccfv3_2017/1.json", marks=pytest.mark.data),
    pytest.param("voxelbrain_proj66_tiny/hierarchy.json", marks=pytest.mark.data),
    pytest.param("hierarchies_other/brainbuilder_hierarchy.json", marks=pytest.mark.data),
]


def file_of(request: pytest.FixtureRequest, name: str, of_sample: str) -> Path:
    """File of a source: of the sample atlas, or of the collection of real ones."""
    if name == SAMPLE:
        folder: Path = request.getfixturevalue("sample")
        return folder / of_sample
    folder = request.getfixturevalue("data_folder")
    return folder / name


def scattered(low: np.ndarray, high: np.ndarray, n: int, seed: int, margin: float) -> np.ndarray:
    """Positions ``(n, 3)`` spread evenly over a box and a share of its size around it."""
    around = (high - low) * margin
    return np.random.default_rng(seed).uniform(low - around, high + around, (n, len(low)))


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Regions of a nested hierarchy as the flat rows that BrainGlobe and AllenSDK take."""
    tree = json.loads(path.read_text(encoding="utf-8"))
    rows = []

    def visit(node: dict[str, Any], above: list[int]) -> None:
        line = [*above, node["id"]]
        color = str(node.get("color_hex_triplet") or "").zfill(6)
        rows.append(
            {
                "id": node["id"],
                "acronym": node["acronym"],
                "name": node["name"],
                "rgb_triplet": node.get("rgb_triplet")
                or [int(color[k : k + 2], 16) for k in (0, 2, 4)],
                "structure_id_path": line,
                "structure_set_ids": [],
            }
        )
        for child in node.get("children", []):
            visit(child, line)

    visit(tree["msg"][0] if "msg" in tree else tree, [])
    return rows


def write_brainglobe(
    folder: Path, ids: np.ndarray, rows: list[dict[str, Any]], resolution: float, **metadata: Any
) -> Path:
    """Write a BrainGlobe v2 package, symmetric unless it is said otherwise; no meshes."""
    folder.mkdir(parents=True)
    stated = {
        "name": folder.name,
        "citation": "none",
        "atlas_link": "",
        "species": "none",
        "symmetric": True,
        "resolution": [resolution] * 3,
        "orientation": "asr",
        "shape": list(ids.shape),
        "version": "1.0",
        "additional_references": [],
    } | metadata
    keys = ("id", "acronym", "name", "structure_id_path", "rgb_triplet")
    structures = [{key: row[key] for key in keys} for row in rows]
    (folder / "metadata.json").write_text(json.dumps(stated))
    (folder / "structures.json").write_text(json.dumps(structures))
    tifffile.imwrite(folder / "annotation.tiff", ids.astype(np.uint32), photometric="minisblack")
    tifffile.imwrite(
        folder / "reference.tiff", (ids % 251).astype(np.uint16), photometric="minisblack"
    )
    return folder
