"""Small packages without a fault on disk, and every way in which the tests break them.

The brain is made of ellipsoids on 40 × 32 × 36 voxels of 100 µm ("asr"), mirrored about the
middle of axis 2; the olfactory bulb is two lobes, all else is one. Its meshes are those of the
package's own `surface_of`, in µm from the corner of voxel 0.
"""

from __future__ import annotations

import functools
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np

from napari_atlas_explorer.compute.meshes.marching import extract_surface
from napari_atlas_explorer.core.space.grid import VoxelGrid

from ..packages import write_nrrd, write_tiff

SHAPE = (40, 32, 36)
RESOLUTION = 100.0
NAME = "handmade_brain_100um_v1.0"
ELLIPSOIDS: tuple[tuple[int, tuple[float, float, float], tuple[float, float, float]], ...] = (
    (315, (20, 13, 18), (12, 8, 14)),
    (549, (20, 18, 18), (6, 4, 6)),
    (1097, (20, 24, 18), (6, 4, 5)),
    (507, (5, 15, 11), (4, 4, 4)),
    (507, (5, 15, 25), (4, 4, 4)),
    (512, (34, 13, 18), (4.5, 6, 9)),
    (776, (20, 8, 18), (5, 2.5, 6)),
    (614454277, (12, 20, 18), (3, 2.5, 5)),
)  # fmt: skip
PARENTS = {
    997: None, 8: 997, 315: 8, 549: 8, 1097: 8, 507: 8, 512: 8, 1009: 997, 776: 1009,
    614454277: 1009,
}  # fmt: skip
NAMES = {
    997: ("root", "root"),
    8: ("grey", "Gray matter"),
    315: ("CTX", "Isocortex"),
    549: ("TH", "Thalamus"),
    1097: ("HY", "Hypothalamus"),
    507: ("MOB", "Main olfactory bulb"),
    512: ("CB", "Cerebellum"),
    1009: ("fiber tracts", "Fibre tracts"),
    776: ("cc", "Corpus callosum"),
    614454277: ("ac", "Anterior commissure"),
}

COLORS = {i: [(37 * n) % 256, (101 * n) % 256, (197 * n) % 256] for n, i in enumerate(PARENTS, 1)}

Break = Callable[[Path], None]


@functools.cache
def annotation() -> np.ndarray:
    """Region ids."""
    ids = np.zeros(SHAPE, np.uint32)
    where = np.stack(np.meshgrid(*[np.arange(n) + 0.5 for n in SHAPE], indexing="ij"), axis=-1)
    for region_id, center, radii in ELLIPSOIDS:
        ids[(((where - center) / radii) ** 2).sum(axis=-1) <= 1] = region_id
    ids.setflags(write=False)
    return ids


def reference() -> np.ndarray:
    """Noise in the brain."""
    noise = np.random.default_rng(3).integers(500, 900, SHAPE).astype(np.uint16)
    return np.where(annotation() > 0, noise, 0).astype(np.uint16)


def hemispheres() -> np.ndarray:
    """2 (right) in the low half of axis 2, 1 in the other, 0 around the brain."""
    sides = np.where(np.arange(SHAPE[2]) < SHAPE[2] // 2, 2, 1).astype(np.uint8)
    return np.where(annotation() > 0, sides, 0).astype(np.uint8)


def descendants(region_id: int) -> list[int]:
    below = [c for c, p in PARENTS.items() if p == region_id]
    return [region_id, *(d for c in below for d in descendants(c))]


@functools.cache
def mesh_text(region_id: int) -> str:
    mask = np.isin(annotation(), descendants(region_id))
    mesh = extract_surface(mask, VoxelGrid.from_steps(SHAPE, (RESOLUTION,) * 3))
    return obj(mesh.points, mesh.faces)


def obj(points: np.ndarray, faces: np.ndarray) -> str:
    lines = [f"v {x} {y} {z}" for x, y, z in points.tolist()]
    return "\n".join([*lines, *(f"f {a} {b} {c}" for a, b, c in (faces + 1).tolist()), ""])


def path_of(region_id: int) -> list[int]:
    parent = PARENTS[region_id]
    return [*(path_of(parent) if parent else []), region_id]


def structures() -> list[dict[str, Any]]:
    return [
        {
            "acronym": NAMES[i][0],
            "id": i,
            "name": NAMES[i][1],
            "structure_id_path": path_of(i),
            "rgb_triplet": COLORS[i],
        }
        for i in PARENTS
    ]


def sound_package(folder: Path) -> Path:
    """Write a package of BrainGlobe's v2 layout without a fault; return its folder."""
    package = folder / NAME
    (package / "meshes").mkdir(parents=True)
    write_json(
        package / "metadata.json",
        {
            "name": "handmade_brain",
            "citation": "unpublished",
            "atlas_link": "https://example.org",
            "species": "Nullus exemplum",
            "symmetric": False,
            "resolution": [RESOLUTION] * 3,
            "orientation": "asr",
            "version": "1.0",
            "shape": list(SHAPE),
            "additional_references": ["nissl"],
            "atlas_packager": "the tests",
        },
    )
    write_json(package / "structures.json", structures())
    (package / "structures.csv").write_text(table())
    (package / "README.txt").write_text("A brain of ellipsoids.\n")
    write_tiff(package / "annotation.tiff", annotation())
    write_tiff(package / "reference.tiff", reference())
    write_tiff(package / "nissl.tiff", reference()[::-1])
    write_tiff(package / "hemispheres.tiff", hemispheres())
    for region_id in PARENTS:
        (package / "meshes" / f"{region_id}.obj").write_text(mesh_text(region_id))
    return package


def table() -> str:
    lines = ["acronym,id,name,structure_id_path,parent_structure_id"]
    for i, parent in PARENTS.items():
        path = "/" + "/".join(map(str, path_of(i))) + "/"
        lines.append(f"{NAMES[i][0]},{i},{NAMES[i][1]},{path},{'' if parent is None else parent}.0")
    return "\n".join(lines).replace(",.0", ",") + "\n"


def sound_voxelbrain(folder: Path) -> Path:
    """Write a VoxelBrain folder without a fault, its axes stated in metadata and headers."""
    package = folder / "voxelbrain"
    package.mkdir()
    space = {"space": "posterior-inferior-right"}  # to where the axes run: "asl"
    write_nrrd(package / "brain_regions.nrrd", annotation(), RESOLUTION, **space)
    write_nrrd(package / "reference.nrrd", reference(), RESOLUTION, **space)
    write_json(package / "hierarchy.json", nested(997))
    write_json(package / "metadata.json", {"orientation": "asl"})
    return package


def nested(region_id: int) -> dict[str, Any]:
    return {
        "id": region_id,
        "acronym": NAMES[region_id][0],
        "name": NAMES[region_id][1],
        "parent_structure_id": PARENTS[region_id],
        "rgb_triplet": COLORS[region_id],
        "children": [nested(c) for c, p in PARENTS.items() if p == region_id],
    }


def sound_bids(folder: Path) -> Path:
    """Write a BIDS atlas without a fault; return its image."""
    package = folder / "atlases" / "tpl-handmade" / "anat"
    package.mkdir(parents=True)
    leaves = sorted(set(np.unique(annotation()).tolist()) - {0, 614454277})
    ids = np.where(annotation() == 614454277, 0, annotation()).astype(np.int32)
    stem = "tpl-handmade_atlas-Brain"
    image = nibabel.Nifti1Image(ids, np.diag([0.1, 0.1, 0.1, 1.0]))
    image.header.set_xyzt_units("mm")
    path = package / f"{stem}_res-1_dseg.nii.gz"
    nibabel.save(image, path)
    rows = [f"{i}\t{NAMES[i][1]}\t{NAMES[i][0]}" for i in leaves]
    (package / f"{stem}_dseg.tsv").write_text("\n".join(["index\tname\tabbreviation", *rows, ""]))
    write_json(package / f"{stem}_dseg.json", {"SpatialReference": "https://example.org/brain"})
    write_json(
        package.parent.parent / "atlas-Brain_description.json",
        {"Name": "Brain", "License": "CC0", "Authors": ["nobody"], "Description": "ellipsoids"},
    )
    return path


# ---- ways to break one file -----------------------------------------------------------------


def write_json(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data))


