"""Whole or not at all: what is refused, stopped, replaced, and checked."""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer import AtlasError, open_atlas
from napari_atlas_explorer.packaging.make import FaultyPackageError, make_package
from napari_atlas_explorer.packaging.source.sources import source_of_spec
from napari_atlas_explorer.packaging.source.spec import read_package_spec
from napari_atlas_explorer.packaging.write.meshes import MeshResult

from ..packages import write_tiff
from ..qa import broken
from ..refusals import refused
from . import handmade

V2 = "handmade_brain_100um_v1.0"


def made_of(path, target="brainglobe-v2", folder=None, **changes):
    return make_package(
        source_of_spec(read_package_spec(path)),
        handmade.options(target, **changes),
        folder or path.parent / "out",
        checks=("package", "hierarchy", "labels"),
    )


def test_ingredients_become_a_package_without_fault(tmp_path):
    made = made_of(handmade.ingredients(tmp_path))
    atlas = open_atlas(made.packages[0])
    assert made.packages[0].name == V2
    assert np.array_equal(atlas.annotation.raw, broken.annotation())
    assert np.array_equal(atlas.hemispheres.raw, broken.hemispheres())
    assert set(atlas.package.mesh_files) == set(broken.PARENTS)
    assert made.reports[0].worst() in (None, "info", "warning")
    assert "10 meshes made of the labels" in made.meshes


def test_a_deviation_is_not_said_in_powers_of_ten():
    said = MeshResult(837, 3_105_480, 0.001, 1040.4, "gray").describe()
    assert (
        "volumes within 0.1 %, at most 1\u202f040 µm from the surface of the voxels (gray)" in said
    )


def test_missing_colors_are_said(tmp_path):
    made = made_of(handmade.ingredients(tmp_path), meshes="none")
    assert any("color" in text for text in made.notes)


def change_regions(change):
    def apply(folder):
        text = (folder / "regions.csv").read_text()
        (folder / "regions.csv").write_text(change(text))

    return apply


def volume(name, change):
    def apply(folder):
        values = {
            "labels": broken.annotation,
            "sides": broken.hemispheres,
            "template": broken.reference,
        }[name]()
        write_tiff(folder / f"{name}.tiff", change(values.copy()))

    return apply


BAD = {
    "reference of another shape": (
        volume("template", lambda v: v[:-1]),
        "template.tiff",
        "39 × 32 × 36",
        "40 × 32 × 36",
    ),
    "hemispheres of another shape": (
        volume("sides", lambda v: v[:, :-2]),
        "sides.tiff",
        "40 × 30 × 36",
    ),
    "id 0 as a region": (change_regions(lambda t: t + "none,0,Nothing,/997/0/,997.0\n"), "0"),
    "unknown parent": (change_regions(lambda t: t + "X,9,Ex,/4444/9/,4444.0\n"), "4444"),
    "a cycle": (change_regions(lambda t: t.replace("/997/8/315/,8.0", ",315.0")), "315"),
    "two roots": (change_regions(lambda t: t + "other,77,Other,/77/,\n"), "root", "other"),
    "fractions for labels": (
        volume("labels", lambda v: (v + 0.5).astype(np.float32)),
        "0.5",
        "whole",
    ),
}


@pytest.mark.parametrize("fault", BAD)
@pytest.mark.parametrize("target", ["brainglobe-v2", "brainglobe-v3"])
def test_bad_ingredients_are_named_before_anything_is_written(tmp_path, fault, target):
    plant, *words = BAD[fault]
    path = handmade.ingredients(tmp_path / "in")
    plant(tmp_path / "in")
    with refused(*words):
        made_of(path, target, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("key", ["name", "version", "species", "citation"])
def test_a_missing_field_is_named(tmp_path, key):
    with refused(key, "expected"):
        made_of(handmade.ingredients(tmp_path, **{key: None}))
    assert not (tmp_path / "out").exists()


def test_a_wrong_field_is_named(tmp_path):
    with refused("citation", "DOI"):
        made_of(handmade.ingredients(tmp_path, citation="somebody, sometime"))


def test_axes_that_nobody_states_are_asked_for(tmp_path):
    with refused("orientation of", "asr"):
        made_of(handmade.ingredients(tmp_path, orientation=None))


def test_sides_that_nobody_states_are_asked_for(tmp_path):
    path = handmade.ingredients(tmp_path)
    path.write_text(path.read_text().replace('hemispheres = "sides.tiff"\n', ""))
    with refused("left and right are unknown", "symmetric = true"):
        made_of(path)


def test_a_full_disk_is_said_beforehand(tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with refused("free", "GB"):
        made_of(handmade.ingredients(tmp_path))
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="a folder that nobody may write to")
def test_a_folder_that_is_read_only_is_said_beforehand(tmp_path):
    path = handmade.ingredients(tmp_path)
    with refused("/proc/atlases", "cannot be written"):
        made_of(path, folder=Path("/proc/atlases"))


def test_a_target_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "out").write_text("")
    with refused("it is a file"):
        made_of(handmade.ingredients(tmp_path))


