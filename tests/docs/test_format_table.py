"""The table of formats in docs/formats.md says what these tests find.

``ATLAS_EXPLORER_WRITE_DOCS=1`` writes it anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, open_atlas
from napari_atlas_explorer.core.errors import AtlasError
from napari_atlas_explorer.formats.volume_header import read_volume_header
from napari_atlas_explorer.formats.volumes import write_segments, write_volume
from napari_atlas_explorer.packaging.make import make_package
from napari_atlas_explorer.packaging.options import TARGETS, PackageOptions
from napari_atlas_explorer.packaging.source.sources import source_of_package

from .. import packages
from ..formats import test_volume_header as volumes
from ..packages_v3 import write_v3

PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats.md"
START, END = "<!-- formats: start -->", "<!-- formats: end -->"
COLUMNS = ("opens", "world coordinates", "ids", "names and colors", "round trip")
YES, NO = "yes", "–"


def with_table(make: Callable[[Path], Path]) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        make(folder)
        (folder / "names.csv").write_text(
            volumes.TABLE.replace("id,name", "id,name,r,g,b")
            .replace("cortex", "cortex,1,2,3")
            .replace("thalamus", "thalamus,4,5,6")
            .replace("matter", "matter,7,8,9")
        )
        return folder

    made.__name__ = make.__name__
    return made


def segmentation(folder: Path) -> Path:
    grid = volumes_grid()
    known = {315: ("cortex", (1 / 255, 2 / 255, 3 / 255)), 549: ("thalamus", None)}
    write_segments(folder / "labels.seg.nrrd", volumes.IDS, grid, "rai", known)
    return folder / "labels.seg.nrrd"


def volumes_grid():
    from napari_atlas_explorer.core.space.grid import VoxelGrid

    return VoxelGrid.from_steps(volumes.IDS.shape, volumes.STEP, volumes.CORNER)


FORMATS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "NRRD (`.nrrd`, `.nhdr`)": (with_table(volumes.nrrd), ".nrrd"),
    "NIfTI (`.nii`, `.nii.gz`)": (with_table(volumes.nifti), ".nii.gz"),
    "NIfTI pair (`.hdr`, `.img`)": (with_table(volumes.nifti_pair), ""),
    "FreeSurfer (`.mgz`, `.mgh`)": (with_table(volumes.freesurfer), ""),
    "TIFF (`.tif`, `.tiff`)": (with_table(volumes.tiff), ".tif"),
    "MetaImage (`.mhd`, `.mha`)": (with_table(volumes.metaimage), ""),
    "OME-Zarr (`.zarr`)": (with_table(volumes.zarr), ""),
    "3D Slicer (`.seg.nrrd`)": (segmentation, ".seg.nrrd"),
    "BrainGlobe v1/v2": (lambda f: packages.brainglobe_v2(f / "a_v1.0"), "brainglobe-v2"),
    "BrainGlobe v3": (lambda f: write_v3(f / "cache", (100,))[0], "brainglobe-v3"),
    "VoxelBrain": (lambda f: packages.voxelbrain(f / "atlas"), "voxelbrain"),
}


def cells(make: Callable[[Path], Path], suffix: str, folder: Path) -> tuple[str, ...]:
    atlas = open_atlas(make(folder))
    ids = np.asarray(atlas.annotation)
    package = make.__name__ == "<lambda>"
    expected = packages.label_ids() if package else volumes.IDS
    voxel = tuple(int(i) for i in np.argwhere(expected == 315)[5])
    place = atlas.grid.to_world(np.array(voxel) + 0.5)
    # The OME-Zarr volume is written with a translation of 0, which places a center there.
    stated = volumes.CORNERS["zarr"] if make.__name__ == "zarr" else volumes.CORNER
    at_corner = package or np.allclose(atlas.grid.corner, stated)
    world = atlas.at(place).index == voxel and at_corner
    names = atlas.region_map.name(315)
    colored = atlas.region_map.has_own_color(315)
    same = np.array_equal(ids, expected)
    if not same and np.array_equal(ids, expected.astype(np.float32)):
        same_words = "up to 2²⁴ as float32"
    else:
        same_words = YES if same else NO
    return (
        YES,
        YES if world else "voxel size only" if atlas.resolution[0] == volumes.STEP else NO,
        same_words,
        YES if names.strip() and colored else NO,
        round_trip(atlas, suffix, folder) if suffix else "not written",
    )


def round_trip(atlas: Atlas, suffix: str, folder: Path) -> str:
    """Write the ids as this format, read them again, compare values and places."""
    if suffix in TARGETS:
        return package_round_trip(atlas, suffix, folder)
    path = folder / f"again{suffix}"
    ids = np.asarray(atlas.annotation).astype(np.uint32)
    write_volume(path, ids, atlas.grid, atlas.orientation or "rai")
    header = read_volume_header(path, origin="centre" if suffix == ".seg.nrrd" else "corner")
    values = header.load()
    if not np.array_equal(values, ids):
        return NO
    return "values and places" if _same_place(header.grid, atlas) else "values and voxel size"


def package_round_trip(atlas: Atlas, target: str, folder: Path) -> str:
    """Write the atlas as a package of the same layout, and read that."""
    stated = {
        "name": "made_up",
        "version": "1.0",
        "species": "Nullus exemplum",
        "citation": "unpublished",
    }
    made = make_package(
        source_of_package(atlas.package, stated),
        PackageOptions(target, meshes="none"),  # type: ignore[arg-type]
        folder / "again",
        checks=(),
    )
    again = open_atlas(made.packages[0])
    if not np.array_equal(again.annotation.raw, atlas.annotation.raw):
        return NO
    return "values and places" if again.grid.matches(atlas.grid) else "values and voxel size"


def _same_place(grid, atlas: Atlas) -> bool:
    """Same corner up to the turn into the format's own world."""
    found = np.sort(np.abs(grid.corner))
    return bool(np.allclose(found, np.sort(np.abs(atlas.grid.corner)), atol=1e-3) and found.any())


