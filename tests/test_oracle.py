"""Real atlases, against answers and counts that others give."""

from __future__ import annotations

import csv
import json
import lzma
import tarfile
from pathlib import Path

import nrrd
import numpy as np
import pytest
import tifffile

from napari_atlas_explorer import Atlas, OrientationField, RegionMap, ROIMask, VoxelData, open_atlas
from napari_atlas_explorer.formats.tables.regions import load_region_table

pytestmark = pytest.mark.data


def count_nodes(node: dict) -> int:
    return 1 + sum(count_nodes(child) for child in node["children"])


def subtree(node: dict, acronym: str) -> set[int]:
    """Ids of a region and all below it, by recursion."""

    def ids(n: dict) -> set[int]:
        return {n["id"]}.union(*(ids(child) for child in n.get("children", [])))

    if node["acronym"] == acronym:
        return ids(node)
    return set().union(*(subtree(child, acronym) for child in node.get("children", [])))


@pytest.fixture(scope="module")
def ccf(data_folder) -> Path:
    return data_folder / "allen_ccfv3_2017"


@pytest.fixture(scope="module")
def fine(ccf) -> Atlas:
    return open_atlas(ccf / "annotation_50.nrrd")


@pytest.fixture(scope="module")
def fine_ids(ccf) -> np.ndarray:
    return nrrd.read(str(ccf / "annotation_50.nrrd"))[0]


@pytest.fixture(scope="module")
def tree(ccf) -> dict:
    return json.loads((ccf / "1.json").read_text())["msg"][0]


