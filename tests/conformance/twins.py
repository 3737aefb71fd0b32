"""The same ingredients, packaged by BrainGlobe's own function and by ours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from napari_atlas_explorer.packaging.package_atlas import package_atlas

from ..qa import broken
from .peers import Peer, Remote

AXES = {"a": 0, "p": 0, "s": 1, "i": 1, "r": 2, "l": 2}
SMALL_IDS = {614454277: 60_009}
"""BrainGlobe 3 reads the ids of parents as 16 bits."""
EMPTY = 4242
"""A region of the list that has no voxel."""


@dataclass(frozen=True)
class Case:
    """How the hand-made brain is handed over."""

    orientation: str
    resolution: tuple[int, int, int]
    with_hemispheres: bool

    @property
    def name(self) -> str:
        sides = "hemispheres" if self.with_hemispheres else "symmetric"
        return f"{self.orientation} {'×'.join(map(str, self.resolution))} {sides}"

    @property
    def size(self) -> np.ndarray:
        """Extent of the finished package, µm."""
        return np.array(self.resolution) * broken.SHAPE

    @property
    def order(self) -> list[int]:
        return [AXES[letter] for letter in self.orientation]

    @property
    def flips(self) -> list[bool]:
        return [letter not in "asr" for letter in self.orientation]

    @property
    def mirrors(self) -> bool:
        return bool(np.linalg.det(np.eye(3)[self.order]) * (-1) ** sum(self.flips) < 0)

    @property
    def their_points_are_right(self) -> bool:
        """BrainGlobe takes sizes in the package's axes times voxels in the stacks' axes."""
        shape = np.array(broken.SHAPE)[self.order]
        wrong = (np.array(self.resolution) * shape)[np.argsort(self.order)]
        flipped = np.array(self.flips)[np.argsort(self.order)]
        return bool(np.array_equal(wrong[flipped], self.size[flipped]))

    def stack(self, values: np.ndarray) -> np.ndarray:
        """Turn a volume of the finished package into the axes of the stacks."""
        turned = values.transpose(self.order)
        return np.ascontiguousarray(
            turned[tuple(slice(None, None, -1 if f else 1) for f in self.flips)]
        )

    def points(self, points: np.ndarray) -> np.ndarray:
        """Turn points of the finished package, µm, into the axes of the stacks."""
        columns = [
            self.size[k] - points[:, k] if f else points[:, k]
            for k, f in zip(self.order, self.flips, strict=True)
        ]
        return np.stack(columns, axis=-1)


CASES = [
    Case("asr", (100, 100, 100), True),
    Case("asr", (100, 80, 50), False),
    Case("lpi", (100, 100, 100), False),
    Case("lpi", (100, 80, 50), True),
    Case("sal", (100, 100, 100), True),
]


def annotation() -> np.ndarray:
    """Labels of the finished package."""
    ids = broken.annotation().copy()
    for old, new in SMALL_IDS.items():
        ids[ids == old] = new
    return ids


def structures() -> list[dict[str, Any]]:
    """Regions with ids of 16 bits, and one without voxels."""
    rows = [
        {
            **row,
            "id": SMALL_IDS.get(row["id"], row["id"]),
            "structure_id_path": [SMALL_IDS.get(i, i) for i in row["structure_id_path"]],
        }
        for row in broken.structures()
    ]
    empty = {
        "id": EMPTY,
        "acronym": "none",
        "name": "Nowhere",
        "rgb_triplet": [1, 2, 3],
        "structure_id_path": [997, 8, EMPTY],
    }
    return [*rows, empty]


def region_ids() -> list[int]:
    return [row["id"] for row in structures() if row["id"] != EMPTY]


def surface(case: Case, region_id: int) -> tuple[np.ndarray, np.ndarray]:
    """Points and faces of a region's mesh in the finished package, µm."""
    old = {new: old for old, new in SMALL_IDS.items()}.get(region_id, region_id)
    words = [line.split() for line in broken.mesh_text(old).splitlines()]
    points = np.array([w[1:] for w in words if w and w[0] == "v"], float)
    faces = np.array([w[1:] for w in words if w and w[0] == "f"], int) - 1
    return points / broken.RESOLUTION * case.resolution, faces


def arguments(case: Case, folder: Path) -> dict[str, Any]:
    """What both functions are called with, but for the folder that they write into."""
    folder.mkdir(parents=True)
    meshes = {}
    for region_id in region_ids():
        points, faces = surface(case, region_id)
        meshes[region_id] = str(folder / f"{region_id}.obj")
        faces = faces[:, ::-1] if case.mirrors else faces
        Path(meshes[region_id]).write_text(broken.obj(case.points(points), faces))
    return {
        "atlas_name": "handmade_brain",
        "atlas_minor_version": 0,
        "citation": "unpublished",
        "atlas_link": "https://example.org",
        "species": "Nullus exemplum",
        "resolution": case.resolution,
        "orientation": case.orientation,
        "root_id": 997,
        "reference_stack": case.stack(broken.reference()),
        "annotation_stack": case.stack(annotation()),
        "hemispheres_stack": (case.stack(broken.hemispheres()) if case.with_hemispheres else None),
        "structures_list": structures(),
        "meshes_dict": meshes,
        "atlas_packager": "the tests",
        "additional_references": {"nissl": case.stack(broken.reference()[::-1])},
        "additional_metadata": {"lab": "of nobody"},
    }


