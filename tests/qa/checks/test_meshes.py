"""Each defect of a mesh, planted by itself, is the finding it should be and no other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer.compute.meshes.quality import examine_mesh
from napari_atlas_explorer.core.mesh import Mesh
from napari_atlas_explorer.formats.meshes.reader import read_mesh
from napari_atlas_explorer.qa.finding import Finding, NamedBox
from napari_atlas_explorer.qa.run import run_qa

from .. import broken
from ..broken import mesh, overwrite, remove, volume
from .test_package import OURS, codes, only

Surface = tuple[np.ndarray, np.ndarray]

CUBE = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
CUBE_FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
     [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]]
)  # fmt: skip


def shifted(*by: float):
    return lambda p, f: (p + np.array(by), f)


def without_right_lobe(points: np.ndarray, faces: np.ndarray) -> Surface:
    """Keep the faces in the high half of axis 2."""
    return points, faces[points[faces][:, :, 2].min(axis=1) > 1800]


def with_fin(points: np.ndarray, faces: np.ndarray) -> Surface:
    """Put a closed fin on one edge, which then belongs to four faces."""
    a, b = faces[0, :2]
    tip = points.mean(axis=0)
    n = len(points)
    more = np.array([[a, n, b], [b, n, n + 1], [n, a, n + 1], [a, b, n + 1]])
    return np.concatenate([points, [tip, tip + 30]]), np.concatenate([faces, more])


def with_one_turned(points: np.ndarray, faces: np.ndarray) -> Surface:
    faces = faces.copy()
    faces[5] = faces[5, ::-1]
    return points, faces


def with_empty_face(points: np.ndarray, faces: np.ndarray) -> Surface:
    return points, np.concatenate([faces, [[3, 3, 4]]])


def with_nan(points: np.ndarray, faces: np.ndarray) -> Surface:
    points = points.copy()
    points[7, 1] = np.nan
    return points, faces


# What is planted; the code that follows; the region it is about.
TABLE = {
    "no mesh": (remove("meshes/549.obj"), {"mesh-missing"}, 549),
    "mesh of nothing": (
        lambda folder: (folder / "meshes" / "31.obj").write_text(broken.mesh_text(549)),
        {"mesh-extra"},
        31,
    ),
    "mesh cut off": (overwrite("meshes/549.obj", b"v 0 0\nf 1 2 3\n"), {"mesh-unreadable"}, 549),
    "displaced": (mesh(549, shifted(0, 400, 0)), {"mesh-extent"}, 549),
    "half as large": (
        mesh(549, lambda p, f: (p.mean(0) + (p - p.mean(0)) / 3, f)),
        {"mesh-extent"},
        549,
    ),
    "hollowed out": (
        mesh(
            315,
            lambda p, f: (
                np.concatenate([p, p.mean(0) + (p - p.mean(0)) * 0.9]),
                np.concatenate([f, f[:, ::-1] + len(p)]),
            ),
        ),
        {"mesh-volume"},
        315,
    ),
    "lobe lost": (mesh(507, without_right_lobe), {"mesh-extent", "mesh-lost-part"}, 507),
    "hole": (mesh(549, lambda p, f: (p, f[3:])), {"mesh-open"}, 549),
    "fin": (mesh(549, with_fin), {"mesh-non-manifold"}, 549),
    "inside out": (mesh(549, lambda p, f: (p, f[:, ::-1])), {"mesh-inward"}, 549),
    "one face turned": (mesh(549, with_one_turned), {"mesh-inward"}, 549),
    "a coordinate that is no number": (mesh(549, with_nan), {"mesh-not-finite"}, 549),
    "an empty face": (mesh(549, with_empty_face), {"mesh-degenerate"}, 549),
}


@pytest.mark.parametrize("name", TABLE)
def test_a_defect_of_a_mesh_is_found(name: str, tmp_path: Path) -> None:
    damage, expected, region_id = TABLE[name]
    folder = broken.sound_package(tmp_path)
    damage(folder)
    report = run_qa(folder, OURS)
    assert codes(report) == expected
    for code in expected:
        finding = only(report, code)
        assert finding.region_ids == (region_id,)
        assert finding.anchor.mesh == region_id
        if code != "mesh-missing":
            assert finding.anchor.file == f"meshes/{region_id}.obj"


def test_meshes_that_all_stand_off_by_half_a_voxel_are_one_finding(tmp_path: Path) -> None:
    folder = broken.sound_package(tmp_path)
    broken.every_mesh(shifted(-50, -50, -50))(folder)
    report = run_qa(folder, OURS)
    assert codes(report) == {"mesh-offset"}
    assert only(report, "mesh-offset").measure == pytest.approx(0.5)


def test_a_displaced_mesh_is_shown_as_two_boxes_and_an_end_of_its_labels(tmp_path: Path) -> None:
    folder = broken.sound_package(tmp_path)
    mesh(549, shifted(0, 400, 0))(folder)
    report = run_qa(folder, ["meshes"])
    finding = only(report, "mesh-extent")
    assert finding.measure == pytest.approx(4, abs=0.01)
    labels, own = finding.exhibits
    assert isinstance(labels, NamedBox)
    assert isinstance(own, NamedBox)
    where = np.argwhere(broken.annotation() == 549)
    assert labels.low == tuple(where.min(axis=0))
    assert labels.high == tuple(where.max(axis=0) + 1)
    assert np.subtract(own.low, labels.low) == pytest.approx((0, 4, 0), abs=0.01)
    assert finding.anchor.voxel is not None
    assert broken.annotation()[finding.anchor.voxel] == 549


def test_the_lost_part_is_where_the_finding_leads(tmp_path: Path) -> None:
    folder = broken.sound_package(tmp_path)
    mesh(507, without_right_lobe)(folder)
    finding = only(run_qa(folder, ["meshes"]), "mesh-lost-part")
    lobe = (broken.annotation() == 507) & (np.arange(36) < 18)
    assert finding.count == lobe.sum()
    assert finding.anchor.voxel is not None
    assert lobe[finding.anchor.voxel]


def test_a_hole_leads_to_a_voxel_beside_it(tmp_path: Path) -> None:
    folder = broken.sound_package(tmp_path)
    sound = read_mesh(folder / "meshes" / "549.obj")
    hole = sound.points[sound.faces[:3]].reshape(-1, 3)
    mesh(549, lambda p, f: (p, f[3:]))(folder)
    voxel = only(run_qa(folder, ["meshes"]), "mesh-open").anchor.voxel
    assert voxel is not None
    center = (np.array(voxel) + 0.5) * broken.RESOLUTION
    assert np.abs(hole - center).max(axis=1).min() <= broken.RESOLUTION


def test_a_region_without_voxels_and_mesh_is_a_note(tmp_path: Path) -> None:
    folder = broken.sound_package(tmp_path)
    remove("meshes/1097.obj")(folder)
    volume("annotation", lambda v: np.where(v == 1097, 549, v).astype(np.uint32))(folder)
    found: Finding = only(run_qa(folder, ["meshes"]), "mesh-missing")
    assert (found.severity, found.region_ids) == ("info", (1097,))


# ---- one surface ----------------------------------------------------------------------------


def test_a_cube_is_closed_and_faces_outwards() -> None:
    quality = examine_mesh(Mesh(CUBE, CUBE_FACES))
    assert quality.volume == pytest.approx(1)
    assert (quality.n_parts, quality.n_faces) == (1, 12)
    assert (quality.open_edges, quality.crowded_edges, quality.empty_faces) == (0, 0, 0)
    assert quality.is_consistent
    assert quality.inward_parts == 0


def test_an_stl_whose_faces_share_no_point_is_closed_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "cube.stl"
    path.write_bytes(broken.as_stl(CUBE, CUBE_FACES))
    quality = examine_mesh(read_mesh(path))
    assert (quality.open_edges, quality.n_parts) == (0, 1)
    assert quality.volume == pytest.approx(1)


def test_a_cavity_is_not_inside_out_but_a_lone_part_turned_round_is() -> None:
    inner = CUBE * 0.5 + 0.25
    turned = CUBE_FACES[:, ::-1] + len(CUBE)
    hollow = examine_mesh(Mesh(np.concatenate([CUBE, inner]), np.concatenate([CUBE_FACES, turned])))
    assert (hollow.inward_parts, hollow.n_parts) == (0, 2)
    assert hollow.volume == pytest.approx(1 - 1 / 8)
    beside = examine_mesh(
        Mesh(np.concatenate([CUBE, CUBE + 5]), np.concatenate([CUBE_FACES, turned]))
    )
    assert beside.inward_parts == 1
    assert beside.inward_at is not None
    assert (beside.inward_at >= 5).all()


@pytest.mark.parametrize("n", [1, 2, 5])
def test_open_edges_are_counted(n: int) -> None:
    quality = examine_mesh(Mesh(CUBE, CUBE_FACES[n:]))
    edges = np.sort(CUBE_FACES[n:][:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1).tolist()
    assert quality.open_edges == sum(edges.count(e) == 1 for e in edges)


# ---- real atlases ---------------------------------------------------------------------------


@pytest.mark.data
def test_a_real_packages_meshes_have_the_four_gaps_that_its_packager_names(
    data_folder: Path,
) -> None:
    folder = data_folder / "brainglobe_packaged_allen_100um_v1"
    report = run_qa(folder / "allen_mouse_100um_v1.2.tar.xz", ["meshes"])
    by_code: dict[str, set[int]] = {}
    for one in report.listed:
        by_code.setdefault(one.finding.code, set()).update(one.finding.region_ids)
    assert by_code == {
        "mesh-missing": {526322264, 699, 514, 380},
        "mesh-offset": set(),
        "mesh-extent": {792, 932},
        "mesh-volume": {466, 484682512},
    }
    assert only(report, "mesh-offset").measure == pytest.approx(0.5, abs=0.01)
