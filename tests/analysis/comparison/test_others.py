"""Other atlases beside the one that is shown, without a window."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_atlas_explorer import Atlas, open_atlas
from napari_atlas_explorer.analysis.comparison.comparison import Comparison
from napari_atlas_explorer.analysis.comparison.others import (
    list_candidates,
    measure_regions,
    open_other,
    pair_atlases,
    point_lines,
    remember_by,
    remembered_by,
)
from napari_atlas_explorer.atlases.local.catalogue import Catalogue
from napari_atlas_explorer.atlases.local.installed import LocalAtlas
from napari_atlas_explorer.cli.main import main
from napari_atlas_explorer.core.space.axis_transform import AxisTransform
from napari_atlas_explorer.viewer import comparison, multiscale

from ... import packages
from ...made_up import annotation, write_brainglobe
from ...refusals import refused


@pytest.fixture(autouse=True)
def _own_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLAS_EXPLORER_CONFIG", str(tmp_path / "config"))


def write_turned(folder: Path, ids: np.ndarray, letters: str) -> Path:
    """The made-up package with other ids, its axes in another order and direction."""
    write_brainglobe(folder)
    turn = AxisTransform.between("asr", letters, ids.shape)
    tifffile.imwrite(folder / "annotation.tiff", np.ascontiguousarray(turn.volume(ids)))
    reference = tifffile.imread(folder / "reference.tiff")
    tifffile.imwrite(folder / "reference.tiff", np.ascontiguousarray(turn.volume(reference)))
    stated = json.loads((folder / "metadata.json").read_text())
    stated |= {"orientation": letters, "shape": list(turn.target_shape), "name": "turned"}
    (folder / "metadata.json").write_text(json.dumps(stated))
    return folder


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """The made-up package; one with axes "lai" where 3 voxels of TH are HY and 2 are nothing."""
    ids = annotation()
    inside = np.argwhere(ids == 5)
    for index in inside[:3]:
        ids[tuple(index)] = 6
    for index in inside[3:5]:
        ids[tuple(index)] = 0
    first = write_brainglobe(tmp_path / "first_50um_v1.0")
    return first, write_turned(tmp_path / "second_50um_v1.0", ids, "lai")


def test_each_atlas_says_what_is_at_a_point_of_the_first(folders):
    first = open_atlas(folders[0])
    pairs = [pair_atlases(first, open_other(folder), "id") for folder in reversed(folders)]
    changed = np.argwhere(annotation() == 5)
    where = ((changed[0] + 0.5) * 50).tolist()
    lines = point_lines(first, pairs, where)
    assert [(line.acronym, line.name, line.same) for line in lines] == [
        ("TH", "Thalamus", None),
        ("HY", "Hypothalamus", False),
        ("TH", "Thalamus", True),
    ]
    assert {line.hemisphere for line in lines} == {
        first.at(((changed[0] + 0.5) * 50).tolist()).hemisphere
    }
    lines = point_lines(first, pairs, ((changed[4] + 0.5) * 50).tolist())
    assert [line.acronym for line in lines] == ["TH", "–", "TH"]
    assert lines[1].name == "background"
    outside = point_lines(first, pairs, (-10.0, 0, 0))
    assert [(line.name, line.same) for line in outside] == [("outside the volume", None)] * 3


def test_the_table_tells_volumes_of_both_and_who_has_a_region(folders):
    first, second = open_atlas(folders[0]), open_atlas(folders[1])
    fewer = [1, 2, 3, 70001, 5]
    lacking = Atlas.from_arrays(
        np.where(first.annotation == 6, 0, first.annotation),
        first.region_map.restricted_to(fewer),
        50.0,
        orientation="asr",
    )
    answer = measure_regions(pair_atlases(lacking, second, "id"))
    table = answer.table
    columns = {c.name: c for c in table.columns}
    rows = {a: k for k, a in enumerate(columns["acronym"].cells)}
    voxel = 0.05**3
    th = rows["TH"]
    n = int((annotation() == 5).sum())
    assert columns["first_mm3"].cells[th] == pytest.approx(n * voxel)
    assert columns["second_mm3"].cells[th] == pytest.approx((n - 5) * voxel)
    assert columns["difference_percent"].cells[th] == pytest.approx(-500 / n)
    assert columns["dice"].cells[th] == pytest.approx(2 * (n - 5) / (2 * n - 5))
    hy = rows["HY"]
    assert columns["first_mm3"].shown(hy) == ""
    assert columns["found_in"].shown(hy) == "the second alone"
    assert columns["found_in"].shown(th) == "both"
    assert table.ranks[hy] == 0
    assert table.color_of(hy) == (230, 70, 50)  # the second's own
    assert table.color_of(th) == (250, 120, 130)
    assert table.rows_of([int(table.ranks[th]), 0]).tolist() == [th]
    # Nothing is colored for the 3520 voxels that agree; 3 differ, 2 are gone in the second.
    assert answer.counts == [annotation().size - 5, 3, 2, 0, 0]


def test_words_and_ids_filter_the_rows(folders):
    table = measure_regions(
        pair_atlases(open_atlas(folders[0]), open_atlas(folders[1]), "id")
    ).table
    acronyms = table.frame["acronym"].to_numpy()
    assert acronyms[table.matching("visual layer")].tolist() == ["VIS1"]
    assert acronyms[table.matching("700")].tolist() == ["VIS1"]
    assert acronyms[table.matching("THALAMUS")].tolist() == ["TH", "HY"]
    assert table.matching("").all()
    assert not table.matching("no such words").any()


def test_the_file_is_the_commands_to_the_byte(folders, tmp_path):
    first, second = map(str, folders)
    assert main(["compare", first, second, "-o", str(tmp_path / "command.csv")]) == 0
    table = measure_regions(pair_atlases(open_atlas(first), open_atlas(second), "id")).table
    table.save_csv(tmp_path / "window.csv", range(len(table)))
    assert (tmp_path / "window.csv").read_bytes() == (tmp_path / "command.csv").read_bytes()
    with refused("window.csv", "exists"):
        table.save_csv(tmp_path / "window.csv", [0])
    assert table.as_csv([4]).splitlines()[1].startswith("5,TH,Thalamus,")


@pytest.mark.parametrize("large", [False, True])
def test_the_layer_shows_the_map_whatever_the_size(folders, large, monkeypatch):
    first, second = open_atlas(folders[0]), open_atlas(folders[1])
    pair = Comparison(first, second)
    if large:
        monkeypatch.setattr(multiscale, "DRAWN_WHOLE", 100)
        monkeypatch.setattr(multiscale, "COARSEST", 8)
        monkeypatch.setattr(multiscale, "EAGER_VOXELS", 50)
    levels = comparison.map_levels(pair)
    expected = pair.map().raw
    assert len(levels) == (3 if large else 1)
    assert np.array_equal(np.asarray(levels[0]), expected)
    for plane in (3, 9):
        assert np.array_equal(np.asarray(levels[0][plane]), expected[plane])
        assert np.array_equal(np.asarray(levels[0][:, :, plane]), expected[:, :, plane])
    for n, level in enumerate(levels):
        every = slice(2**n // 2, None, 2**n)
        seen = expected[every, every, every]
        assert np.array_equal(np.asarray(level), seen[tuple(map(slice, level.shape))])


def test_those_of_the_same_space_are_offered_first_and_the_others_with_the_reason(tmp_path):
    shown = packages.brainglobe_v2(tmp_path / "shown_100um_v1.0")
    same = packages.brainglobe_v2(tmp_path / "a_same_100um_v1.0")
    lately = packages.brainglobe_v2(tmp_path / "lately_100um_v1.0")
    other = packages.brainglobe_v2(tmp_path / "a_coarse_100um_v1.0", resolution=[200.0] * 3)
    silent = packages.voxelbrain(tmp_path / "silent", steps=100.0)
    broken = tmp_path / "broken_100um_v1.0"
    broken.mkdir()
    (broken / "metadata.json").write_text("{}")
    file = packages.write_tiff(tmp_path / "alone.tiff", packages.label_ids())
    entries = tuple(
        LocalAtlas(path.name, (), "x", path)
        for path in (broken, other, same, shown, lately, silent)
    )
    found = list_candidates(open_atlas(shown), shown, Catalogue(entries), [file, lately])
    assert [c.path for c in found] == [file, lately, same, silent, broken, other]
    assert [bool(c.reason) for c in found] == [False] * 4 + [True] * 2
    assert "one space" in found[-1].reason
    assert "\n" not in found[-2].reason


def test_an_atlas_without_a_voxel_size_is_refused(folders, tmp_path):
    first = open_atlas(folders[0])
    file = packages.write_tiff(tmp_path / "annotation.tif", annotation())
    packages.ontology_csv(tmp_path / "names.csv")
    with refused("voxel size", remedy="state voxel size"):
        pair_atlases(first, open_other(file), "id")


def test_how_regions_are_distinguished_is_remembered():
    assert remembered_by() == "id"
    remember_by("acronym")
    assert remembered_by() == "acronym"
