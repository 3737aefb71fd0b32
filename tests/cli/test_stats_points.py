"""`atlas-explorer stats` with points and images."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pandas as pd
import pytest
import tifffile

from napari_atlas_explorer import VoxelData, open_atlas

CORNER, STEPS = np.array([-100.0, 0.0, 0.0]), np.array([100.0, 200.0, 50.0])

# Voxel, id of its region, its side: 3 fills axis 0 from 2 to 4, 4 from 5 to 7, 999 is alone;
# from 3 on axis 2 is left.
CELLS = [
    ((2, 1, 1), 3, "right"), ((3, 2, 2), 3, "right"), ((4, 6, 4), 3, "left"),
    ((5, 1, 3), 4, "left"), ((9, 7, 5), 999, "left"), ((0, 0, 0), 0, "right"),
    ((0, 0, 5), 0, "left"),
]  # fmt: skip
MIDDLES = np.array([voxel for voxel, _, _ in CELLS]) + 0.5


@pytest.fixture
def cells(tmp_path):
    """µm at the middles of the voxels, as z, y, x; one point outside, one empty."""
    world = MIDDLES * STEPS + CORNER
    path = tmp_path / "cells.csv"
    lines = [f"{c},{b},{a},{n}" for n, (a, b, c) in enumerate(world.tolist())]
    path.write_text("\n".join(["x,y,z,size", *lines, "0,0,5000,7", ",1,1,"]) + "\n")
    return path


def table_of(text):
    return pd.read_csv(io.StringIO(text), keep_default_na=False, na_values=[""])


SAID = ("--columns", "z,y,x", "--unit", "um")


def test_one_row_for_each_region_and_hemisphere_that_sums_to_the_input(run, package, cells):
    answer = run("stats", package, "--points", cells, *SAID)
    assert answer.code == 0
    table = table_of(answer.out)
    assert list(table.columns) == [
        "id",
        "acronym",
        "name",
        "parent_id",
        "side",
        "direct",
        "total",
        "mm3",
        "per_mm3",
    ]
    assert table["direct"].sum() == 9
    found = {(r.id, r.side): (r.direct, r.total) for r in table.itertuples() if r.total}
    outside = found.pop(next(key for key in found if key[0] != key[0]))
    assert outside == (2, 2)
    assert found == {
        (1, "left"): (0, 2), (1, "right"): (0, 2), (2, "left"): (0, 2), (2, "right"): (0, 2),
        (3, "left"): (1, 1), (3, "right"): (2, 2), (4, "left"): (1, 1), (999, "left"): (1, 1),
        (0, "left"): (1, 1), (0, "right"): (1, 1),
    }  # fmt: skip
    row = table[(table["id"] == 3) & (table["side"] == "right")].iloc[0]
    assert (row["acronym"], row["parent_id"]) == ("a1", 2)
    assert row["mm3"] == pytest.approx(3 * 6 * 2 * 1e6 / 1e9)
    assert row["per_mm3"] == pytest.approx(2 / 0.036)
    assert "9 points, columns z, y, x as x, y, z in µm" in answer.err
    assert "inside the brain: 55.6 %; 2 unannotated, 2 outside (1 not numbers)" in answer.err


@pytest.mark.parametrize(
    ("unit", "options"),
    [
        ("um", ["--unit", "um"]),
        ("mm", ["--unit", "mm"]),
        ("voxel", ["--unit", "voxel", "--integer-is", "corner"]),
        ("index", ["--unit", "voxel"]),
        ("index", ["--unit", "voxel", "--integer-is", "centre"]),
        ("voxel of 50", ["--unit", "voxel", "--voxel-size", "50", "--integer-is", "corner"]),
        ("index of 50", ["--unit", "voxel", "--voxel-size", "50,50,50", "--integer-is", "centre"]),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "npy", "json"])
def test_every_unit_gives_the_same_counts(run, package, tmp_path, unit, options, kind):
    world = MIDDLES * STEPS + CORNER
    numbers = {
        "um": world,
        "mm": world / 1000,
        "voxel": MIDDLES,
        "index": np.floor(MIDDLES),
        "voxel of 50": (world - CORNER) / 50,
        "index of 50": (world - CORNER) / 50 - 0.5,
    }[unit]
    path = tmp_path / f"cells.{kind}"
    if kind == "csv":
        pd.DataFrame(numbers).to_csv(path, index=False, header=False)
    elif kind == "npy":
        np.save(path, numbers)
    else:
        path.write_text(json.dumps(numbers.tolist()))
    words = ("--points", path, "--columns", "0,1,2", *options, "--per-point", tmp_path / "each.csv")
    table = table_of(run("stats", package, *words).out)
    assert table["direct"].sum() == len(CELLS)
    each = pd.read_csv(tmp_path / "each.csv")
    assert each["id"].tolist() == [region for _, region, _ in CELLS]
    assert each["side"].tolist() == [side for _, _, side in CELLS]
    # A middle is half a voxel from the nearest border at least; axis 2 has the smallest voxel.
    assert each["border_um"].iloc[0] == pytest.approx(25)
    assert each["border_um"].iloc[1] == pytest.approx(75)


def test_the_file_per_point(run, refuses, package, cells, tmp_path):
    target = tmp_path / "each.csv"
    words = ("stats", package, "--points", cells, *SAID, "--per-point", target)
    assert run(*words).code == 0
    rows = list(csv.DictReader(io.StringIO(target.read_text())))
    assert list(rows[0]) == ["axis_0", "axis_1", "axis_2", "id", "acronym", "side", "border_um"]
    assert [row["acronym"] for row in rows] == [
        "a1",
        "a1",
        "a1",
        "a2",
        "999",
        "unannotated",
        "unannotated",
        "outside",
        "outside",
    ]
    assert [row["id"] for row in rows[-2:]] == ["", ""]
    assert [row["border_um"] for row in rows[-2:]] == ["", ""]
    assert rows[0]["axis_0"] == "150.0"
    assert "the file exists" in refuses(*words)


def test_levels_and_lists_of_regions(run, package, cells):
    words = ("stats", package, "--points", cells, *SAID, "--both-sides")
    table = table_of(run(*words, "--level", 1).out)
    assert table["acronym"].tolist() == ["root", "A", "B", "C", np.nan, "unannotated", "outside"]
    assert table["direct"].tolist() == [0, 4, 0, 0, 1, 2, 2]
    assert set(table["side"].dropna()) == {"both"}
    table = table_of(run(*words, "--regions", "a1, B").out)
    assert table.equals(table_of(run(*words, "--regions", "3,70000").out))
    assert table["acronym"].tolist() == ["root", "a1", "B", np.nan, "unannotated", "outside"]
    assert table["direct"].tolist() == [1, 3, 0, 1, 2, 2]


def test_several_files_are_several_samples(run, refuses, package, cells, tmp_path):
    other = tmp_path / "more" / "cells.csv"
    other.parent.mkdir()
    other.write_text("z,y,x\n150,300,75\n")
    words = ("stats", package, "--points", cells, other, *SAID, "--per-point", tmp_path / "e.csv")
    table = table_of(run(*words).out)
    assert table.groupby("sample")["direct"].sum().to_dict() == {str(cells): 9, str(other): 1}
    each = pd.read_csv(tmp_path / "e.csv")
    assert each["sample"].value_counts().to_dict() == {str(cells): 9, str(other): 1}
    assert "twice" in refuses("stats", package, "--points", cells, cells, *SAID)


def test_values_of_points_are_summed(run, package, cells):
    words = ("stats", package, "--points", cells, *SAID, "--value", "size", "--both-sides")
    table = table_of(run(*words).out).set_index("acronym")
    assert table.loc["a1", ["value_sum", "value_mean"]].tolist() == [3, 1]
    assert table.loc["A", ["value_sum", "value_mean"]].tolist() == [6, 1.5]
    assert table.loc["outside", ["value_sum", "value_mean"]].tolist() == [7, 7]
    assert np.isnan(table.loc["B", "value_mean"])


def test_json_holds_the_choices_that_were_made(run, package, cells):
    found = json.loads(run("stats", package, "--points", cells, *SAID, "--json").out)
    assert found["atlas"] == "Made up"
    assert found["hemisphere_convention"] == "hemisphere volume"
    assert found["points"] == [
        {
            "sample": "cells",
            "file": str(cells),
            "columns": ["z", "y", "x"],
            "unit": "um",
            "voxel_size_um": None,
            "integer_is": None,
            "signs": [1, 1, 1],
            "n_points": 9,
            "in_regions": 5,
            "unannotated": 2,
            "outside": 2,
            "not_numbers": 1,
        }
    ]
    assert sum(row["direct"] for row in found["regions"]) == 9
    assert [r["per_mm3"] for r in found["regions"] if r["acronym"] == "C"] == [None, None]


@pytest.mark.parametrize(
    ("header", "words", "message"),
    [
        ("x,y,z", [], "--columns"),
        ("x_um,y_um,z_um", [], "--columns"),
        ("", [], "--columns"),
        ("p,q,r,s", [], "--columns A,B,C"),
        ("axis_0,axis_1,axis_2", [], "--unit um, --unit mm or --unit voxel"),
        ("x,y,z", ["--columns", "z,y,x"], "--unit"),
        ("x,y,z", ["--columns", "z,y,x", "--unit", "voxel"], "--integer-is"),
        ("x,y,z", ["--columns", "z,y,w", "--unit", "um"], "no column 'w'"),
        ("x,y,z", ["--columns", "z,y", "--unit", "um"], "expected three"),
        ("x,y,z", ["--columns", "z,y,x", "--unit", "um", "--voxel-size", "5"], "--unit voxel"),
        ("x,y,z", ["--columns", "z,y,x", "--unit", "um", "--integer-is", "corner"], "--unit voxel"),
        ("x,y,z", [*SAID, "--value", "mass"], "no column 'mass'"),
        ("x,y,z", [*SAID, "--level", "1", "--regions", "A"], "expected one"),
        ("x,y,z", [*SAID, "--regions", "nowhere"], "nowhere"),
        (
            "x,y,z",
            [*SAID[:3], "voxel", "--voxel-size", "0", "--integer-is", "centre"],
            "--voxel-size 0",
        ),
    ],
)
def test_what_cannot_be_decided_is_refused_with_what_to_add(
    refuses, package, tmp_path, header, words, message
):
    path = tmp_path / "cells.csv"
    extra = ",4" if header.count(",") == 3 else ""
    path.write_text(
        (header + "\n" if header else "") + f"125.5,500,250{extra}\n75,300,150{extra}\n"
    )
    assert message in refuses("stats", package, "--points", path, *words)


def test_the_refusal_names_the_choices_that_put_points_into_the_brain(refuses, package, cells):
    line = refuses("stats", package, "--points", cells)
    assert "inside the brain: 55.6 % with --columns z,y,x" in line
    line = refuses("stats", package, "--points", cells, "--columns", "z,y,x")
    assert "55.6 % with --unit um" in line


@pytest.mark.parametrize(
    ("header", "order"),
    [
        ("ccf_ap_um,ccf_dv_um,ccf_ml_um", (0, 1, 2)),
        ("ccf_ml (µm),ccf_ap (µm),ccf_dv (µm)", (2, 0, 1)),
    ],
)
def test_names_that_say_axis_and_unit_need_no_options(run, package, tmp_path, header, order):
    world = (MIDDLES * STEPS + CORNER)[:, list(order)]
    path = tmp_path / "cells.csv"
    lines = [",".join(map(str, row)) for row in world.tolist()]
    path.write_text("\n".join([header, *lines]) + "\n")
    table = table_of(run("stats", package, "--points", path, "--both-sides").out)
    assert table.set_index("acronym").loc["a1", "direct"] == 3


@pytest.mark.parametrize(
    "words",
    [
        ["--unit", "um"],
        ["--per-point", "e.csv"],
        ["--level", "2"],
        ["--regions", "A"],
        ["--both-sides"],
        ["--value", "size"],
        ["--image-origin", "corner"],
        ["--columns", "a,b,c"],
    ],
)
def test_options_of_points_need_points(refuses, package, words):
    assert "expected" in refuses("stats", package, *words)


def test_without_a_voxel_size_points_are_voxels_and_nothing_is_in_mm3(
    run, refuses, package, tmp_path
):
    ids = np.zeros((6, 6, 6), np.uint16)
    ids[2:4, 2:4, 2:4] = 3
    tifffile.imwrite(tmp_path / "labels.tif", ids)
    (tmp_path / "p.csv").write_text("axis_0,axis_1,axis_2\n2,2,2\n3,3,3\n0,0,0\n")
    words = [
        "stats",
        tmp_path / "labels.tif",
        "--kind",
        "annotation",
        "--points",
        tmp_path / "p.csv",
    ]
    words += ["--region-map", package / "hierarchy.json"]
    assert "--resolution" in refuses(*words, "--unit", "um")
    table = table_of(run(*words, "--unit", "voxel", "--per-point", tmp_path / "e.csv").out)
    assert "mm3" not in table.columns
    assert table.set_index("acronym").loc["a1", "direct"] == 2
    assert set(table["side"].dropna()) == set()
    assert "border_um" not in (tmp_path / "e.csv").read_text()


# ---- images --------------------------------------------------------------------------------


def test_an_image_on_the_atlas_s_grid(run, package, tmp_path):
    raw = np.random.default_rng(1).integers(0, 5000, (10, 8, 6)).astype(np.uint16)
    VoxelData(raw, STEPS, CORNER).save_nrrd(tmp_path / "image.nrrd")
    answer = run("stats", package, "--image", tmp_path / "image.nrrd", "--both-sides")
    table = table_of(answer.out).set_index("acronym")
    inside = raw[2:8, 1:7, 1:5]
    row = table.loc["A"]
    assert row["image_voxels"] == inside.size
    assert row["image_mean"] == pytest.approx(inside.mean())
    assert row["image_median"] == np.median(inside)
    assert (row["image_min"], row["image_max"]) == (inside.min(), inside.max())
    assert row["image_sum"] == inside.sum()
    assert table.loc["C", ["image_mean", "image_sum"]].isna().all()
    assert "direct" not in table.columns
    assert "100.0 % of the brain has a value" in answer.err
    sided = table_of(run("stats", package, "--image", tmp_path / "image.nrrd").out)
    left = sided[(sided["acronym"] == "A") & (sided["side"] == "left")].iloc[0]
    assert left["image_mean"] == pytest.approx(inside[:, :, 2:].mean())


def test_an_image_on_another_grid_says_where_it_lies(run, refuses, package, tmp_path):
    raw = np.random.default_rng(2).normal(size=(40, 40, 40)).astype(np.float32)
    image = VoxelData(raw, (20.0, 30.0, 8.0), (0.0, 350.0, 0.0))
    header = {"space dimension": 3, "space directions": np.diag(image.voxel_dimensions)}
    import nrrd

    nrrd.write(str(tmp_path / "i.nrrd"), raw, {**header, "space origin": image.offset})
    words = ("stats", package, "--image", tmp_path / "i.nrrd")
    assert "--image-origin" in refuses(*words)
    atlas = open_atlas(package)
    centers = np.argwhere(np.isin(np.asarray(atlas.annotation), (3, 4))) + 0.5
    for origin, shift in (("corner", 0.0), ("centre", 0.5)):
        moved = VoxelData(
            raw, image.voxel_dimensions, image.offset - shift * image.voxel_dimensions
        )
        seen = moved.lookup(centers * STEPS + CORNER, outer_value=np.nan)
        found = json.loads(run(*words, "--image-origin", origin, "--both-sides", "--json").out)
        row = next(r for r in found["regions"] if r["acronym"] == "A")
        assert row["image_voxels"] == np.isfinite(seen).sum()
        assert row["image_outside"] == np.isnan(seen).sum()
        assert 0 < row["image_outside"] < len(seen)
        assert row["image_mean"] == pytest.approx(np.nanmean(seen, dtype=float))
        assert found["image"]["corner_um"] == moved.offset.tolist()
        assert origin in found["image"]["placement"]


def test_images_that_cannot_be_placed_are_refused(run, refuses, package, tmp_path):
    path = tmp_path / "image.tif"
    tifffile.imwrite(path, np.ones((5, 4, 3), np.uint16), photometric="minisblack")
    assert "not stated" in refuses("stats", package, "--image", path)
    tifffile.imwrite(path, np.ones((10, 8, 6), np.uint16), photometric="minisblack")
    answer = run("stats", package, "--image", path)
    assert answer.code == 0
    assert "with the atlas's shape and so its placement" in answer.err
    color = VoxelData(np.ones((10, 8, 6, 3)), STEPS, CORNER)
    color.save_nrrd(tmp_path / "color.nrrd")
    assert "one value per voxel" in refuses("stats", package, "--image", tmp_path / "color.nrrd")
    refuses("stats", package, "--image", tmp_path / "missing.nrrd")


def test_points_and_an_image_stand_in_one_table(run, package, cells, tmp_path):
    VoxelData(np.full((10, 8, 6), 5.0), STEPS, CORNER).save_nrrd(tmp_path / "image.nrrd")
    target = tmp_path / "table.csv"
    words = ("--points", cells, *SAID, "--image", tmp_path / "image.nrrd", "-o", target)
    answer = run("stats", package, *words)
    assert (answer.code, answer.out) == (0, "")
    table = pd.read_csv(target)
    assert table["direct"].sum() == 9
    assert set(table["image_median"].dropna()) == {5.0}


# ---- real points ---------------------------------------------------------------------------


@pytest.mark.data
@pytest.mark.parametrize("name", ["random_cells", "points"])
def test_real_cells_are_counted_as_they_are_looked_up(run, data_folder, tmp_path, name):
    annotation = data_folder / "allen_ccfv3_2017" / "annotation_50.nrrd"
    path = data_folder / "streamlines_points_meshes" / f"{name}.npy"
    words = ("--points", path, "--columns", "0,1,2", "--unit", "um")
    table = table_of(run("stats", annotation, *words).out)
    points = np.load(path)
    assert table["direct"].sum() == len(points)
    atlas = open_atlas(annotation)
    inside = ((points >= 0) & (points < np.array(atlas.shape) * 50)).all(axis=1)
    ids = np.asarray(atlas.annotation)[tuple((points[inside] // 50).astype(int).T)]
    kinds, numbers = np.unique(ids[ids > 0], return_counts=True)
    counted = table[(table["id"] > 0)].groupby("id")["direct"].sum()
    assert counted[counted > 0].to_dict() == dict(
        zip(kinds.tolist(), numbers.tolist(), strict=True)
    )
    special = table.set_index("acronym")["direct"]
    assert special["outside"] == (~inside).sum()
    assert special["unannotated"].sum() == (ids == 0).sum()


@pytest.mark.data
def test_brainglobes_thousand_answers_add_up(run, data_folder):
    oracle = data_folder / "lookup_oracle_brainglobe"
    annotation = data_folder / "allen_ccfv3_2017" / "annotation_50.nrrd"
    words = ("--points", oracle / "test_track.npy", "--columns", "0,1,2", "--unit", "um")
    table = table_of(run("stats", annotation, *words, "--both-sides").out)
    expected = pd.read_csv(oracle / "test_track.csv")["Region ID"].value_counts()
    found = table[table["direct"] > 0].set_index("id")["direct"]
    assert found.astype(int).to_dict() == expected[expected.index > 0].to_dict()
