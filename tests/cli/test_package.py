"""`atlas-explorer package` and `downsample`."""

from __future__ import annotations

import configparser
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from napari_atlas_explorer import open_atlas

from .. import packages
from ..packages import write_tiff
from ..packaging import handmade
from ..qa import broken

NAME = "handmade_brain_100um_v1.0"
QUICK = ("--meshes", "none", "--checks", "none")


@pytest.fixture
def ingredients(tmp_path):
    return handmade.ingredients(tmp_path / "in")


def test_a_list_of_ingredients_becomes_a_package(run, ingredients, tmp_path):
    answer = run("package", ingredients, "--to", "brainglobe-v2", "-o", tmp_path / "out")
    assert answer.code == 0, answer.err
    assert answer.out.split() == [str(tmp_path / "out" / NAME)]
    assert "10 meshes made of the labels" in answer.err
    assert f"checked {NAME}" in answer.err
    atlas = open_atlas(tmp_path / "out" / NAME)
    assert np.array_equal(atlas.annotation.raw, broken.annotation())


def test_every_layout_that_the_list_names_is_written(run, ingredients, tmp_path):
    text = ingredients.read_text()
    ingredients.write_text(text + '[options]\ntargets = ["voxelbrain", "itksnap"]\n')
    answer = run("package", ingredients, "-o", tmp_path / "out", "--checks", "none", "--json")
    assert answer.code == 0, answer.err
    packages = json.loads(answer.out)["packages"]
    assert [p["target"] for p in packages] == ["voxelbrain", "itksnap"]
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        "handmade_brain_100um",
        "handmade_brain_100um_itksnap",
    }


def test_what_itksnap_gets_is_numbered_in_16_bits(run, ingredients, tmp_path):
    answer = run("package", ingredients, "--to", "itksnap", "-o", tmp_path)
    assert answer.code == 0, answer.err
    folder = tmp_path / "handmade_brain_100um_itksnap"
    atlas = open_atlas(folder / "segmentation.nrrd", folder / "labels.txt")
    stored = atlas.load_data("segmentation").raw
    assert stored.dtype == np.uint16
    for i in broken.PARENTS:
        found = np.unique(stored[broken.annotation() == i])
        assert len(found) == (1 if (broken.annotation() == i).any() else 0)
    label = stored[broken.annotation() == 614454277][0]
    assert "614454277" in atlas.region_map.name_of_rank(atlas.region_map.rank(int(label)))


def test_the_template_names_every_key_and_is_filled_in(run, tmp_path):
    answer = run("package", "--template")
    assert answer.code == 0
    for word in ("[atlas]", "[ingredients]", "[options]", "citation", "annotation", "resolutions"):
        assert word in answer.out
    # As it stands it names what has to be filled in.
    (tmp_path / "package.toml").write_text(answer.out)
    answer = run("package", tmp_path / "package.toml", "--to", "brainglobe-v2")
    assert answer.code == 2
    assert "annotation" in answer.err


def test_another_package_is_converted_with_what_is_said(run, package, tmp_path):
    """The made-up folder has an id that is in no list: its checks find an error."""
    words = (
        "--name",
        "made_up",
        "--version",
        "1.0",
        "--species",
        "Nullus exemplum",
        "--citation",
        "unpublished",
    )
    base = ("package", "--from", package, "--to", "brainglobe-v3", "-o", tmp_path / "out", *words)
    answer = run(*base)
    assert answer.code == 2
    assert "no reference image" in answer.err
    write_reference(package)
    answer = run(*base)
    assert (answer.code, (tmp_path / "out").exists()) == (2, False)
    assert "999" in answer.err
    answer = run(*base, "--keep-faulty")
    assert answer.code == 1
    assert "999" in answer.err
    atlas = open_atlas(tmp_path / "out")
    assert atlas.resolution == (100.0, 200.0, 50.0)
    assert atlas.annotation.raw[9, 7, 5] == 999
    assert atlas.metadata["species"] == "Nullus exemplum"


