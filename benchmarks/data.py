"""The volumes that are measured: Allen's 25 µm annotation, or one made of the sample atlas."""

from __future__ import annotations

import json
import lzma
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from napari_atlas_explorer import Atlas, RegionMap, open_atlas

FOLDER = "ATLAS_EXPLORER_TEST_DATA"
SHAPE = (528, 320, 456)
RESOLUTION = (25.0, 25.0, 25.0)
TIFF = "allen_ccfv3_25um_tiff/ABA_25um_2017_annotation.tif.lzma"
HIERARCHY = "allen_ccfv3_25um_tiff/ABA_annotation_last.json"
ONTOLOGY = "allen_ccfv3_2017/1.json"
NRRD_50 = "allen_ccfv3_2017/annotation_50.nrrd"


@dataclass
class Data:
    """What the rows measure.

    Attributes
    ----------
    ids
        ``(528, 320, 456)`` region ids: anterior to posterior, dorsal to ventral, across.
    region_map
        Their hierarchy.
    source
        Where they are from, in words.
    ontology
        File of a hierarchy in nested JSON.
    nrrd
        An annotation as gzip NRRD.
    temporary
        Folder that is removed after the run.
    """

    ids: NDArray[Any]
    region_map: RegionMap
    source: str
    ontology: Path
    nrrd: Path
    temporary: Path

    @cached_property
    def atlas(self) -> Atlas:
        """The annotation as an atlas; its ranks and boxes are made."""
        atlas = Atlas.from_arrays(self.ids, self.region_map, RESOLUTION, orientation="asr")
        _ = atlas.ranks.total_boxes
        return atlas


def load(temporary: Path) -> Data:
    """Read the 25 µm annotation, or make a volume of its size."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get(FOLDER) or default)
    if all((folder / name).is_file() for name in (TIFF, HIERARCHY, ONTOLOGY, NRRD_50)):
        return Data(
            _unpacked(folder / TIFF, temporary),
            RegionMap.load_json(folder / HIERARCHY),
            "Allen CCFv3 2017 annotation of 25 µm",
            folder / ONTOLOGY,
            folder / NRRD_50,
            temporary,
        )
    return _of_sample(temporary)


def _unpacked(packed: Path, temporary: Path) -> NDArray[Any]:
    """The stack of sagittal pages as a C-contiguous coronal one."""
    with tempfile.NamedTemporaryFile(dir=temporary, suffix=".tif") as plain:
        with lzma.open(packed) as stream:
            shutil.copyfileobj(stream, plain, 1 << 22)
        plain.flush()
        pages = tifffile.imread(plain.name)
    return np.ascontiguousarray(np.moveaxis(pages, 0, 2))


def _of_sample(temporary: Path) -> Data:
    from napari_atlas_explorer.atlases.sample import sample_folder

    folder = sample_folder()
    sample = np.asarray(open_atlas(folder).annotation)
    repeats = [-(-n // m) for n, m in zip(SHAPE, sample.shape, strict=True)]
    ids = np.tile(sample, repeats)[tuple(slice(n) for n in SHAPE)]
    return Data(
        np.ascontiguousarray(ids),
        RegionMap.load_json(folder / "hierarchy.json"),
        f"**not the real annotation** but the sample atlas repeated to its size (set {FOLDER}), "
        "so that small regions lie all over it and their goal does not apply",
        folder / "hierarchy.json",
        folder / "brain_regions.nrrd",
        temporary,
    )


def write_package(data: Data, folder: Path) -> Path:
    """Write the annotation and a made-up reference as an uncompressed BrainGlobe package."""
    folder.mkdir()
    ranks = data.atlas.ranks.raw
    reference = (ranks % 97) * 3 + np.where(ranks > 0, 60, 5).astype(np.uint16)
    structures = data.atlas.structures
    keys = ("id", "acronym", "name", "structure_id_path", "rgb_triplet")
    rows = [{key: structures[i][key] for key in keys} for i in structures]
    metadata = {
        "name": "benchmark",
        "citation": "none",
        "species": "Mus musculus",
        "symmetric": True,
        "resolution": RESOLUTION,
        "orientation": "asr",
        "shape": SHAPE,
        "version": "1.0",
        "additional_references": [],
    }
    (folder / "metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
    (folder / "structures.json").write_text(json.dumps(rows), encoding="utf-8")
    options: dict[str, Any] = {"photometric": "minisblack"}
    tifffile.imwrite(folder / "annotation.tiff", data.ids.astype(np.uint32, copy=False), **options)
    tifffile.imwrite(folder / "reference.tiff", reference.astype(np.uint16, copy=False), **options)
    return folder
