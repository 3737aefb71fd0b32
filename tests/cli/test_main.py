"""Errors of lower floors, ended with the options of the command line that help."""

from __future__ import annotations

import json
import shutil

import nrrd
import numpy as np
import pytest

from .. import packages


def test_a_file_that_exists_can_be_replaced_by_an_option(refuses, package, tmp_path):
    target = tmp_path / "tree.json"
    target.write_text("{}")
    line = refuses("tree", package, "--json", target)
    assert line.endswith("the file exists; expected a new name, or --force to replace it\n")


def test_a_volume_taken_for_an_image_can_be_called_an_annotation(refuses, tmp_path):
    path = packages.write_nrrd(tmp_path / "noise.nrrd", packages.image() % 50)
    assert refuses("info", path).endswith("(--kind annotation)\n")


def test_a_mask_without_a_voxel_size_names_the_option_that_states_it(refuses, tmp_path):
    path = packages.write_tiff(tmp_path / "ids.tif", np.ones((4, 5, 6), np.uint16))
    line = refuses("mask", path, "1", "-o", tmp_path / "mask.nrrd")
    assert line.endswith("expected it to be stated (--resolution UM)\n")


def test_hemispheres_that_nothing_tells_name_the_option_that_does(refuses, package, tmp_path):
    folder = tmp_path / "without sides"
    shutil.copytree(package, folder)
    (folder / "hemisphere.nrrd").unlink()
    (folder / "metadata.json").write_text(json.dumps({"name": "Made up"}))
    line = refuses("mask", folder, "A", "--hemisphere", "left", "-o", tmp_path / "mask.nrrd")
    assert line.endswith("or --orientation with --midline\n")


def test_a_known_orientation_needs_a_midline_alone(refuses, run, package, tmp_path):
    folder = tmp_path / "without sides"
    shutil.copytree(package, folder)
    (folder / "hemisphere.nrrd").unlink()
    target = tmp_path / "mask.nrrd"
    line = refuses("mask", folder, "A", "--hemisphere", "left", "-o", target)
    assert line.endswith("or --midline\n")
    answer = run("mask", folder, "A", "--hemisphere", "left", "--midline", "-o", target)
    assert answer.code == 0
    # 10 × 8 × 6 voxels, asr: the right half of the axis starts at 0, left are the last planes.
    assert not nrrd.read(str(target))[0][:, :, :3].any()
    assert nrrd.read(str(target))[0][:, :, 3:].any()
    assert json.loads(run("info", folder, "--midline", "--json").out)["hemispheres"] == (
        "side from plane"
    )


@pytest.mark.parametrize(
    "command",
    [
        ("mask", "PACKAGE", "A", "-o", "PACKAGE/brain_regions.nrrd"),
        ("stats", "PACKAGE", "--json", "PACKAGE/hierarchy.json"),
        ("snapshot", "PACKAGE/brain_regions.nrrd", "-o", "PACKAGE/brain_regions.nrrd"),
        ("stats", "PACKAGE", "--points", "CELLS", "-o", "CELLS"),
        ("stats", "PACKAGE", "--points", "CELLS", "--per-point", "CELLS"),
    ],
    ids=lambda command: " ".join(command),
)
def test_what_is_read_is_not_replaced_even_with_force(refuses, package, tmp_path, command):
    cells = tmp_path / "cells.csv"
    cells.write_text("x,y,z\n1,2,3\n")
    words = [w.replace("PACKAGE", str(package)).replace("CELLS", str(cells)) for w in command]
    before = {path: path.read_bytes() for path in (*package.iterdir(), cells)}
    assert "expected another name for the output" in refuses(*words, "--force")
    assert {path: path.read_bytes() for path in (*package.iterdir(), cells)} == before


def test_a_link_to_what_is_read_is_not_replaced_either(refuses, package, tmp_path):
    link = tmp_path / "link.nrrd"
    link.symlink_to(package / "brain_regions.nrrd")
    assert "is read" in refuses("mask", link, "3", "-o", package / "brain_regions.nrrd", "--force")
