"""Small valid files of every format, and ways to damage them."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import DracoPy
import nibabel as nib
import numpy as np
import tifffile
import trimesh
from hypothesis import strategies as st

from napari_atlas_explorer.formats.lines.reader import read_streamlines
from napari_atlas_explorer.formats.meshes.reader import read_mesh
from napari_atlas_explorer.formats.metaimage import read_metaimage
from napari_atlas_explorer.formats.neuroglancer.meshes import read_precomputed_mesh
from napari_atlas_explorer.formats.nifti.volumes import read_nifti
from napari_atlas_explorer.formats.nrrd.reader import read_nrrd
from napari_atlas_explorer.formats.nrrd.segmentation import read_seg_nrrd
from napari_atlas_explorer.formats.points.reader import open_points
from napari_atlas_explorer.formats.tables.regions import load_region_table
from napari_atlas_explorer.formats.tiff.reader import read_tiff

ARRAY = (np.arange(60, dtype="<u2") * 7).reshape(3, 4, 5)
RAW = ARRAY.tobytes(order="F")
BALL = trimesh.creation.icosphere(subdivisions=1, radius=50.0)


class Format(NamedTuple):
    """A format: names and contents of valid files, and what reads them."""

    suffix: str
    seeds: list[bytes]
    read: Callable[[Path], Any]
    pack: Callable[[bytes], bytes] = bytes
    beside: Mapping[str, bytes] = MappingProxyType({})


def _nrrd(data: bytes, encoding: str, *more: str) -> bytes:
    lines = [
        "NRRD0005",
        "# a comment",
        "type: uint16",
        "dimension: 3",
        "sizes: 3 4 5",
        "space: left-posterior-superior",
        "endian: little",
        f"encoding: {encoding}",
        "space directions: (1,0,0) (0,-2,0) (0,0,3.5)",
        "space origin: (1,2,3)",
        'space units: "um" "um" "um"',
        "kinds: domain domain domain",
        *more,
    ]
    return "\n".join(lines).encode() + b"\n\n" + data


def _nifti(cls: type, dtype: str, scaled: bool = False) -> bytes:
    image = cls(ARRAY.astype(dtype), np.diag([0.5, 1, -2, 1]), dtype=np.dtype(dtype))
    image.set_qform(image.affine, 1)
    raw = bytearray(image.to_bytes())
    if scaled:
        struct.pack_into("<2f", raw, 112, 0.5, 3)
    return bytes(raw)


def _tiff(array: np.ndarray = ARRAY, **options: Any) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, array, photometric="minisblack", **options)
    return stream.getvalue()


def _metaimage(data: bytes, *more: str) -> bytes:
    lines = [
        "ObjectType = Image",
        "NDims = 3",
        "DimSize = 3 4 5",
        "ElementSpacing = 1 2 3",
        "Offset = 5 6 7",
        "TransformMatrix = 1 0 0 0 1 0 0 0 1",
        "ElementType = MET_USHORT",
        *more,
        "ElementDataFile = LOCAL\n",
    ]
    return "\n".join(lines).encode() + data


def _read_points(path: Path) -> Any:
    return open_points(path).read((0, 1, 2))


def _mesh(kind: str) -> bytes:
    encoding = {"encoding": "ascii"} if kind == "ply_ascii" else {}
    raw = BALL.export(file_type=kind.removesuffix("_ascii") if encoding else kind, **encoding)
    return raw.encode() if isinstance(raw, str) else raw


DRACO = DracoPy.encode(np.asarray(BALL.vertices), np.asarray(BALL.faces), quantization_bits=12)
INDEX = struct.pack(
    "<6fIf3fI3II", 100, 100, 100, -50, -50, -50, 1, 1, 0, 0, 0, 1, 0, 0, 0, len(DRACO)
)
INFO = json.dumps({"@type": "neuroglancer_multilod_draco", "vertex_quantization_bits": 16}).encode()
SEGMENTS = [
    "Segment0_Name:=one",
    "Segment0_LabelValue:=7",
    "Segment0_Layer:=0",
    "Segment0_Color:=1 0.5 0",
    "Segment0_Extent:=0 2 0 3 0 4",
]
TREE = {
    "id": 1,
    "acronym": "root",
    "name": "root",
    "children": [
        {"id": 2, "acronym": "a", "name": "one", "color_hex_triplet": "19399", "children": []},
        {"id": 70000, "acronym": "b", "name": "two", "graph_order": 3},
    ],
}
VFB = {"node": {"nodeId": "0", "children": [{"node": {"nodeId": "1"}}]}}
VFB_NAMES = {
    "domains": [
        {"nodeId": str(n), "name": f"n{n}", "extId": ["x"], "domainData": {"domainId": str(n)}}
        for n in (0, 1)
    ]
}

LINE = {
    "id": 7,
    "name": "A-1",
    "injection-coordinates": [3510, 2210, 7700],
    "path": [{"coord": [4500.0, 3200, 5700], "density": 0.25, "intensity": None}],
}

FORMATS = {
    "nrrd": Format(
        ".nrrd",
        [
            _nrrd(RAW, "raw"),
            _nrrd(gzip.compress(RAW), "gzip"),
            _nrrd(bz2.compress(RAW), "bzip2"),
            _nrrd(b" ".join(b"%d" % v for v in ARRAY.ravel()), "ascii"),
            _nrrd(
                b"a line\n" + gzip.compress(b"123" + RAW), "gzip", "line skip: 1", "byte skip: 3"
            ),
            _nrrd(b"", "raw", "data file: f%02d.raw 1 5 1"),
            _nrrd(b"", "raw", "data file: LIST 3", *[f"f{n:02d}.raw" for n in range(1, 6)]),
        ],
        read_nrrd,
        beside={f"f{n:02d}.raw": RAW[:24] for n in range(1, 6)},
    ),
    "seg.nrrd": Format(".seg.nrrd", [_nrrd(RAW, "raw", *SEGMENTS)], read_seg_nrrd),
    "nifti": Format(
        ".nii",
        [
            _nifti(nib.Nifti1Image, "<u2"),
            _nifti(nib.Nifti1Image, "<f4"),
            _nifti(nib.Nifti2Image, "<i4"),
            _nifti(nib.Nifti1Image, "<i2", scaled=True),
        ],
        read_nifti,
    ),
    "nifti packed after damage": Format(
        ".nii.gz", [_nifti(nib.Nifti1Image, "<u2")], read_nifti, gzip.compress
    ),
    "nifti packed before damage": Format(
        ".nii.gz", [gzip.compress(_nifti(nib.Nifti1Image, "<u2"))], read_nifti
    ),
    "metaimage": Format(
        ".mha",
        [
            _metaimage(RAW),
            _metaimage(zlib.compress(RAW), "CompressedData = True"),
            _metaimage(RAW, "HeaderSize = -1"),
            _metaimage(b" ".join(b"%d" % v for v in ARRAY.ravel()), "BinaryData = False"),
        ],
        read_metaimage,
    ),
    "tiff": Format(
        ".tif",
        [
            _tiff(),
            _tiff(metadata=None),
            _tiff(compression="zlib"),
            _tiff(bigtiff=True, byteorder=">"),
            _tiff(ome=True, metadata={"axes": "ZYX", "PhysicalSizeX": 2}),
            _tiff(tile=(16, 16)),
            _tiff(imagej=True, resolution=(1, 2), metadata={"spacing": 3, "unit": "um"}),
            _tiff(compression="lzma", rowsperstrip=2),
        ],
        read_tiff,
    ),
    "csv": Format(
        ".csv",
        [
            b"id,name,acronym,parent_structure_id,color_hex_triplet\n1,root,root,,FFFFFF\n"
            b'2,"a, b",x,1,19399\n70000,c,y,2.0,#aabbcc\n',
            b"index\tname\tcolor\n1\tone\t10 20 30\n2\ttwo\t#00ff00\n",
            b"acronym,id,name,structure_id_path\nroot,1,root,/1/\na,2,one,/1/2/\n",
            b"JFRC\nName\tStack id\tFBbt\nA\tmedulla\t2\tx\nB\tlobula\t3\ty\n",
            b"35\tone\n36\ttwo three\n",
            b"sep=;\nID;Name;Farbe\n1;H\xfcgel;rgb(1,2,3)\n2;B;#0F0\n",
            b"Structure,right label,left label\namygdala,51,151\nventricle,7,7\n",
            b"id,name,r,g,b\n2,Visceral nerves, left,10,20,30\n3,Optic lobe,40,50,60\n",
            b"identifier,parent_identifier,annotation_value,name,abbreviation\n"
            b"100,,,root,root\n3,100,1,a,A\n1,100,,b,B\n",
        ],
        load_region_table,
    ),
    "points as text": Format(
        ".xls",
        [
            b"x;y;z;n\n1,5;-2,25;3e2;1\n4,25;;6;2\n",
            b"\nPosition\n====\nPosition X,Position Y,Position Z,Unit,\n1,2,3,um,\n4,5,6,um,\n",
            b"POSITION_X,POSITION_Y,POSITION_Z\nX,Y,Z\n(um),(um),(um)\n1,2,3\n",
            b"sep=;\n# x; y; z\n1;2;3\n",
        ],
        _read_points,
    ),
    "markups": Format(
        ".mrk.json",
        [
            b'{"markups": [{"coordinateSystem": "LPS", "coordinateUnits": ["mm", "UCUM"], '
            b'"controlPoints": [{"position": [1, 2, 3], "positionStatus": "defined"}]}]}'
        ],
        _read_points,
    ),
    "fcsv": Format(
        ".fcsv",
        [b"# CoordinateSystem = LPS\n# columns = id,x,y,z,label\n1,1,2,3,a\n2,4,5,6,b,,2\n"],
        _read_points,
    ),
    "cells as XML": Format(
        ".xml",
        [
            b"<CellCounter_Marker_File><Marker_Data><Marker_Type><Type>2</Type><Marker><MarkerX>5"
            b"</MarkerX><MarkerY>4</MarkerY><MarkerZ>1</MarkerZ></Marker></Marker_Type>"
            b"</Marker_Data></CellCounter_Marker_File>"
        ],
        _read_points,
    ),
    "cells as YAML": Format(
        ".yml",
        [b"- type: 2\n  x: 55\n  y: 41\n  z: 110\n- {type: 1, x: 1, y: 2, z: 3}\n"],
        _read_points,
    ),
    "label": Format(
        ".label",
        [
            b'# a comment\n0 0 0 0 0 0 0 "Clear Label"\n 1 255 0 10 1.0 1 1 "one"\n'
            b'300 1 2 3 0.5 1 0 "b"\n',
            b"# a LUT\n0 Unknown 0 0 0 0\n2 Left-Cortex 245 10 9 0\n1001 ctx 25 100 40 0\n",
            b"1 L.TH  Left-Thalamus 0 118 14 255\n2 L.CA  Left-Caudate 122 186 220 255\n",
            b"1 0.0 0.93 0.0 Lateral Ventricle\n2 1.0 0.2 0.3 Area\n",
            b"1 Precentral_L 2001\n2 Precentral_R 2002\n",
        ],
        load_region_table,
    ),
    "xml": Format(
        ".xml",
        [
            b'<?xml version="1.0" encoding="ISO-8859-1"?>\n<atlas version="1.0">'
            b"<header><name>A</name>"
            b'<type>Label</type></header><data><label index="1" x="1">One</label>'
            b'<label index="2"><![CDATA[Two]]></label></data></atlas>',
            b'<milf><structure><label id="1" name="A" abbreviation="a" color="#010203">'
            b'<label id="2" name="B"/></label></structure></milf>',
        ],
        load_region_table,
    ),
    "json": Format(
        ".json",
        [
            json.dumps(TREE).encode(),
            json.dumps({"success": True, "msg": [TREE]}).encode(),
            json.dumps(
                [
                    {"id": 1, "acronym": "r", "name": "r", "structure_id_path": [1]},
                    {"id": 2, "acronym": "a", "name": "a", "structure_id_path": [1, 2]},
                ]
            ).encode(),
            json.dumps(VFB).encode(),
            b'{"R": [0, 1], "G": [0, 2], "B": [0, 3], "I": [0, 9], "labels": ["Air", "One"]}',
            b'{"namingProperty": "abbreviation", "root": {"id": 1, "color": [1, 2, 3, 4], "data": '
            b'{"name": "A", "abbreviation": "a"}, "children": [{"id": 2, "data": {}}]}}',
            b'{"1": "one", "2": "two"}',
        ],
        load_region_table,
        beside={"meta.json": json.dumps(VFB_NAMES).encode()},
    ),
    "vfb names": Format(
        "meta.json",
        [json.dumps(VFB_NAMES).encode()],
        lambda path: load_region_table(path.with_name("tree.json")),
        beside={"tree.json": json.dumps(VFB).encode()},
    ),
    "streamlines": Format(
        ".json",
        [
            json.dumps({"success": True, "msg": [LINE]}).encode(),
            json.dumps({"lines": [LINE], "injectionCoordinates": [[1, 2, 3]]}).encode(),
            b'{"lines": [[[{"x": 1, "y": 2.5, "z": 3, "density": 0.5}]]], "injection_sites": []}',
        ],
        read_streamlines,
    ),
    "swc": Format(
        ".swc",
        [
            b"# OFFSET 0 0 1\n1 1 0 0 0 5.5 -1\n2 2 1e1 0 0 1 1\n"
            b" 4 2 10,1,5 0.5 2 # end\n3 3 0 2 0 1 1\n"
        ],
        read_streamlines,
    ),
    "obj": Format(
        ".obj", [_mesh("obj"), b"v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf -4 -3 -2 -1\n"], read_mesh
    ),
    "stl": Format(".stl", [_mesh("stl"), _mesh("stl_ascii")], read_mesh),
    "ply": Format(".ply", [_mesh("ply"), _mesh("ply_ascii")], read_mesh),
    "draco": Format(".drc", [DRACO], read_mesh),
    "precomputed fragment": Format(
        "7", [DRACO], read_precomputed_mesh, beside={"7.index": INDEX, "info": INFO}
    ),
    "precomputed index": Format(
        "7.index",
        [INDEX],
        lambda path: read_precomputed_mesh(path.with_name("7")),
        beside={"7": DRACO, "info": INFO},
    ),
    "precomputed info": Format(
        "info",
        [INFO],
        lambda path: read_precomputed_mesh(path.with_name("7")),
        beside={"7": DRACO, "7.index": INDEX},
    ),
}

TOKENS = [
    b"",
    b"\0",
    b"\n",
    b"\n\n",
    b"\r",
    b" ",
    b"-1",
    b"0",
    b"nan",
    b"inf",
    b"1e999",
    b"9" * 25,
    b"-",
    b"none",
    b"(",
    b")",
    b'"',
    b":",
    b":=",
    b"=",
    b"/",
    b"..",
    b"%d",
    b"\xff",
    b"\xff" * 8,
    b"\x80",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b"<",
    b">",
    b"&a;",
    b"<!DOCTYPE a>",
    b"null",
    b"\\u0000",
    b"#",
    b"big",
    b"gzip",
    b"LIST",
    b"true",
    b"f",
    b"v ",
    b"\x1f\x8b\x08",
]
NUMBERS = [0, 1, 2, 255, 65535, 2**15, 2**16, 2**31 - 1, 2**31, 2**32 - 1]

place = st.floats(0, 1, exclude_max=True)
edits = st.lists(
    st.one_of(
        st.tuples(st.just("byte"), place, st.integers(0, 255)),
        st.tuples(st.just("token"), place, st.tuples(st.sampled_from(TOKENS), st.integers(0, 12))),
        st.tuples(st.just("number"), place, st.tuples(st.sampled_from(NUMBERS), st.booleans())),
        st.tuples(st.just("cut"), place, st.none()),
        st.tuples(st.just("repeat"), place, st.tuples(st.integers(1, 40), st.integers(2, 50))),
    ),
    min_size=1,
    max_size=4,
)


def damaged(content: bytes, changes: list[tuple[str, float, Any]]) -> bytes:
    """Carry out edits; places are shares of the length, half of them in its first 400 bytes."""
    data = bytearray(content)
    for kind, where, what in changes:
        span = min(len(data), 400) if where < 0.5 else len(data)
        at = int((where * 2 if where < 0.5 else where) * span)
        if kind == "byte" and at < len(data):
            data[at] = what
        elif kind == "token":
            token, over = what
            data[at : at + over] = token
        elif kind == "number":
            number, big = what
            data[at : at + 4] = struct.pack(">I" if big else "<I", number)
        elif kind == "cut":
            del data[at:]
        elif kind == "repeat":
            length, times = what
            data[at : at + length] = data[at : at + length] * times
    return bytes(data)


def put(folder: Path, form: Format, content: bytes) -> Path:
    """Write a file of a format, and what must stand beside it."""
    for name, other in form.beside.items():
        (folder / name).write_bytes(other)
    path = folder / (f"v{form.suffix}" if form.suffix.startswith(".") else form.suffix)
    path.write_bytes(form.pack(content))
    return path
