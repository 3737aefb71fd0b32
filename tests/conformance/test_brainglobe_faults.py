"""Where brainglobe-atlasapi is wrong: what it answers, and the right answer, which is ours.

Each test fails when it mends its fault; then it goes, and `test_brainglobe` gets the case.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, open_atlas
from napari_atlas_explorer.core.errors import ArgumentError, UnknownRegionError

from .. import packages
from ..refusals import refused
from .peers import Peer, Remote, raised, require

require("brainglobe")
pytestmark = pytest.mark.conformance

# 12 × 8 × 10 voxels of 100 µm: 315 in planes 3-5 of axis 0, 549 in planes 6-8.


def both(peer: Peer, folder: Path) -> tuple[Atlas, Remote]:
    return open_atlas(folder), peer.Atlas(str(folder))


@pytest.fixture
def atlases(brainglobe, tmp_path) -> tuple[Atlas, Remote]:
    return both(brainglobe, packages.brainglobe_v2(tmp_path / "made_up_100um_v1.2"))


def with_acronyms(folder: Path, **names: str) -> Path:
    """Write the package with other acronyms for some regions, keyed by ``id_<number>``."""
    packages.brainglobe_v2(folder)
    rows = packages.structures()
    for row in rows:
        row["acronym"] = names.get(f"id_{row['id']}", row["acronym"])
    (folder / "structures.json").write_text(json.dumps(rows))
    return folder


# ---- lookups -------------------------------------------------------------------------------


def test_fault_negative_voxels_answer_from_the_far_side(atlases):
    ours, theirs = atlases
    assert theirs.structure_from_coords([-5, 3, 3]) == 549  # plane 12 - 5 = 7
    assert theirs.structure_from_coords([-500.0, 300.0, 300.0], microns=True) == 549
    assert ours.structure_from_coords([-5, 3, 3]) == 0
    assert ours.structure_from_coords([-500.0, 300.0, 300.0], microns=True) == 0
    assert ours.structure_from_coords([-5, 3, 3], as_acronym=True) == "Outside atlas"
    assert ours.at([-500.0, 300.0, 300.0]).outside


def test_fault_just_outside_the_low_edge_the_first_voxel_answers(brainglobe, tmp_path):
    sides = np.full(packages.SHAPE, 2, np.uint8)
    folder = packages.brainglobe_v2(tmp_path / "sided_100um_v1.2", hemispheres=sides)
    ours, theirs = both(brainglobe, folder)
    just_outside = [350.0, 350.0, -50.0]
    assert theirs.hemisphere_from_coords(just_outside, microns=True) == 2
    assert ours.hemisphere_from_coords(just_outside, microns=True) == 0
    assert ours.hemisphere_from_coords(just_outside, microns=True, as_string=True) == (
        "Outside atlas"
    )


def test_fault_beyond_the_far_edge_is_an_index_error(atlases):
    ours, theirs = atlases
    with raised("IndexError", "out of bounds"):
        theirs.structure_from_coords([12, 3, 3])
    assert ours.structure_from_coords([12, 3, 3]) == 0
    assert ours.structure_from_coords([12, 3, 3], as_acronym=True) == "Outside atlas"


def test_fault_nan_is_a_value_error(atlases):
    ours, theirs = atlases
    with raised("ValueError", "NaN"):
        theirs.structure_from_coords([np.nan, 3, 3])
    assert ours.structure_from_coords([np.nan, 3, 3]) == 0


def test_fault_background_has_no_level_of_the_hierarchy(atlases):
    ours, theirs = atlases
    assert theirs.structure_from_coords([0, 0, 0]) == 0
    with raised("KeyError", "0"):
        theirs.structure_from_coords([0, 0, 0], hierarchy_lev=1)
    with raised("KeyError", "0"):
        theirs.structure_from_coords([0, 0, 0], hierarchy_lev=1, as_acronym=True)
    assert ours.structure_from_coords([0, 0, 0], hierarchy_lev=1) == 0
    assert ours.structure_from_coords([0, 0, 0], hierarchy_lev=1, as_acronym=True) == (
        "Outside atlas"
    )


def test_fault_a_level_below_a_region_is_an_index_error(atlases):
    ours, theirs = atlases
    with raised("IndexError", "list index"):
        theirs.structure_from_coords([3, 3, 3], hierarchy_lev=5)
    assert ours.structure_from_coords([3, 3, 3], hierarchy_lev=5) == 315


def test_fault_many_positions_are_a_type_error(atlases):
    ours, theirs = atlases
    positions = np.array([[3, 3, 3], [6, 3, 3], [0, 0, 0]])
    with raised("TypeError", "0-dimensional"):
        theirs.structure_from_coords(positions)
    assert ours.structure_from_coords(positions).tolist() == [315, 549, 0]


def test_fault_two_coordinates_answer_a_row_of_voxels(atlases):
    ours, theirs = atlases
    assert theirs.structure_from_coords([3, 3]).tolist() == [0, *[315] * 8, 0]
    with refused("(2,)", by=ArgumentError):
        ours.structure_from_coords([3, 3])


def test_fault_a_fourth_micron_is_dropped(atlases):
    ours, theirs = atlases
    four = [350.0, 350.0, 350.0, 1.0]
    assert theirs.structure_from_coords(four, microns=True) == 315
    with refused("(4,)", by=ArgumentError):
        ours.structure_from_coords(four, microns=True)


def test_fault_an_exact_edge_may_fall_into_the_voxel_below(brainglobe, tmp_path):
    size = [20.1, 20.1, 20.1]
    folder = packages.brainglobe_v2(tmp_path / "fine_20um_v1.2", resolution=size)
    ours, theirs = both(brainglobe, folder)
    edge = [60.3, 60.3, 60.3]  # 3 × 20.1 µm, where region 315 begins
    assert theirs.structure_from_coords(edge, microns=True) == 0
    assert ours.structure_from_coords(edge, microns=True) == 315


def test_fault_no_hemisphere_is_an_index_error_in_words(brainglobe, tmp_path):
    sides = np.zeros(packages.SHAPE, np.uint8)
    folder = packages.brainglobe_v2(tmp_path / "sided_100um_v1.2", hemispheres=sides)
    ours, theirs = both(brainglobe, folder)
    assert theirs.hemisphere_from_coords([3, 3, 3]) == 0
    with raised("IndexError", "list index"):
        theirs.hemisphere_from_coords([3, 3, 3], as_string=True)
    assert ours.hemisphere_from_coords([3, 3, 3], as_string=True) == "Outside atlas"


# ---- the hierarchy -------------------------------------------------------------------------


def test_fault_an_acronym_of_digits_is_taken_for_an_id(brainglobe, tmp_path):
    folder = with_acronyms(tmp_path / "digits_100um_v1.2", id_315="8")
    ours, theirs = both(brainglobe, folder)
    assert theirs.structures["8"]["id"] == 8
    assert ours.structures["8"]["id"] == 315
    assert ours.structures[8]["id"] == 8


def test_fault_a_shared_acronym_mixes_two_regions_up(brainglobe, tmp_path):
    folder = with_acronyms(tmp_path / "shared_100um_v1.2", id_614454277="grey")
    ours, theirs = both(brainglobe, folder)
    # 614454277 has no descendants; 315 and 549 are those of 8.
    assert theirs.structures["grey"]["id"] == 614454277
    assert theirs.get_structure_descendants(614454277) == ["Isocortex", "TH"]
    assert np.count_nonzero(theirs.get_structure_mask(614454277)) == 7 * 6 * 8
    assert ours.get_structure_descendants(614454277) == []
    assert ours.get_structure_mask(614454277).raw.sum() == 6 * 8
    with refused("'grey'", "8", "614454277", by=UnknownRegionError):
        ours.get_structure_mask("grey")


def test_fault_a_root_must_be_called_root(brainglobe, tmp_path):
    folder = with_acronyms(tmp_path / "brain_100um_v1.2", id_997="brain")
    with raised("KeyError", "root"):
        brainglobe.Atlas(str(folder))
    assert open_atlas(folder).get_structure_ancestors("TH") == ["brain", "grey"]


def test_fault_an_unknown_region_is_a_bare_key_error(atlases):
    ours, theirs = atlases
    with pytest.raises(Exception, match=r"^KeyError: 'Th'$"):
        theirs.get_structure_mask("Th")
    with refused("'Th'", "did you mean TH?", by=UnknownRegionError):
        ours.get_structure_mask("Th")


# ---- packages ------------------------------------------------------------------------------


def test_fault_another_orientation_than_asr_is_not_reported(brainglobe, tmp_path):
    folder = packages.brainglobe_v2(tmp_path / "turned_100um_v1.2", orientation="lpi")
    ours, theirs = both(brainglobe, folder)
    assert theirs.metadata["orientation"] == "lpi"
    assert theirs.orientation == "asr"
    assert ours.orientation == "lpi"


def test_fault_a_shape_that_is_not_the_volumes_is_believed(brainglobe, tmp_path):
    folder = packages.brainglobe_v2(tmp_path / "short_100um_v1.2", shape=[1, 2, 3])
    theirs = brainglobe.Atlas(str(folder))
    assert theirs.shape == (1, 2, 3)
    assert theirs.annotation.shape == packages.SHAPE
    with refused("(1, 2, 3)", "(12, 8, 10)"):
        _ = open_atlas(folder).annotation.raw


def test_fault_opening_a_local_atlas_asks_the_network(brainglobe, tmp_path):
    packages.brainglobe_v2(tmp_path / "made_up_100um_v1.2")
    before = len(brainglobe.hosts)
    with raised("FileNotFoundError", "Last versions cache file not found"):
        brainglobe.BrainGlobeAtlas(
            "made_up_100um", brainglobe_dir=str(tmp_path), interm_download_dir=str(tmp_path)
        )
    assert "gin.g-node.org" in brainglobe.hosts[before:]
    assert open_atlas(tmp_path / "made_up_100um_v1.2").shape == packages.SHAPE
