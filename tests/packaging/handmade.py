"""Ingredients of the hand-made brain, as files and as a package with everything in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from napari_atlas_explorer.packaging.options import PackageOptions
from napari_atlas_explorer.packaging.source.sources import source_of_package

from ..packages import write_nrrd, write_tiff
from ..qa import broken

METADATA: dict[str, Any] = {
    "name": "handmade_brain",
    "version": "1.0",
    "species": "Nullus exemplum",
    "citation": "unpublished",
    "atlas_link": "https://example.org",
    "atlas_packager": "the tests",
}


def orientation_field() -> np.ndarray:
    """Unit quaternions in the brain, zeros around it; int8 as VoxelBrain keeps them."""
    rng = np.random.default_rng(11)
    q = rng.normal(size=(*broken.SHAPE, 4))
    q /= np.linalg.norm(q, axis=-1, keepdims=True)
    return np.where(broken.annotation()[..., None] > 0, np.rint(127 * q), 0).astype(np.int8)


def whole_package(folder: Path) -> Path:
    """A v2 package with hemispheres, another image, an orientation field, extra metadata."""
    package = broken.sound_package(folder)
    path = package / "metadata.json"
    metadata = json.loads(path.read_text())
    path.write_text(json.dumps({**metadata, "lab": "of nobody", "revision": {"of": [1, 2]}}))
    field = np.moveaxis(orientation_field(), -1, 0)
    write_nrrd(package / "orientation.nrrd", field, broken.RESOLUTION)
    return package


def source(path: Path, **changes: Any):
    """What `make_package` takes of an atlas that opens."""
    from napari_atlas_explorer.atlases.open import find_package

    return source_of_package(find_package(path), changes)


def options(target: str, **changes: Any) -> PackageOptions:
    """Options for a target; meshes are few enough for this process."""
    return PackageOptions(target, **changes)  # type: ignore[arg-type]


def ingredients(folder: Path, **atlas: Any) -> Path:
    """Write raw files and the list of them."""
    folder.mkdir(parents=True, exist_ok=True)
    write_tiff(folder / "labels.tiff", broken.annotation())
    write_tiff(folder / "template.tiff", broken.reference())
    write_tiff(folder / "sides.tiff", broken.hemispheres())
    write_tiff(folder / "nissl.tiff", broken.reference()[::-1])
    (folder / "regions.csv").write_text(broken.table())
    stated = {**METADATA, "orientation": "asr", "resolution": 100.0, **atlas}
    lines = ["[atlas]"]
    lines += [f"{k} = {json.dumps(v)}" for k, v in stated.items() if v is not None]
    lines += [
        "[ingredients]",
        'annotation = "labels.tiff"',
        'reference = "template.tiff"',
        'hemispheres = "sides.tiff"',
        'regions = "regions.csv"',
        'meshes = "labels"',
        "[ingredients.additional_references]",
        'nissl = "nissl.tiff"',
    ]
    path = folder / "package.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path in it."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }
