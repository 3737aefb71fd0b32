"""Points as other programs write them: placed as the file states, or refused with what to add."""

from __future__ import annotations

import csv
import io
import json

import nibabel
import numpy as np
import pytest

# The point at 150, 300, 120 µm is in voxel (2, 1, 2) of region 3 of the package (`asr`, so that
# x runs to posterior, y to inferior and z to the left).
XML = (
    "<CellCounter_Marker_File><Marker_Data><Marker_Type><Type>2</Type><Marker><MarkerX>2</MarkerX>"
    "<MarkerY>1</MarkerY><MarkerZ>2</MarkerZ></Marker></Marker_Type></Marker_Data>"
    "</CellCounter_Marker_File>"
)
MARKUPS = {
    "markups": [
        {
            "type": "Fiducial",
            "coordinateSystem": "RAS",
            "coordinateUnits": "mm",
            "controlPoints": [{"id": "1", "label": "F-1", "position": [-0.12, -0.15, -0.3]}],
        }
    ]
}
BRAINMAPPER = (
    "coordinate_raw_axis_0,coordinate_raw_axis_1,coordinate_raw_axis_2,coordinate_atlas_axis_0,"
    "coordinate_atlas_axis_1,coordinate_atlas_axis_2,structure_name,hemisphere\n"
    '500,300,200,2,1,2,"area A, layer 1",right\n'
)
FCSV = (
    "# Markups fiducial file version = 5.6\n# CoordinateSystem = LPS\n"
    "# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID\n"
    "1,0.12,0.15,-0.3,0,0,0,1,1,1,0,F-1,,,2,0\n"
)
TRACKMATE = (
    "LABEL,ID,POSITION_X,POSITION_Y,POSITION_Z\nLabel,Spot ID,X,Y,Z\nLabel,Spot ID,X,Y,Z\n"
    ",,({0}),({0}),({0})\nID1,1,{1}\n"
)
IMARIS = (
    "\nPosition\n====================\n"
    "Position X,Position Y,Position Z,Unit,Category,Collection,Time,ID,\n"
    "120,300,150,um,Spot,Position,1,0,\n"
)

