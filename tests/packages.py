"""Small atlases on disk, one function per layout, written without the code under test."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import nrrd
import numpy as np
import tifffile

TREE: dict[str, Any] = {
    "id": 997,
    "acronym": "root",
    "name": "root",
    "color_hex_triplet": "FFFFFF",
    "children": [
        {
            "id": 8,
            "acronym": "grey",
            "name": "Basic cell groups and regions",
            "children": [
                {
                    "id": 315,
                    "acronym": "Isocortex",
                    "name": "cortex",
                    "color_hex_triplet": "70FF71",
                },
                {"id": 549, "acronym": "TH", "name": "Thalamus", "color_hex_triplet": "FF7080"},
            ],
        },
        {"id": 614454277, "acronym": "scwm", "name": "supra-callosal white matter"},
    ],
}
PATHS = {
    997: [997],
    8: [997, 8],
    315: [997, 8, 315],
    549: [997, 8, 549],
    614454277: [997, 614454277],
}
ACRONYMS = {997: "root", 8: "grey", 315: "Isocortex", 549: "TH", 614454277: "scwm"}
SHAPE = (12, 8, 10)
CCF_SHAPE = (132, 80, 114)


def label_ids(shape: tuple[int, int, int] = SHAPE) -> np.ndarray:
    """Three regions, one behind the other along axis 0, in a margin of background."""
    ids = np.zeros(shape, np.uint32)
    n = shape[0]
    ids[n // 4 : n // 2, 1:-1, 1:-1] = 315
    ids[n // 2 : 3 * n // 4, 1:-1, 1:-1] = 549
    ids[-2, 1:-1, 1:-1] = 614454277
    return ids


def image(shape: tuple[int, ...] = SHAPE, seed: int = 1) -> np.ndarray:
    """Noise, which nobody takes for an annotation."""
    return np.random.default_rng(seed).integers(0, 60000, shape).astype(np.uint16)


def structures() -> list[dict[str, Any]]:
    """The tree as BrainGlobe lists it."""
    return [
        {
            "id": i,
            "acronym": ACRONYMS[i],
            "name": f"name of {i}",
            "structure_id_path": path,
            "rgb_triplet": [i % 256, 1, 2],
        }
        for i, path in PATHS.items()
    ]


def write_tiff(path: Path, array: np.ndarray) -> Path:
    tifffile.imwrite(path, array, photometric="minisblack")
    return path


def write_nrrd(path: Path, array: np.ndarray, steps: Any = 25.0, **header: Any) -> Path:
    """NRRD by pynrrd; ``array`` has its axes as in the file."""
    n = len(np.atleast_1d(steps)) if np.ndim(steps) else 3
    directions = np.diag(np.broadcast_to(np.asarray(steps, float), n))
    payload = np.full((array.ndim - n, n), np.nan)
    nrrd.write(
        str(path),
        array,
        {
            "encoding": "gzip",
            "space origin": np.zeros(n),
            "space directions": np.concatenate([payload, directions]),
            **({} if "space" in header else {"space dimension": n}),
            **header,
        },
    )
    return path


def cut(path: Path, share: float = 0.5) -> None:
    """Cut the end of a file off: its header stays, its voxels do not."""
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])


def brainglobe_v2(
    folder: Path,
    voxels: tuple[int, int, int] = SHAPE,
    hemispheres: np.ndarray | None = None,
    **metadata: Any,
) -> Path:
    """Package of the v1/v2 layout; keywords change or, with None, drop keys of its metadata."""
    folder.mkdir(parents=True, exist_ok=True)
    stated = {
        "name": "made_up",
        "citation": "none",
        "atlas_link": "",
        "species": "none",
        "symmetric": hemispheres is None,
        "resolution": [100.0, 100.0, 100.0],
        "orientation": "asr",
        "shape": list(voxels),
        "version": "1.2",
        "additional_references": [],
    } | metadata
    (folder / "metadata.json").write_text(
        json.dumps({k: v for k, v in stated.items() if v is not None})
    )
    (folder / "structures.json").write_text(json.dumps(structures()))
    write_tiff(folder / "annotation.tiff", label_ids(voxels))
    write_tiff(folder / "reference.tiff", image(voxels))
    if hemispheres is not None:
        write_tiff(folder / "hemispheres.tiff", hemispheres)
    (folder / "meshes").mkdir(exist_ok=True)
    (folder / "meshes" / "315.obj").write_text("v 0 0 0\n")
    return folder


def voxelbrain(folder: Path, steps: Any = 25.0, space: str | None = None, **metadata: Any) -> Path:
    """Folder as voxcell reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    write_nrrd(
        folder / "brain_regions.nrrd", label_ids(), steps, **({"space": space} if space else {})
    )
    (folder / "hierarchy.json").write_text(json.dumps(TREE))
    if metadata:
        (folder / "metadata.json").write_text(json.dumps(metadata))
    return folder


def ontology_csv(path: Path) -> Path:
    """The tree as Allen's table."""
    rows = [
        [
            "id",
            "atlas_id",
            "name",
            "acronym",
            "parent_structure_id",
            "graph_order",
            "structure_id_path",
        ]
    ]
    rows.append(["0", "", "void", "void", "", "", ""])
    for n, (i, line) in enumerate(PATHS.items()):
        parent = str(line[-2]) if len(line) > 1 else ""
        text = "/" + "/".join(map(str, line)) + "/"
        rows.append([str(i), "", f"name of {i}", ACRONYMS[i], parent, str(n), text])
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def ontology_json(path: Path) -> Path:
    """The tree as an answer of Allen's API."""
    path.write_text(json.dumps({"success": True, "id": 0, "msg": [TREE]}))
    return path


def allen_ccf(
    folder: Path, ontology: str = "1.json", space: str = "left-posterior-superior"
) -> Path:
    """Annotation on the CCF's real 100 µm grid, its template and an ontology."""
    folder.mkdir(parents=True, exist_ok=True)
    annotation = label_ids(CCF_SHAPE)
    placed = {"space": space} if space else {"space dimension": 3}
    for name, array in (
        ("annotation_100", annotation),
        ("average_template_100", annotation.astype(np.uint16)),
    ):
        nrrd.write(
            str(folder / f"{name}.nrrd"),
            array,
            {
                "encoding": "gzip",
                "space directions": np.eye(3) * 100.0,
                "space origin": np.zeros(3),
                **placed,
            },
            compression_level=1,
        )
    (ontology_csv if ontology.endswith(".csv") else ontology_json)(folder / ontology)
    return folder


ITKSNAP_LABELS = """# ITK-SnAP Label Description File
    0     0    0    0        0  0  0    "Clear Label"
  315   112  255  113        1  1  1    "Isocortex"
  549   255  112  128        1  1  1    "Thalamus"
"""


def home_made(folder: Path, table: str = "labels.txt") -> Path:
    """Folder of TIFFs with ids that fit ITK-SNAP, an image, and a table of names."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = label_ids()
    ids[ids == 614454277] = 0
    write_tiff(folder / "my_labels.tif", ids.astype(np.uint16))
    write_tiff(folder / "brain.tif", image())
    if table.endswith(".csv"):
        (folder / table).write_text("id,name\n315,Isocortex\n549,Thalamus\n")
    else:
        (folder / table).write_text(ITKSNAP_LABELS)
    return folder
