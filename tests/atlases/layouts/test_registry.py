"""One registry of layouts: each package is known by the names of its files alone."""

from __future__ import annotations

import builtins

import pytest

from napari_atlas_explorer.atlases.layouts.registry import LAYOUTS, layout_of
from napari_atlas_explorer.atlases.open import open_atlas

from ...made_up import write_brainglobe


def test_names_of_layouts_are_those_of_their_packages(tmp_path):
    folder = write_brainglobe(tmp_path / "made_up_50um_v1.0")
    layout = layout_of(folder)
    assert layout is not None
    assert layout.LAYOUT == open_atlas(folder).package.layout == "BrainGlobe v2"
    assert len({layout.LAYOUT for layout in LAYOUTS}) == len(LAYOUTS)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["brain_regions.nrrd", "hierarchy.json"], "VoxelBrain"),
        (["metadata.json", "structures.csv"], "BrainGlobe v2"),
        (["atlases/a/1_0/manifest.json"], None),
        (["brainreg.json", "registered_atlas.tiff"], "brainreg output"),
        (["annotation_25.nrrd"], "Allen CCF"),
        (["annotation_25.nrrd", "brain_regions.nrrd", "hierarchy.json"], "VoxelBrain"),
        (["annotation.tiff", "names.csv"], None),
    ],
)
def test_names_of_files_tell_the_layout_and_none_is_opened(tmp_path, names, expected, monkeypatch):
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.setattr(builtins, "open", None)
    layout = layout_of(tmp_path)
    assert (layout.LAYOUT if layout else None) == expected


def test_a_version_of_a_v3_atlas_is_known_by_where_it_lies(tmp_path):
    folder = tmp_path / "atlases" / "a" / "1_0"
    folder.mkdir(parents=True)
    (folder / "manifest.json").touch()
    layout = layout_of(folder)
    assert layout is not None
    assert layout.LAYOUT == "BrainGlobe v3"
    assert layout_of(tmp_path / "nowhere") is None
