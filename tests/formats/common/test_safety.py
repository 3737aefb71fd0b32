"""Files that are not what their name says, as downloads and repositories leave them."""

from __future__ import annotations

import gzip

import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.core.errors import AtlasFileError

from ... import packages
from ...refusals import refused

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
CONTENTS = {
    "the file is empty": b"",
    "a Git LFS pointer": LFS,
    "a git-annex pointer": b"/annex/objects/MD5E-s12--abc.nii.gz\n",
    "an HTML page": b"\n<!DOCTYPE html>\n<html><body>404</body></html>",
}


@pytest.mark.parametrize("what", CONTENTS)
@pytest.mark.parametrize("name", ["v.nrrd", "v.nii.gz", "v.tif", "v.mha", "v.mgz"])
def test_a_volume_that_is_none_is_called_what_it_is(tmp_path, name, what):
    path = tmp_path / name
    path.write_bytes(CONTENTS[what])
    with refused(path, what, by=AtlasFileError):
        open_atlas(path)


@pytest.mark.parametrize("what", CONTENTS)
def test_so_is_the_hierarchy_of_a_package(tmp_path, what):
    folder = packages.voxelbrain(tmp_path / "package")
    (folder / "hierarchy.json").write_bytes(CONTENTS[what])
    with refused(folder / "hierarchy.json", what, by=AtlasFileError):
        open_atlas(folder)


def test_a_link_to_nothing_is_called_that(tmp_path):
    (tmp_path / "v.nrrd").symlink_to(tmp_path / "annex" / "v.nrrd")
    (tmp_path / "labels.csv").write_text("id,name\n1,a\n")
    with refused("v.nrrd", "a link to a file that is not here", by=AtlasFileError):
        open_atlas(tmp_path)


def test_a_packed_page_is_no_volume(tmp_path):
    (tmp_path / "v.nii.gz").write_bytes(gzip.compress(CONTENTS["an HTML page"]))
    with refused(tmp_path / "v.nii.gz", by=AtlasFileError):
        open_atlas(tmp_path / "v.nii.gz")


@pytest.mark.parametrize("name", ["with blank", 'quo"te', "100%", "#1", "[x]", "脳", "-dash"])
def test_any_name_of_a_folder_works(tmp_path, name):
    folder = packages.home_made(tmp_path / name)
    assert open_atlas(folder).package.annotation == "my_labels"