def write_reference(package):
    from napari_atlas_explorer import VoxelData

    gray = np.random.default_rng(1).integers(0, 900, (10, 8, 6)).astype(np.uint16)
    corner = (-100.0, 0.0, 0.0)
    VoxelData(gray, (100.0, 200.0, 50.0), corner).save_nrrd(package / "reference.nrrd")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "neither PACKAGE.toml nor --from"),
        (("--from", "sample"), "--to brainglobe-v2"),
        (("--from", "sample", "--to", "voxelbrain", "--resolutions", "a"), "--resolutions a"),
        (("--from", "sample", "--to", "voxelbrain", "--resolutions", "10"), "finer"),
        (("--from", "sample", "--to", "voxelbrain", "--masks"), "brainglobe-v3"),
        (("--from", "sample", "--to", "brainglobe-v2", "--citation", "me"), "--citation"),
        (("--from", "sample", "--to", "voxelbrain", "--region", "nowhere"), "nowhere"),
        (("--from", "sample", "--to", "voxelbrain", "--jobs", "0"), "--jobs 0"),
        (("--from", "sample", "--to", "voxelbrain", "--checks", "spelling"), "spelling"),
        (("--from", "sample", "--to", "voxelbrain", "--brainglobe-dir", "x"), "--install"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(run, tmp_path, words, said):
    answer = run("package", *words, "-o", tmp_path / "out")
    assert answer.code == 2
    assert said in answer.err
    assert answer.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_options_that_are_wrong_are_reported_all_at_once(run, tmp_path):
    words = ("--name", "big", "--species", "x", "--citation", "me", "--version", "1.0")
    answer = run("package", "--from", "sample", "--to", "brainglobe-v2", "-o", tmp_path, *words)
    assert answer.code == 2
    assert [o for o in words[::2] if f"{o}: " in answer.err] == [
        "--name",
        "--species",
        "--citation",
    ]
    assert answer.err.count("\n") == 1


def test_the_next_version_shows_what_differs(run, ingredients, tmp_path):
    assert run("package", ingredients, "--to", "brainglobe-v2", "-o", tmp_path, *QUICK).code == 0
    ids = broken.annotation().copy()
    ids[20, 18, 18] = 1097
    write_tiff(ingredients.parent / "labels.tiff", ids)
    text = ingredients.read_text()
    ingredients.write_text(
        "\n".join(line for line in text.splitlines() if not line.startswith(("version", "species")))
    )
    answer = run(
        "package",
        ingredients,
        "--to",
        "brainglobe-v2",
        "-o",
        tmp_path,
        *QUICK,
        "--update",
        tmp_path / NAME,
        "--json",
    )
    assert answer.code == 0, answer.err
    new = tmp_path / "handmade_brain_100um_v1.1"
    assert open_atlas(new).metadata["species"] == "Nullus exemplum"
    (found,) = json.loads(answer.out)["packages"]
    assert found["difference"]["n_changed"] == 1
    assert "1 voxel" in answer.err
    assert "TH" in answer.err


def test_installing_makes_it_known_to_brainglobe(run, ingredients, tmp_path):
    cache = tmp_path / "cache"
    answer = run(
        "package",
        ingredients,
        "--to",
        "brainglobe-v2",
        "-o",
        tmp_path,
        *QUICK,
        "--install",
        "--brainglobe-dir",
        cache,
    )
    assert answer.code == 0, answer.err
    assert np.array_equal(open_atlas(cache / NAME).annotation.raw, broken.annotation())
    known = configparser.ConfigParser()
    known.read(cache / "custom_atlases.conf")
    assert dict(known["atlases"]) == {"handmade_brain_100um": "1.0"}


def test_an_archive_stands_beside_it(run, ingredients, tmp_path):
    answer = run(
        "package", ingredients, "--to", "brainglobe-v3", "-o", tmp_path, *QUICK, "--archive"
    )
    assert answer.code == 0, answer.err
    archive = tmp_path / "handmade_brain_100um_v1.0_brainglobe-atlasapi.tar.gz"
    assert np.array_equal(open_atlas(archive).annotation.raw, broken.annotation())
    assert (tmp_path / f"{archive.name}.sha256").is_file()


def test_a_request_to_end_leaves_nothing(ingredients, tmp_path):
    words = [
        sys.executable,
        "-m",
        "napari_atlas_explorer",
        "package",
        str(ingredients),
        "--to",
        "brainglobe-v2",
        "-o",
        str(tmp_path / "out"),
        "--jobs",
        "1",
    ]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    while not list(tmp_path.glob("out/.*.partial")) and process.poll() is None:
        pass
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert not (tmp_path / "out").exists()


KILLED_WHILE_PLACING = """
import os, signal, sys
from napari_atlas_explorer.cli.main import main

def kill(event, args):
    # The old package has been moved aside, and the new one is about to take its place.
    if event == "os.rename" and str(args[1]) == os.environ["TARGET"]:
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(kill)
main(sys.argv[1:])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="signals of POSIX systems")
def test_the_old_package_comes_back_after_a_kill_while_it_is_replaced(run, ingredients, tmp_path):
    words = ["package", ingredients, "--to", "voxelbrain", "-o", tmp_path / "out", *QUICK]
    assert run(*words).code == 0
    (package,) = (tmp_path / "out").iterdir()
    before = handmade.contents(package)
    arguments = [str(word) for word in (*words, "--force")]
    command = [sys.executable, "-c", KILLED_WHILE_PLACING, *arguments]
    killed = subprocess.run(command, env={**os.environ, "TARGET": str(package)}, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert not package.exists()
    # Without --force: what the killed run moved aside is there, so that its name is taken.
    answer = run(*words)
    assert answer.code == 2
    assert "exists" in answer.err
    assert handmade.contents(package) == before
    assert [path.name for path in (tmp_path / "out").iterdir()] == [package.name]


def test_downsampling_keeps_layout_and_positions(run, tmp_path):
    package = broken.sound_package(tmp_path / "first")
    answer = run("downsample", package, "--resolution", "200", "-o", tmp_path / "out")
    assert answer.code == 0, answer.err
    copy = tmp_path / "out" / "handmade_brain_200um_v1.0"
    assert answer.out.split() == [str(copy)]
    coarse = open_atlas(copy)
    assert coarse.package.layout == "BrainGlobe v2"
    assert np.array_equal(coarse.annotation.raw, broken.annotation()[1::2, 1::2, 1::2])
    assert len(coarse.package.mesh_files) == len(broken.PARENTS)


def test_downsampling_by_majority(run, tmp_path):
    package = broken.sound_package(tmp_path / "first")
    answer = run(
        "downsample",
        package,
        "--resolution",
        "200",
        "--labels",
        "majority",
        "--to",
        "voxelbrain",
        "-o",
        tmp_path / "out",
    )
    assert answer.code == 0, answer.err
    ids = broken.annotation()
    coarse = open_atlas(tmp_path / "out" / "handmade_brain_200um").annotation.raw
    rng = np.random.default_rng(5)
    for i, j, k in rng.integers(0, (20, 16, 18), (300, 3)):
        block = ids[2 * i : 2 * i + 2, 2 * j : 2 * j + 2, 2 * k : 2 * k + 2]
        values, counts = np.unique(block, return_counts=True)
        assert counts[values == coarse[i, j, k]] == counts.max()


def test_a_finer_copy_is_refused(run, tmp_path):
    answer = run("downsample", "sample", "--resolution", "30", "-o", tmp_path / "out")
    assert answer.code == 2
    assert "finer" in answer.err
    assert not (tmp_path / "out").exists()


def test_other_layouts_take_names_that_brainglobe_does_not(run, ingredients, tmp_path):
    words = ("package", ingredients, *QUICK, "-o", tmp_path, "--name", "My Brain")
    answer = run(*words, "--to", "voxelbrain")
    assert answer.code == 0, answer.err
    assert open_atlas(tmp_path / "My Brain_100um").name == "My Brain"
    answer = run(*words, "--to", "brainglobe-v2")
    assert (answer.code, "--name" in answer.err) == (2, True)


def test_the_table_and_what_was_assumed_of_a_source_are_said(run, tmp_path):
    packages.home_made(tmp_path / "in", "my_labels.csv")
    (tmp_path / "in" / "other.csv").write_text("id,name\n315,one\n549,two\n")
    words = ("--resolution", "25", "--to", "voxelbrain", "--name", "made", *QUICK)
    answer = run("package", "--from", tmp_path / "in", *words, "-o", tmp_path / "out")
    assert answer.code == 0, answer.err
    assert "names of regions from my_labels.csv" in answer.err
    assert "other.csv (2 of 2 ids" in answer.err
    assert answer.err.count("is taken as an annotation") == 1
    assert "states no" not in answer.err  # the resolution was given