class StopNowError(Exception):
    """What a user's cancel raises."""


@pytest.mark.parametrize("at", [0.05, 0.15, 0.4, 0.8, 0.97])
@pytest.mark.parametrize("target", ["brainglobe-v2", "brainglobe-v3"])
def test_whatever_stops_it_leaves_nothing(tmp_path, at, target):
    def stop(share, what):
        if share >= at:
            raise StopNowError(what)

    path = handmade.ingredients(tmp_path / "in")
    with pytest.raises(StopNowError):
        make_package(
            source_of_spec(read_package_spec(path)),
            handmade.options(target),
            tmp_path / "out",
            progress=stop,
        )
    assert not (tmp_path / "out").exists()


def test_what_is_there_stays_unless_it_may_be_replaced(tmp_path):
    path = handmade.ingredients(tmp_path)
    made = made_of(path, meshes="none")
    before = handmade.contents(made.packages[0])
    with refused("it exists", remedy="replace"):
        made_of(path, meshes="none")
    assert handmade.contents(tmp_path / "out" / V2) == before
    assert [p.name for p in (tmp_path / "out").iterdir()] == [V2]
    source = source_of_spec(read_package_spec(path))
    make_package(source, handmade.options("brainglobe-v2"), tmp_path / "out", checks=(), force=True)
    assert (tmp_path / "out" / V2 / "meshes" / "997.obj").is_file()
    assert [p.name for p in (tmp_path / "out").iterdir()] == [V2]


def test_two_v3_packages_share_a_folder(tmp_path):
    first = made_of(handmade.ingredients(tmp_path / "a"), "brainglobe-v3", tmp_path / "out")
    other = handmade.ingredients(tmp_path / "b", version="1.1")
    second = made_of(other, "brainglobe-v3", tmp_path / "out")
    for made, version in ((first, "1.0"), (second, "1.1")):
        atlas = open_atlas(made.packages[0])
        assert atlas.metadata["version"] == version
        assert np.array_equal(atlas.annotation.raw, broken.annotation())