def package_twice(peer: Peer, case: Case, folder: Path, target: str) -> tuple[Path, Path]:
    """Folders that their package and ours were written into."""
    given = arguments(case, folder / "ingredients")
    theirs, ours = folder / "theirs", folder / "ours"
    theirs.mkdir()
    peer.wrap_up(**given, working_dir=str(theirs))
    package_atlas(**given, working_dir=ours, target=target)  # type: ignore[arg-type]
    return theirs, ours


# ---- what both answer ----------------------------------------------------------------------


def positions(seed: int = 3) -> np.ndarray:
    """Voxels: one of each region, and others anywhere in the volume."""
    _, first = np.unique(annotation(), return_index=True)
    rng = np.random.default_rng(seed)
    every = np.stack(np.unravel_index(first, broken.SHAPE), axis=-1)
    return np.concatenate([every, rng.integers(0, broken.SHAPE, (150, 3))])


def mesh(atlas: Remote, region_id: int) -> tuple[np.ndarray, np.ndarray]:
    """Points and faces as the peer reads them."""
    found = atlas.mesh_from_structure(region_id)
    return np.asarray(found.points), np.asarray(found.cells[0].data)


def volume_inside(points: np.ndarray, faces: np.ndarray) -> float:
    """Volume that a closed surface encloses; negative if its faces look inwards."""
    a, b, c = (points[faces[:, k]] for k in range(3))
    return float((a * np.cross(b, c)).sum() / 6)


def require_same_volumes(theirs: Remote, ours: Remote, case: Case, other: str) -> None:
    """Every voxel is the ingredients', in both."""
    sides = expected_sides(case)
    for atlas in (theirs, ours):
        np.testing.assert_array_equal(atlas.annotation, annotation())
        np.testing.assert_array_equal(atlas.reference, broken.reference())
        np.testing.assert_array_equal(atlas.hemispheres, sides)
        np.testing.assert_array_equal(atlas.additional_references[other], broken.reference()[::-1])
        assert tuple(atlas.shape) == broken.SHAPE
        assert tuple(atlas.resolution) == case.resolution
    for name in ("annotation", "reference", "hemispheres"):
        assert getattr(ours, name).dtype == getattr(theirs, name).dtype


def expected_sides(case: Case) -> np.ndarray:
    """The volume that was given, or BrainGlobe's rule: right in the low half of axis 2."""
    if case.with_hemispheres:
        return broken.hemispheres()
    halves = np.where(np.arange(broken.SHAPE[2]) < broken.SHAPE[2] // 2, 2, 1)
    return np.broadcast_to(halves.astype(np.uint8), broken.SHAPE)


def require_same_answers(theirs: Remote, ours: Remote, case: Case) -> None:
    """Lookups at voxels and in µm."""
    sides = expected_sides(case)
    for voxel in positions().tolist():
        place = [(i + 0.5) * d for i, d in zip(voxel, case.resolution, strict=True)]
        for ask in (
            lambda a, p=voxel: a.structure_from_coords(p),
            lambda a, p=voxel: a.structure_from_coords(p, as_acronym=True),
            lambda a, p=place: a.structure_from_coords(p, microns=True),
            lambda a, p=voxel: a.hemisphere_from_coords(p),
            lambda a, p=place: a.hemisphere_from_coords(p, microns=True),
        ):
            assert ask(ours) == ask(theirs)
        if sides[tuple(voxel)]:  # 0 is no word of theirs
            words = [a.hemisphere_from_coords(voxel, as_string=True) for a in (ours, theirs)]
            assert words == [["", "left", "right"][sides[tuple(voxel)]]] * 2
        assert ours.structure_from_coords(voxel) == annotation()[tuple(voxel)]


def require_same_regions(theirs: Remote, ours: Remote) -> None:
    """Structures, and what is above and below each; the order of a list is no one's."""
    keys = ("id", "acronym", "name", "rgb_triplet", "structure_id_path")
    assert len(ours.structures_list) == len(theirs.structures_list) == len(region_ids())
    for i in region_ids():
        for key in keys:
            assert ours.structures[i][key] == theirs.structures[i][key]
        assert ours.get_structure_ancestors(i) == theirs.get_structure_ancestors(i)
        below = ours.get_structure_descendants(i)
        assert sorted(below) == sorted(theirs.get_structure_descendants(i))
    tree = [atlas.hierarchy.to_json(sort=True) for atlas in (theirs, ours)]
    assert tree[0] == tree[1]


def require_same_masks(theirs: Remote, ours: Remote) -> None:
    """Masks of every region, of whatever values they are."""
    for row in structures():
        if row["id"] == EMPTY:
            continue
        below = [r["id"] for r in structures() if row["id"] in r["structure_id_path"]]
        mask = ours.get_structure_mask(row["id"])
        np.testing.assert_array_equal(mask, theirs.get_structure_mask(row["id"]))
        np.testing.assert_array_equal(mask > 0, np.isin(annotation(), below))