def metadata(**changes: Any) -> Break:
    """Change keys of the metadata, or drop those that are None."""

    def do(folder: Path) -> None:
        path = folder / "metadata.json"
        data = json.loads(path.read_text()) | changes
        write_json(path, {k: v for k, v in data.items() if v is not None})

    return do


def write_structures(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Write the hierarchy anew, and its table with it."""
    write_json(folder / "structures.json", rows)
    lines = ["acronym,id,name,structure_id_path,parent_structure_id"]
    for row in rows:
        path = row.get("structure_id_path", "")
        path = path if isinstance(path, str) else "/" + "/".join(map(str, path)) + "/"
        cells = (row.get("acronym", ""), row["id"], row.get("name", ""), path, "")
        lines.append(",".join(map(str, cells)))
    (folder / "structures.csv").write_text("\n".join([*lines, ""]))


def table_text(old: str, new: str) -> Break:
    """Change a text in the hierarchy's table."""

    def do(folder: Path) -> None:
        text = (folder / "structures.csv").read_text()
        assert old in text
        (folder / "structures.csv").write_text(text.replace(old, new))

    return do


def region(region_id: int, **changes: Any) -> Break:
    """Change attributes of one row of the hierarchy, or drop those that are None."""

    def do(folder: Path) -> None:
        path = folder / "structures.json"
        rows = json.loads(path.read_text())
        at = next(n for n, row in enumerate(rows) if row["id"] == region_id)
        rows[at] = {k: v for k, v in (rows[at] | changes).items() if v is not None}
        write_structures(folder, rows)

    return do


def more_regions(*rows: dict[str, Any]) -> Break:
    def do(folder: Path) -> None:
        path = folder / "structures.json"
        write_structures(folder, [*json.loads(path.read_text()), *rows])

    return do


def both(*breaks: Break) -> Break:
    def do(folder: Path) -> None:
        for one in breaks:
            one(folder)

    return do


def remove(name: str) -> Break:
    return lambda folder: (folder / name).unlink()


def overwrite(name: str, content: bytes) -> Break:
    def do(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return do


def halve(name: str) -> Break:
    """Cut off the second half of a file."""

    def do(folder: Path) -> None:
        path = folder / name
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return do


def volume(name: str, change: Callable[[np.ndarray], np.ndarray], **tags: Any) -> Break:
    """Write a TIFF anew, changed."""
    made = {"annotation": annotation, "reference": reference, "hemispheres": hemispheres}

    def do(folder: Path) -> None:
        array = np.ascontiguousarray(change(made[name]().copy()))
        if tags:
            import tifffile

            tifffile.imwrite(folder / f"{name}.tiff", array, photometric="minisblack", **tags)
        else:
            write_tiff(folder / f"{name}.tiff", array)

    return do


def mesh(
    region_id: int, change: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
) -> Break:
    """Write a mesh anew, its points and faces changed."""

    def do(folder: Path) -> None:
        path = folder / "meshes" / f"{region_id}.obj"
        words = [line.split() for line in path.read_text().splitlines()]
        points = np.array([w[1:] for w in words if w and w[0] == "v"], float)
        faces = np.array([w[1:] for w in words if w and w[0] == "f"], int) - 1
        path.write_text(obj(*change(points, faces)))

    return do


def every_mesh(change: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]) -> Break:
    return both(*(mesh(region_id, change) for region_id in PARENTS))


def as_stl(points: np.ndarray, faces: np.ndarray) -> bytes:
    """Binary STL: three points for each face, none shared."""
    body = b"".join(
        struct.pack("<12fH", 0, 0, 0, *points[face].ravel().tolist(), 0) for face in faces
    )
    return b"\0" * 80 + struct.pack("<I", len(faces)) + body
