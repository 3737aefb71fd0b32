"""Errors of lower floors, ended with the options of the command line that help."""

from __future__ import annotations

import json
import shutil

import numpy as np

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
    assert line.endswith("expected an atlas that does, or --orientation\n")