def test_the_table_says_what_is_so(tmp_path: Path) -> None:
    rows = ["| format | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for n, (name, (make, suffix)) in enumerate(FORMATS.items()):
        folder = tmp_path / str(n)
        folder.mkdir()
        rows.append(f"| {name} | " + " | ".join(cells(make, suffix, folder)) + " |")
    text = PAGE.read_text(encoding="utf-8")
    head, _, rest = text.partition(START)
    written, _, tail = rest.partition(END)
    table = "\n".join(rows)
    if os.environ.get("ATLAS_EXPLORER_WRITE_DOCS"):
        PAGE.write_text(f"{head}{START}\n\n{table}\n\n{END}{tail}", encoding="utf-8")
        return
    assert written.strip() == table


# ---- the collection of real atlases --------------------------------------------------------------

REFUSED = {
    "nrrd_variants_pynrrd/BallBinary30x30x30_byteskip_minus_five.nhdr": "without the last",
    "nrrd_variants_pynrrd/BallBinary30x30x30_nifti.nhdr": "longer than its header",
    "voxcell_conventions/space_directions_fail.nrrd": "directions",
}
"""Volumes that cannot be opened, and a word of why."""


@pytest.mark.data
def test_every_volume_of_the_collection_opens_or_is_refused_for_a_reason(data_folder: Path) -> None:
    suffixes = (".nrrd", ".nhdr", ".nii", ".nii.gz", ".tif", ".tiff")
    files = sorted(p for p in data_folder.rglob("*") if p.name.lower().endswith(suffixes))
    assert len(files) > 60
    refused = {}
    for path in files:
        try:
            header = read_volume_header(path, default_unit=None)
            assert header.load().shape == (*header.grid.shape, *header.payload_shape)
        except AtlasError as exc:
            refused[path.relative_to(data_folder).as_posix()] = str(exc)
    unexpected = {k: v for k, v in refused.items() if k not in REFUSED}
    assert unexpected == {}
    assert set(refused) == set(REFUSED)
    for name, word in REFUSED.items():
        assert word in refused[name]
