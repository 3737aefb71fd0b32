"""What files state of their coordinates."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, VoxelData
from napari_atlas_explorer.analysis.points.conventions import find_convention, state_points
from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.formats.points.reader import open_points


def stated(tmp_path, names, row=""):
    path = tmp_path / "points.csv"
    path.write_text(f"{names}\n{row}\n")
    return state_points(open_points(path))


@pytest.mark.parametrize(
    ("names", "columns", "space", "unit"),
    [
        ("axis_0,axis_1,axis_2", (0, 1, 2), "array", None),
        ("index,axis-0,axis-1,axis-2", (1, 2, 3), "array", None),
        (
            "coordinate_raw_axis_0,coordinate_raw_axis_1,coordinate_raw_axis_2,"
            "coordinate_atlas_axis_0,coordinate_atlas_axis_1,coordinate_atlas_axis_2,hemisphere",
            (3, 4, 5),
            "array",
            "voxel",
        ),
        ("id,ML,DV,AP", (3, 2, 1), "stereotaxic", None),
        ("animal,AP,ML,DV,acronym,right.hemisphere", (1, 3, 2), "stereotaxic", None),
        ("ccf_ap_um,ccf_dv_um,ccf_ml_um", (0, 1, 2), "CCF", "um"),
        (
            "left_right_ccf_coordinate,dorsal_ventral_ccf_coordinate,"
            "anterior_posterior_ccf_coordinate",
            (2, 1, 0),
            "CCF",
            None,
        ),
        ("AP,DV,ML,Atlas_X,Atlas_Y,Atlas_Z", (3, 4, 5), "CCF", "mm"),
        ("cell,z (µm),y (μm),x (um)", (3, 2, 1), "unstated", "um"),
        ("X_mm,Y_mm,Z_mm,label", (0, 1, 2), "unstated", "mm"),
        ("x [voxel],y [voxel],z [voxel]", (0, 1, 2), "unstated", "voxel"),
        ("x_um,y_mm,z_um", (0, 1, 2), "unstated", None),
        ("# x, y, z, size, source, xt, yt, zt, name", (5, 6, 7), "unstated", "voxel"),
        ("label,l,p,s,defined", (1, 2, 3), "LPS", "mm"),
        ("POSITION_X,POSITION_Y,POSITION_Z,RADIUS", (0, 1, 2), "unstated", None),
        ("p,q,r", (0, 1, 2), "unstated", None),
    ],
)
def test_names_that_programs_use(tmp_path, names, columns, space, unit):
    found = stated(tmp_path, names)
    assert (found.columns, found.space, found.unit) == (columns, space, unit)


def test_what_names_do_not_state(tmp_path):
    assert stated(tmp_path, "p,q,r,s") is None
    assert find_convention(("p", "q", "r")) is None
    with pytest.raises(AtlasFileError, match="each name once"):
        stated(tmp_path, "x,x,y,z")
    with pytest.raises(AtlasFileError, match="counts planes"):
        stated(tmp_path, " ,Area,X,Y,Slice")
    with pytest.raises(AtlasFileError, match="'nm'"):
        stated(tmp_path, "Position X,Position Y,Position Z,Unit", "1,2,3,nm")


def brain(small_map, orientation, steps) -> Atlas:
    ids = np.full((4, 4, 4), 3, np.uint8)
    return Atlas.from_arrays(VoxelData(ids, steps), small_map, 50.0, orientation=orientation)


AS_THEY_ARE = ((0, 1, 2), (1, 1, 1))


@pytest.mark.parametrize(
    ("names", "orientation", "steps", "unit", "axes"),
    [
        ("axis_0,axis_1,axis_2", None, (50.0, 50.0, 50.0), None, AS_THEY_ARE),
        ("axis_0,axis_1,axis_2", None, (50.0, 50.0, -50.0), "um", None),
        ("axis_0,axis_1,axis_2", None, (50.0, 50.0, -50.0), "voxel", AS_THEY_ARE),
        ("ccf_ap,ccf_dv,ccf_ml", "asr", (50.0, 50.0, 50.0), "um", AS_THEY_ARE),
        ("ccf_ap,ccf_dv,ccf_ml", "sla", (50.0, 50.0, 50.0), "um", ((1, 2, 0), (1, 1, 1))),
        ("ccf_ap,ccf_dv,ccf_ml", "psr", (50.0, 50.0, 50.0), "um", None),
        ("ccf_ap,ccf_dv,ccf_ml", "psr", (-50.0, 50.0, 50.0), "um", AS_THEY_ARE),
        ("ccf_ap,ccf_dv,ccf_ml", "psr", (-50.0, 50.0, 50.0), None, None),
        ("ccf_ap,ccf_dv,ccf_ml", None, (50.0, 50.0, 50.0), "um", None),
        ("l,p,s", "rai", (50.0, 50.0, 50.0), None, AS_THEY_ARE),
        ("l,p,s", "lpi", (50.0, 50.0, 50.0), None, ((0, 1, 2), (-1, -1, 1))),
        ("r,a,s", "asr", (50.0, 50.0, 50.0), None, ((1, 2, 0), (-1, -1, -1))),
        ("ap,dv,ml", "asr", (50.0, 50.0, 50.0), "um", None),
        ("x,y,z", "asr", (50.0, 50.0, 50.0), "um", None),
    ],
)
def test_axes_follow_the_letters_of_the_world_or_of_the_array(
    small_map, tmp_path, names, orientation, steps, unit, axes
):
    atlas = brain(small_map, orientation, steps)
    assert stated(tmp_path, names).find_axes(atlas, unit) == axes