# Name, content, what the refusal without options says, and the options it asks for.
CASES = {
    "ABBA": (
        "abba.tsv",
        "Image\tName\tCentroid X µm\tCentroid Y µm\tAtlas_X\tAtlas_Y\tAtlas_Z\n"
        "s1\tCell\t1234.5\t678.9\t0.15\t0.3\t0.12\n",
        [],
        [],
    ),
    "CCFx": ("ccf.csv", "Name,CCFx,CCFy,CCFz\nc,0.15,0.3,0.12\n", ["--unit"], ["--unit", "mm"]),
    "ap dv ml (mm)": (
        "p.csv",
        "AP (mm),DV (mm),ML (mm)\n0.15,0.3,0.12\n",
        ["bregma", "--columns"],
        ["--columns", "AP (mm),DV (mm),ML (mm)"],
    ),
    "Pinpoint": (
        "p.csv",
        "ap,ml,dv\n0.15,0.12,0.3\n",
        ["bregma", "--columns", "--unit"],
        ["--columns", "ap,dv,ml", "--unit", "mm"],
    ),
    "wholebrain": (
        "p.csv",
        "animal,AP,ML,DV,acronym,right.hemisphere\nm1,0.15,0.12,0.3,a1,TRUE\n",
        ["bregma", "--columns", "--unit"],
        ["--columns", "AP,DV,ML", "--unit", "mm"],
    ),
    "napari": (
        "p.csv",
        "index,axis-0,axis-1,axis-2\n0,2,1,2\n",
        ["--unit um, --unit mm or --unit voxel"],
        ["--unit", "voxel"],
    ),
    "brainmapper": (
        "all_points.csv",
        BRAINMAPPER,
        ["voxels of a size that is not stated", "--unit voxel"],
        ["--unit", "voxel"],
    ),
    "brainmapper of another size": (
        "all_points.csv",
        BRAINMAPPER.replace("2,1,2", "5,6,2"),
        ["--voxel-size"],
        ["--unit", "voxel", "--voxel-size", "50", "--integer-is", "corner"],
    ),
    "brainrender-napari": (
        "p.csv",
        "z,y,x\n150,300,120\n",
        ["--columns", "--unit"],
        ["--columns", "z,y,x", "--unit", "um"],
    ),
    "cellfinder.xml": (
        "cells.xml",
        XML,
        ["--columns", "--unit voxel"],
        ["--columns", "z,y,x", "--unit", "voxel"],
    ),
    "cellfinder.yml": (
        "cells.yml",
        "- type: 2\n  x: 2\n  y: 1\n  z: 2\n",
        ["--columns", "--unit voxel"],
        ["--columns", "z,y,x", "--unit", "voxel"],
    ),
    "ClearMap": (
        "cells.csv",
        '# x, y, z, size, xt, yt, zt, order, name\n9,9,9,12,2,1,2,3,"area A, layer 1"\n',
        ["columns xt, yt, zt", "--columns", "--unit voxel"],
        ["--columns", "xt,yt,zt", "--unit", "voxel"],
    ),
    "Fiji": ("r.csv", " ,Area,Mean,X,Y,Slice\n1,4,100,2,1,3\n", ["z = Slice - 1"], None),
    "Fiji.xls": ("r.xls", " \tArea\tX\tY\tSlice\n1\t4\t2\t1\t3\n", ["z = Slice - 1"], None),
    "German Excel": (
        "p.csv",
        "x;y;z\n150,5;300,1;120,2\n",
        ["--columns", "--unit"],
        ["--columns", "x,y,z", "--unit", "um"],
    ),
    "German Excel with words": (
        "p.csv",
        'Zelle;x_um;y_um;z_um;Bemerkung\nc1;150,5;300,1;120,2;"hübsch"\n',
        ["--columns"],
        ["--columns", "x_um,y_um,z_um"],
    ),
    "sep=": (
        "p.csv",
        "sep=;\nx (mm);y (mm);z (mm)\n0,1505;0,3;0,12\n",
        ["--columns"],
        ["--columns", "x (mm),y (mm),z (mm)"],
    ),
    "Imaris": ("p.csv", IMARIS, ["--columns"], ["--columns", "Position Z,Position Y,Position X"]),
    "scientific": (
        "p.csv",
        "x,y,z\n1.5e2,3E+02,120.\n",
        ["--columns", "--unit"],
        ["--columns", "x,y,z", "--unit", "um"],
    ),
    "Slicer .mrk.json": ("m.mrk.json", json.dumps(MARKUPS), [], []),
    "Slicer .fcsv": ("m.fcsv", FCSV, [], []),
    "Slicer table": (
        "m.csv",
        "label,l,p,s,defined,selected\nF-1,0.12,0.15,-0.3,1,1\n",
        [],
        [],
    ),
    "TrackMate": (
        "spots.csv",
        TRACKMATE.format("micron", "120,300,150"),
        ["--columns"],
        ["--columns", "POSITION_Z,POSITION_Y,POSITION_X"],
    ),
    "TrackMate in pixels": (
        "spots.csv",
        TRACKMATE.format("pixel", "2,1,2"),
        ["--columns", "--unit voxel"],
        ["--columns", "POSITION_Z,POSITION_Y,POSITION_X", "--unit", "voxel"],
    ),
}


@pytest.mark.parametrize("command", ["lookup", "stats"])
@pytest.mark.parametrize("case", CASES)
def test_files_are_read_as_they_state_or_refused_with_what_to_add(
    run, refuses, package, tmp_path, case, command
):
    name, content, missing, options = CASES[case]
    path = tmp_path / name
    path.write_bytes(content.encode("latin-1" if "hübsch" in content else "utf-8"))
    words = (command, package, "--points", path)
    if missing:
        line = refuses(*words)
        assert all(text in line for text in missing)
    if options is None:
        return
    answer = run(*words, *options)
    assert answer.code == 0, answer
    rows = list(csv.DictReader(io.StringIO(answer.out)))
    if command == "lookup":
        assert [row["id"] for row in rows] == ["3"]
        assert [rows[0][f"voxel_{axis}"] for axis in "ijk"] == ["2", "1", "2"]
    else:
        assert {(row["acronym"], row["side"]) for row in rows if row["direct"] == "1"} == {
            ("a1", "right")
        }


