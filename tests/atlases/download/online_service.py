"""A made-up Allen CCF and VoxelBrain release, and a server on this machine that has them."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np

from napari_atlas_explorer import VoxelData
from napari_atlas_explorer.atlases.download import allen

from . import service as made

ONTOLOGY = {
    "success": True,
    "msg": [
        {
            "id": 997,
            "acronym": "root",
            "name": "root",
            "color_hex_triplet": "FFFFFF",
            "children": [{"id": 8, "acronym": "grey", "name": "grey", "children": []}],
        }
    ],
}
SHAPE = (132, 80, 114)


def ccf_files(folder: Path) -> dict[str, bytes]:
    """Bytes of the ontology, and of an annotation and a template on the grid of 100 µm."""
    ids = np.zeros(SHAPE, np.uint32)
    ids[40:90, 20:60, 30:80] = 8
    gray = (ids * 10).astype(np.uint16)
    found = {"1.json": json.dumps(ONTOLOGY).encode()}
    for name, values in (("annotation_100.nrrd", ids), ("average_template_100.nrrd", gray)):
        VoxelData(values, (100.0, 100.0, 100.0)).save_nrrd(folder / name)
        found[name] = (folder / name).read_bytes()
    return found


def ccf_addresses(year: str = "2017") -> dict[str, str]:
    """Address of each file on the server."""
    return {
        "1.json": "/api/api/v2/structure_graph_download/1.json",
        "annotation_100.nrrd": f"/files/annotation/ccf_{year}/annotation_100.nrrd",
        "average_template_100.nrrd": "/files/average_template/average_template_100.nrrd",
    }


def serve_ccf(service: Any, files: dict[str, bytes], monkeypatch: Any, year: str = "2017") -> None:
    """Have the server take the place of the Allen Institute's."""
    monkeypatch.setenv(allen.FILES_VARIABLE, f"{service.url}/files")
    monkeypatch.setenv(allen.SERVICE_VARIABLE, f"{service.url}/api")
    known = {"annotation_100.nrrd": year, "average_template_100.nrrd": ""}
    for name, address in ccf_addresses(year).items():
        service.on(address, made.file(files[name]))
        if name in known:
            checked = hashlib.sha256(files[name]).hexdigest()
            monkeypatch.setitem(allen.KNOWN_SHA256, (known[name], name), checked)


def packed(folder: Path, top: str = "") -> bytes:
    """A folder as .tar.gz; its files in a folder of that name, or in none."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        archive.add(folder, arcname=top or ".")
    return stream.getvalue()