def test_a_package_with_errors_is_not_kept(tmp_path):
    package = broken.sound_package(tmp_path / "first")
    ids = broken.annotation().copy()
    ids[20, 13, 18] = 4242  # in no list of regions
    write_tiff(package / "annotation.tiff", ids)
    with pytest.raises(FaultyPackageError, match="4242"):
        make_package(handmade.source(package), handmade.options("brainglobe-v2"), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    made = make_package(
        handmade.source(package), handmade.options("brainglobe-v2"), tmp_path / "out", faulty=True
    )
    assert made.reports[0].worst() == "error"
    assert open_atlas(made.packages[0]).annotation.raw[20, 13, 18] == 4242


def test_an_archive_opens_and_its_checksum_is_right(tmp_path):
    import hashlib

    package = broken.sound_package(tmp_path / "first")
    made = make_package(
        handmade.source(package),
        handmade.options("brainglobe-v2"),
        tmp_path / "out",
        checks=(),
        archive=True,
    )
    (archive,) = made.archives
    digest, name = (tmp_path / "out" / f"{archive.name}.sha256").read_text().split()
    assert digest == hashlib.sha256(archive.read_bytes()).hexdigest()
    assert name.lstrip("*") == archive.name
    with tarfile.open(archive) as tar:
        assert {m.name.split("/")[0] for m in tar} == {V2}
    assert np.array_equal(open_atlas(archive).annotation.raw, broken.annotation())


def test_further_resolutions_are_packages_of_their_own(tmp_path):
    package = broken.sound_package(tmp_path / "first")
    for target in ("brainglobe-v2", "brainglobe-v3", "voxelbrain"):
        made = make_package(
            handmade.source(package),
            handmade.options(target, resolutions=(200.0,)),
            tmp_path / target,
            checks=(),
        )
        fine, coarse = (open_atlas(p) for p in made.packages)
        assert fine.resolution == (100.0,) * 3
        assert coarse.resolution == (200.0,) * 3
        assert coarse.shape == (20, 16, 18)
        # The voxel that holds the center of each coarse one: the upper of the middle two.
        assert np.array_equal(coarse.annotation.raw, broken.annotation()[1::2, 1::2, 1::2])
        assert coarse.at((2050, 1850, 1850)).acronym == fine.at((2050, 1850, 1850)).acronym


def test_a_coarser_copy_alone(tmp_path):
    package = broken.sound_package(tmp_path / "first")
    made = make_package(
        handmade.source(package),
        handmade.options("brainglobe-v2", resolutions=(200.0,), only_coarser=True),
        tmp_path / "out",
        checks=(),
    )
    assert [p.name for p in made.packages] == ["handmade_brain_200um_v1.0"]
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["handmade_brain_200um_v1.0"]
    assert json.loads((made.packages[0] / "metadata.json").read_text())["shape"] == [20, 16, 18]


def test_one_hemisphere_as_an_atlas(tmp_path):
    package = broken.sound_package(tmp_path / "first")
    made = make_package(
        handmade.source(package),
        handmade.options("brainglobe-v2", hemisphere="left"),
        tmp_path / "out",
        checks=(),
    )
    atlas = open_atlas(made.packages[0])
    expected = np.where(broken.hemispheres() == 1, broken.annotation(), 0)
    assert np.array_equal(atlas.annotation.raw, expected)
    assert atlas.mesh_from_structure("CTX").points[:, 2].min() > 1750  # the middle is at 1800


def test_one_hemisphere_of_a_symmetric_atlas_is_not_symmetric(tmp_path):
    package = broken.sound_package(tmp_path / "first")
    broken.metadata(symmetric=True)(package)
    broken.remove("hemispheres.tiff")(package)
    made = make_package(
        handmade.source(package),
        handmade.options("brainglobe-v2", hemisphere="left"),
        tmp_path / "out",
        checks=["symmetry"],
    )
    atlas, whole = open_atlas(made.packages[0]), open_atlas(package)
    assert (whole.metadata["symmetric"], atlas.metadata["symmetric"]) == (True, False)
    assert np.array_equal(atlas.hemispheres, whole.hemispheres)


def test_one_region_as_an_atlas(tmp_path):
    package = broken.sound_package(tmp_path / "first")
    made = make_package(
        handmade.source(package),
        handmade.options("brainglobe-v2", region="fiber tracts"),
        tmp_path / "out",
        checks=(),
    )
    atlas = open_atlas(made.packages[0])
    assert set(atlas.region_map) == {1009, 776, 614454277}
    assert atlas.region_map.ids[1] == 1009
    kept = np.isin(broken.annotation(), (1009, 776, 614454277))
    assert np.array_equal(atlas.annotation.raw, np.where(kept, broken.annotation(), 0))


def test_a_region_without_voxels_cannot_be_an_atlas(tmp_path):
    package = broken.sound_package(tmp_path / "first")
    ids = np.where(broken.annotation() == 315, 0, broken.annotation())
    write_tiff(package / "annotation.tiff", ids.astype(np.uint32))
    with refused("no voxel"):
        make_package(
            handmade.source(package), handmade.options("voxelbrain", region="CTX"), tmp_path / "out"
        )


def test_every_error_is_one_of_ours(tmp_path):
    path = handmade.ingredients(tmp_path)
    (tmp_path / "labels.tiff").write_bytes(b"not a TIFF")
    with pytest.raises(AtlasError, match=r"labels\.tiff"):
        made_of(path)


def test_what_is_there_is_refused_before_the_work_begins(tmp_path):
    package = broken.sound_package(tmp_path / "first")
    for target in ("brainglobe-v2", "brainglobe-v3", "voxelbrain", "itksnap"):
        arguments = (handmade.source(package), handmade.options(target), tmp_path / target)
        make_package(*arguments, checks=())
        shares = []
        with refused("it exists"):
            make_package(*arguments, checks=(), progress=lambda s, w, seen=shares: seen.append(s))
        assert max(shares) < 0.1


def test_names_that_a_file_can_have_are_kept(tmp_path):
    from ..packages import voxelbrain, write_nrrd

    folder = voxelbrain(tmp_path / "atlas", orientation="asr")
    write_nrrd(folder / "thickness:L1.nrrd", np.ones((12, 8, 10), np.float32))
    made = make_package(
        handmade.source(folder),
        handmade.options("voxelbrain", meshes="none"),
        tmp_path / "out",
        checks=(),
    )
    assert (open_atlas(made.packages[0]).load_data("thickness:L1").raw == 1).all()


def test_a_ccf_folder_becomes_a_package_of_brainglobes_name(tmp_path):
    from ..packages import allen_ccf

    allen_ccf(tmp_path / "ccf")
    made = make_package(
        handmade.source(tmp_path / "ccf", version="1.0"),
        handmade.options("brainglobe-v2", meshes="none"),
        tmp_path / "out",
        checks=(),
    )
    assert made.packages[0].name == "allen_mouse_100um_v1.0"
    assert any("mirrored" in text for text in made.notes)
    atlas, ccf = open_atlas(made.packages[0]), open_atlas(tmp_path / "ccf")
    assert np.array_equal(atlas.annotation.raw, ccf.annotation.raw[:, :, ::-1])


def test_what_is_said_replaces_what_a_package_says_wrongly(tmp_path):
    package = broken.sound_package(tmp_path / "first")
    path = package / "metadata.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "species": ["no", "text"]}))
    with refused("species"):
        handmade.source(package)
    assert handmade.source(package, species="Nullus exemplum").metadata.species == "Nullus exemplum"