@pytest.mark.parametrize(("track", "n"), [("test_track", 1000), ("track", 10)])
def test_brainglobes_published_answers_are_ours_to_the_last(data_folder, fine, track, n):
    folder = data_folder / "lookup_oracle_brainglobe"
    points = np.load(folder / f"{track}.npy")
    with (folder / f"{track}.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(points) == n
    ids = [int(row["Region ID"]) if row["Region ID"].isdigit() else 0 for row in rows]
    acronyms = [row["Region acronym"] for row in rows]
    assert fine.structure_from_coords(points, microns=True).tolist() == ids
    assert fine.structure_from_coords(points, microns=True, as_acronym=True).tolist() == acronyms
    hits = [fine.at(point) for point in points]
    assert [hit.id for hit in hits] == ids
    assert [hit.name for hit in hits] == [row["Region name"] for row in rows]


def test_the_allen_annotation_holds_pynrrds_ids(fine, fine_ids):
    np.testing.assert_array_equal(fine.annotation, fine_ids)
    assert fine.ranks.unknown_ids.tolist() == []
    assert fine.ranks.raw.dtype == np.uint16


def test_the_allen_folder_opens_with_all_its_regions(ccf, tree):
    atlas = open_atlas(ccf)
    assert len(atlas.region_map) == count_nodes(tree)
    assert atlas.resolution == (100, 100, 100)  # the resolution that has a template
    np.testing.assert_array_equal(
        atlas.reference.raw, nrrd.read(str(ccf / "average_template_100.nrrd"))[0]
    )


@pytest.mark.parametrize(
    "acronym", ["root", "grey", "Isocortex", "VISp", "VISp5", "fiber tracts", "SCO"]
)
def test_masks_and_counts_of_real_regions_are_those_of_isin(fine, fine_ids, tree, acronym):
    expected = np.isin(fine_ids, list(subtree(tree, acronym)))
    assert expected.any()
    np.testing.assert_array_equal(fine.get_structure_mask(acronym).raw, expected)
    assert fine.ranks.total_counts[fine.region_map.rank(acronym)] == expected.sum()
    left = expected.copy()
    left[:, :, 114:] = False
    np.testing.assert_array_equal(fine.get_structure_mask(acronym, "left").raw, left)


def test_the_counts_of_all_regions_are_those_of_unique(fine, fine_ids):
    ids, counts = np.unique(fine_ids, return_counts=True)
    expected = dict(zip(ids.tolist(), counts.tolist(), strict=True))
    found = dict(zip(fine.ranks.ids.tolist(), fine.ranks.counts.tolist(), strict=True))
    assert {i: n for i, n in found.items() if n} == expected


@pytest.mark.parametrize("name", ["1.json", "allen_structure_tree.csv", "structures.json"])
def test_every_form_of_the_ontology_knows_all_ids_of_the_annotation(ccf, fine_ids, tree, name):
    region_map = load_region_table(ccf / name)
    assert set(np.unique(fine_ids).tolist()) - {0} <= set(region_map)
    for acronym in ("Isocortex", "TH", "fiber tracts"):
        rank = region_map.rank(acronym)
        below = set(region_map.ids[rank : region_map.ends[rank]].tolist())
        assert below == (subtree(tree, acronym) & set(region_map))


def test_every_id_answers_its_own_name_acronym_and_path(ccf, tree):
    region_map = RegionMap.load_json(ccf / "1.json")

    def check(node: dict, above: list[str]) -> None:
        i, line = node["id"], [*above, node["acronym"]]
        assert (region_map.name(i), region_map.acronym(i)) == (node["name"], node["acronym"])
        assert region_map.path(i) == region_map.path(node["acronym"]) == line
        assert region_map.row(node["name"])["id"] == i
        for child in node["children"]:
            check(child, line)

    check(tree, [])


def test_the_ontology_survives_dicts_and_tables(ccf, tree):
    region_map = RegionMap.from_dict(tree)
    for again in (region_map, RegionMap.from_dataframe(region_map.as_dataframe())):
        assert json.dumps(again.as_dict(), sort_keys=True) == json.dumps(tree, sort_keys=True)


def test_the_itk_snap_labels_of_the_atlas_are_read(ccf):
    path = ccf / "AllenMouseBrain_Atlas_CCF_2017.label"
    rows = [
        line.split()[0]
        for line in path.read_text("latin-1").splitlines()
        if line.strip()[:1].isdigit()
    ]
    assert set(load_region_table(path)) >= {int(row) for row in rows} - {0}


@pytest.fixture(scope="module")
def package_100um(data_folder, tmp_path_factory) -> tuple[Path, Path]:
    """The packed BrainGlobe atlas, and the folder that Python's own tarfile makes of it."""
    path = data_folder / "brainglobe_packaged_allen_100um_v1" / "allen_mouse_100um_v1.2.tar.xz"
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(path) as archive:
        members = archive.getmembers()
        (folder / "names.json").write_text(json.dumps([m.name for m in members]))
        rest = [m for m in members if "/meshes/" not in m.name]
        archive.extractall(folder, rest, filter="data")
    return path, folder / "allen_mouse_100um_v1.2"


def test_the_packed_brainglobe_atlas_opens_as_it_is(package_100um):
    path, folder = package_100um
    atlas = open_atlas(path)
    metadata = json.loads((folder / "metadata.json").read_text())
    assert len(atlas.region_map) == len(json.loads((folder / "structures.json").read_text()))
    assert atlas.shape == tuple(metadata["shape"])
    assert atlas.resolution == tuple(metadata["resolution"])
    assert atlas.orientation == "asr"
    labels = tifffile.imread(folder / "annotation.tiff")
    np.testing.assert_array_equal(atlas.annotation, labels)
    np.testing.assert_array_equal(atlas.reference.raw, tifffile.imread(folder / "reference.tiff"))
    names = json.loads((folder.parent / "names.json").read_text())
    meshes = {int(Path(name).stem) for name in names if name.endswith(".obj")}
    assert set(atlas.package.mesh_files) == meshes
    assert atlas.meshfile_from_structure("VISp").name == "385.obj"


def test_volumes_answer_a_brainglobe_script_as_its_arrays_do(package_100um):
    path, folder = package_100um
    atlas = open_atlas(path)
    labels = tifffile.imread(folder / "annotation.tiff")
    reference = tifffile.imread(folder / "reference.tiff")
    mean = atlas.reference.raw[atlas.annotation != 0].mean()
    assert mean == reference[labels != 0].mean()
    assert round(float(mean), 2) == 140.23
    assert np.sum(atlas.hemispheres == 1) == 601_920
    np.testing.assert_array_equal(atlas.annotation == 672, labels == 672)
    masked = reference.copy()
    masked[atlas.annotation == 0] = 0
    np.testing.assert_array_equal(masked, np.where(labels == 0, 0, reference))
    assert np.sum(masked != atlas.reference) == 632_033
    assert atlas.reference.max() == reference.max()


def test_hierarchy_lev_indexes_the_path_as_brainglobe_does(package_100um):
    path, folder = package_100um
    atlas = open_atlas(path)
    rows = json.loads((folder / "structures.json").read_text())
    paths = {row["id"]: row["structure_id_path"] for row in rows}
    ids, first = np.unique(atlas.annotation, return_index=True)
    voxels = np.stack(np.unravel_index(first, atlas.shape), axis=-1)[ids > 0]
    for level in (-12, -3, -2, -1, 0, 1, 2, 5, 12):
        # Beyond the ends of the path BrainGlobe raises IndexError.
        expected = [
            paths[i][min(max(level, -len(paths[i])), len(paths[i]) - 1)]
            for i in ids[ids > 0].tolist()
        ]
        assert atlas.structure_from_coords(voxels, hierarchy_lev=level).tolist() == expected
    place = voxels[ids[ids > 0].tolist().index(255)]
    found = [atlas.structure_from_coords(place, hierarchy_lev=k) for k in (-1, -2, 0, 1, 2)]
    assert found == [255, 239, 997, 8, 343]


def test_brainglobe_and_allen_agree_on_regions_and_disagree_on_hemispheres(package_100um, ccf):
    brainglobe, allen = open_atlas(package_100um[0]), open_atlas(ccf)
    np.testing.assert_array_equal(brainglobe.annotation, allen.annotation)
    position = (5000, 4000, 3000)
    assert brainglobe.at(position).acronym == allen.at(position).acronym
    assert (brainglobe.at(position).hemisphere, allen.at(position).hemisphere) == ("right", "left")


def test_the_voxelbrain_folder_opens_with_its_columns(data_folder):
    folder = data_folder / "voxelbrain_proj66_tiny"
    atlas = open_atlas(folder)
    ids, header = nrrd.read(str(folder / "brain_regions.nrrd"))
    hierarchy = json.loads((folder / "hierarchy.json").read_text())
    assert len(atlas.region_map) == len(subtree(hierarchy, "O1")) == 50
    assert atlas.grid.corner.tolist() == header["space origin"].tolist() == [-157.5, -5.0, -7.5]
    np.testing.assert_array_equal(atlas.annotation, ids)
    # voxcell 3.1.11 counts 634,975 voxels in this column.
    assert atlas.get_structure_mask("mc2_Column").raw.sum() == 634_975
    assert len(atlas.datasets) == len(list(folder.glob("*.nrrd")))


def test_the_volumes_of_the_voxelbrain_folder_are_pynrrds(data_folder):
    folder = data_folder / "voxelbrain_proj66_tiny"
    atlas = open_atlas(folder)
    inside = nrrd.read(str(folder / "[mask]mc2.nrrd"))[0]
    np.testing.assert_array_equal(atlas.load_data("[mask]mc2", cls=ROIMask).raw, inside != 0)
    hints = nrrd.read(str(folder / "[PH]1.nrrd"))[0]
    np.testing.assert_array_equal(atlas.load_data("[PH]1").raw, np.moveaxis(hints, 0, -1))
    stored = np.moveaxis(nrrd.read(str(folder / "orientation.nrrd"))[0], 0, -1)
    field = atlas.load_data("orientation", cls=OrientationField)
    np.testing.assert_array_equal(field.raw, stored)
    at = np.argwhere((stored != 0).any(axis=-1))[::50_000]
    matrices = field.lookup(field.indices_to_positions(at + 0.5))
    np.testing.assert_allclose(np.linalg.det(matrices), 1, atol=1e-9)


def test_a_field_with_a_negative_step_turns_y_onto_the_directions(data_folder):
    field = OrientationField.load_nrrd(data_folder / "voxcell_conventions" / "orientation.nrrd")
    stored = np.moveaxis(
        nrrd.read(str(data_folder / "voxcell_conventions" / "orientation.nrrd"))[0], 0, -1
    ).astype(float)
    assert field.voxel_dimensions[2] < 0
    at = np.argwhere(np.linalg.norm(stored, axis=-1) > 0)[::5000]
    w, x, y, z = stored[tuple(at.T)].T
    expected = np.stack(
        [2 * (x * y - w * z), w * w - x * x + y * y - z * z, 2 * (y * z + w * x)], -1
    )
    turned = field.lookup(field.indices_to_positions(at + 0.5)) @ [0, 1, 0]
    np.testing.assert_allclose(turned, expected, atol=1e-6)


@pytest.mark.parametrize(
    "name",
    [
        "BallBinary30x30x30.nrrd",
        "BallBinary30x30x30_gz.nrrd",
        "BallBinary30x30x30_bz2.nrrd",
        "BallBinary30x30x30_gz_lineskip.nrrd",
        "BallBinary30x30x30_gz_byteskip_minus_one.nrrd",
        "BallBinary30x30x30.nhdr",
        "BallBinary30x30x30_byteskip_minus_one.nhdr",
        "BallBinary30x30x30_byteskip_minus_one_nifti.nhdr",
    ],
)
def test_the_variants_of_pynrrds_tests_are_read_as_pynrrd_reads_them(data_folder, name):
    path = data_folder / "nrrd_variants_pynrrd" / name
    np.testing.assert_array_equal(VoxelData.load_nrrd(path).raw, nrrd.read(str(path))[0])


@pytest.mark.slow
def test_the_full_annotation_of_25_um_is_numbered_and_counted(data_folder, tmp_path, fine_ids):
    folder = data_folder / "allen_ccfv3_25um_tiff"
    path = tmp_path / "annotation.tif"
    path.write_bytes(lzma.decompress((folder / "ABA_25um_2017_annotation.tif.lzma").read_bytes()))
    region_map = RegionMap.load_json(folder / "ABA_annotation_last.json")
    atlas = open_atlas(path, region_map=region_map, resolution=25)
    assert atlas.shape == (456, 528, 320)
    assert atlas.ranks.unknown_ids.tolist() == []
    half = np.moveaxis(atlas.annotation[::2, ::2, ::2], 0, 2)
    np.testing.assert_array_equal(half, fine_ids)
    labels = tifffile.imread(path)
    acronym = "Isocortex"
    rank = region_map.rank(acronym)
    below = region_map.ids[rank : region_map.ends[rank]]
    assert atlas.ranks.total_counts[rank] == np.isin(labels, below).sum()
