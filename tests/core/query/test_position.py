"""Places typed in the search box."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.core.query.position import parse_position, parse_region_side
from napari_atlas_explorer.core.query.tokens import QueryError
from napari_atlas_explorer.core.space.bregma import frames_of_ccf


@pytest.fixture(scope="module")
def frames():
    """Frames of the sample, and those of the CCF as if its world were the CCF's."""
    own = open_atlas("sample").frames
    return type(own)([*own.values(), *frames_of_ccf(np.eye(4))], {"mni": "no human brain"})


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("6600 2500 3300", (6600, 2500, 3300)),
        (" -10.5, 2;3 ", (-10.5, 2, 3)),
        ("6.6 2.5 3.3 mm", (6600, 2500, 3300)),
        ("6600 2500 3300µm", (6600, 2500, 3300)),
        ("6600 2500 3300 um", (6600, 2500, 3300)),
        ("6\u202f600  2\u202f500  3\u202f300 µm", (6600, 2500, 3300)),  # as the card shows it
        ("y 2500 z=3300 x 6600", (6600, 2500, 3300)),
        # iblatlas: 5400 + 2100, 332 + 3200, 5739 + 1500 µm along AP, DV, ML.
        ("AP -2.1 ML 1.5 DV -3.2 @bregma-ibl", (7500, 3532, 7239)),
        ("1.5 -2.1 -3.2 @bregma-ibl", (7500, 3532, 7239)),
        ("ml 1500 ap -2100 dv -3200 µm @bregma-ibl", (7500, 3532, 7239)),
        ("AP 7500 DV 3532 ML 7239 @allen-ccf", (7500, 3532, 7239)),
        ("voxel 110 41 55", (6630, 2490, 3330)),
        ("110 41 55 @array", (6630, 2490, 3330)),
        ("voxel 110.5 41.5 55.25", (6630, 2490, 3315)),
        ("layer 2 3 4", None),
        ("CTX - VIS", None),
        ("315", None),
        ("ml", None),
        ("x-ray 1", None),
        ("", None),
    ],
)
def test_positions_in_every_form(frames, text: str, position: tuple[float, ...] | None) -> None:
    found = parse_position(text, frames, frames["atlas"])
    if position is None:
        assert found is None
    else:
        assert found is not None
        assert found.position == pytest.approx(position)


def test_numbers_without_a_frame_are_of_the_current_one(frames) -> None:
    current = frames["bregma-ibl"]
    assert parse_position("1.5 -2.1 -3.2", frames, current).position == pytest.approx(
        (7500, 3532, 7239)
    )
    assert parse_position("AP -2.1 ML 1.5 DV -3.2", frames, current).frame is current
    assert parse_position("1 2 3 @atlas", frames, current).position == (1, 2, 3)
    assert parse_position("voxel 0 0 0", frames, current).position == (30, 30, 30)


@pytest.mark.parametrize(
    ("text", "at", "why"),
    [
        ("AP -2.1 ML 1.5 DV 3.2 @bregma-ib", "@bregma-ib", "did you mean bregma-ibl"),
        ("1 2 3 @mni", "@mni", "no human brain"),
        ("1 2 3 @atlas please", "please", "nothing may follow the frame"),
        ("AP -2.1 ML 1.5 DV -3.2", "AP", "expected an axis of atlas (x, y, z)"),
        ("AP -2.1 ML 1.5 @bregma-ibl", "", "expected a number for DV too"),
        ("AP -2.1 AP 1.5 DV 3 @bregma-ibl", "AP", "has a number already"),
        ("AP -2.1 ML DV 3 @bregma-ibl", "DV", "expected a number for ML"),
        ("AP -2.1 LM 1.5 DV 3 @bregma-ibl", "LM", "expected an axis of bregma-ibl"),
        ("6600 2500", "", "expected three numbers, x y z"),
        ("6600 2500 3300 4", "4", "expected three numbers, x y z"),
        ("voxel 1 2", "", "expected three numbers"),
        ("1 2 3 mm @array", "mm", "array is in voxels"),
        ("voxel 1 2 3 @bregma-ibl", "voxel", "voxels are of no other frame"),
    ],
)
def test_what_is_wrong_is_pointed_at(frames, text: str, at: str, why: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_position(text, frames, frames["atlas"])
    error = caught.value
    assert error.text[error.start : error.end] == at
    assert why in str(error)
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("text", "acronym", "side"),
    [
        ("CA1 left", "CA1", "left"),
        ("ca1 RIGHT", "CA1", "right"),
        ("right field CA3", "CA3", "right"),
    ],
)
def test_a_region_with_a_side(text: str, acronym: str, side: str) -> None:
    regions = open_atlas("sample").region_map
    target = parse_region_side(text, regions)
    assert target is not None
    assert (regions.acronym_of_rank(target.rank), target.hemisphere) == (acronym, side)


@pytest.mark.parametrize("text", ["CA1", "left", "no such left", "left:CA1", "CTX - VIS left"])
def test_other_texts_are_no_region_with_a_side(text: str) -> None:
    assert parse_region_side(text, open_atlas("sample").region_map) is None