def test_a_column_of_planes_is_refused_even_by_name(refuses, package, tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("X,Y,Slice\n2,1,3\n")
    words = ("--points", path, "--columns", "Slice,Y,X", "--unit", "voxel")
    assert "counts planes from 1" in refuses("lookup", package, *words)


def test_cells_that_are_left_out_are_said(run, package, tmp_path):
    path = tmp_path / "cells.yml"
    path.write_text("- {type: 2, x: 2, y: 1, z: 2}\n- {type: 1, x: 2, y: 1, z: 2}\n")
    words = ("--points", path, "--columns", "z,y,x", "--unit", "voxel")
    answer = run("lookup", package, *words)
    assert len(answer.out.splitlines()) == 2
    assert "1 markers of type 1, no cells for cellfinder, left out" in answer.err


def test_markups_need_an_atlas_whose_axes_are_known(run, refuses, package, tmp_path):
    path = tmp_path / "m.fcsv"
    path.write_text(FCSV)
    (package / "metadata.json").unlink()
    words = ("lookup", package, "--points", path)
    line = refuses(*words)
    assert "positions in LPS, and the orientation of the atlas is not known" in line
    assert line.endswith("(--orientation)\n")
    answer = run(*words, "--orientation", "asr")
    assert "y turned around" in answer.err
    assert next(csv.DictReader(io.StringIO(answer.out)))["id"] == "3"


def test_points_marked_on_an_exported_mask_come_back_to_its_voxels(run, package, tmp_path):
    mask = tmp_path / "mask.nii.gz"
    assert run("mask", package, "a2", "-o", mask).code == 0
    image = nibabel.load(mask)
    voxels = np.argwhere(np.asarray(image.dataobj))
    ras = nibabel.affines.apply_affine(image.affine, voxels)
    lps = ras * (-1, -1, 1)
    path = tmp_path / "m.fcsv"
    rows = "".join(f"{n},{x},{y},{z}\n" for n, (x, y, z) in enumerate(lps.tolist()))
    path.write_text(f"# CoordinateSystem = LPS\n# columns = id,x,y,z\n{rows}")
    answer = json.loads(run("lookup", package, "--points", path, "--json").out)
    assert {point["acronym"] for point in answer} == {"a2"}
    assert len(answer) == 3 * 6 * 4


def test_array_axes_are_not_taken_for_those_of_a_world_that_runs_otherwise(
    run, refuses, package, tmp_path
):
    ids = np.zeros((9, 8, 7), np.int16)
    ids[4:7, 2:5, 1:4] = 3
    affine = np.array([(1, 0, 0, -20), (0, 0, 2, 30), (0, -3, 0, 5), (0, 0, 0, 1)], float)  # lia
    path = tmp_path / "labels.nii.gz"
    nibabel.save(nibabel.Nifti1Image(ids, affine), path)
    points = tmp_path / "p.csv"
    points.write_text("axis-0,axis-1,axis-2\n5,3,2\n")
    words = ("lookup", path, "--points", points)
    assert "--columns" in refuses(*words, "--unit", "um")
    found = run(*words, "--unit", "voxel").out
    assert next(csv.DictReader(io.StringIO(found)))["id"] == "3"
    points.write_text("Atlas_X,Atlas_Y,Atlas_Z\n0.1,0.2,0.3\n")
    assert "do not state their axes in the atlas" in refuses(*words)


def test_fractions_of_voxels_count_from_a_center_or_a_corner(run, refuses, package, tmp_path):
    np.save(tmp_path / "p.npy", np.array([[1, 2, 3], [4, 0, 0]]))
    words = ("lookup", package, "--points", tmp_path / "p.npy", "--columns", "0,1,2")
    found = json.loads(run(*words, "--voxels", "--json").out)
    assert [point["voxel"] for point in found] == [[1, 2, 3], [4, 0, 0]]
    fractions = tmp_path / "f.csv"
    fractions.write_text("x,y,z\n1.5,2,3\n")
    words = ("lookup", package, "--points", fractions, "--columns", "x,y,z", "--voxels")
    assert "--integer-is" in refuses(*words)
    found = json.loads(run(*words, "--integer-is", "centre", "--json").out)
    assert found[0]["voxel"] == [2, 2, 3]
