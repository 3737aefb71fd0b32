"""Text files as documents: JSON, TOML, tables, points, lines and queries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .volumes import encode, part, text


def write_json(document: Any, path: Path) -> None:
    """Write JSON; NaN and Infinity as Python writes them."""
    path.write_text(json.dumps(document), encoding="utf-8")


def write_rows(document: Any, path: Path) -> None:
    """Write a table: rows of cells, a separator, a line end and an encoding."""
    separator = text(part(document, "separator", str, ","))
    end = text(part(document, "end", str, "\n"))
    rows = part(document, "rows", list, [])
    lines = [separator.join(map(text, r)) if isinstance(r, list) else text(r) for r in rows]
    content = end.join([*lines, ""])
    encoding = part(document, "encoding", str, "utf-8")
    if encoding in ("utf-16", "cp1252", "utf-8-sig"):
        path.write_bytes(content.encode(encoding, "replace"))
    else:
        path.write_bytes(encode(content))


def make_rows(rows: list[list[Any]], separator: str = ",", **more: str) -> dict[str, Any]:
    """Return the document of a table."""
    return {"rows": rows, "separator": separator, "end": "\n", "encoding": "utf-8", **more}


def write_toml(document: Any, path: Path) -> None:
    """Write TOML: tables of the first level with headers, deeper ones inline."""
    tables = document if isinstance(document, dict) else {"": document}
    lines = [f"{_key(k)} = {_toml(v)}" for k, v in tables.items() if not _is_table(v)]
    for name, value in tables.items():
        if isinstance(value, dict):
            lines += [f"[{_key(name)}]", *(f"{_key(k)} = {_toml(v)}" for k, v in value.items())]
        elif _is_table(value):
            for row in value:
                lines += [f"[[{_key(name)}]]", *(f"{_key(k)} = {_toml(v)}" for k, v in row.items())]
    path.write_bytes(encode("\n".join([*lines, ""])))


def _is_table(value: Any) -> bool:
    is_rows = isinstance(value, list) and value and all(isinstance(v, dict) for v in value)
    return isinstance(value, dict) or bool(is_rows)


def _key(name: str) -> str:
    return name if name.isascii() and name.isidentifier() else json.dumps(name)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_key(k)} = {_toml(v)}' for k, v in value.items())}}}"
    return '""' if value is None else text(value)


# ---- Regions -------------------------------------------------------------------------------------

TABLES = [
    make_rows(
        [
            ["id", "name", "acronym", "parent_structure_id", "color_hex_triplet"],
            [997, "root", "root", "", "FFFFFF"],
            [315, "Isocortex", "CTX", 997, "70FF71"],
            [549, "Thalamus", "TH", "997.0", "#FF7080"],
            [614454277, "white matter", "scwm", 997, "rgb(1, 2, 3)"],
        ]
    ),
    make_rows(
        [["index", "name", "r", "g", "b"], [315, "one", 1, 2, 3], [549, "two", 0, 255, 9]], "\t"
    ),
    make_rows(
        [
            ["acronym", "id", "name", "structure_id_path"],
            ["root", 997, "root", "/997/"],
            ["CTX", 315, "one", "/997/315/"],
            ["TH", 549, "two", "/997/549/"],
        ]
    ),
    make_rows([[315, "Left-Cortex", 245, 10, 9, 0], [549, "TH", 1, 2, 3, 0]], " "),
    make_rows(
        [
            [0, 0, 0, 0, 0, 0, 0, '"Clear Label"'],
            [315, 112, 255, 113, 1, 1, 1, '"Isocortex"'],
            [549, 255, 112, 128, 1.0, 1, 1, '"Thalamus"'],
        ],
        "  ",
    ),
    make_rows(
        [
            ["identifier", "parent_identifier", "annotation_value", "name", "abbreviation"],
            [100, "", "", "root", "root"],
            [3, 100, 315, "a", "A"],
            [4, 100, 549, "b", "B"],
        ]
    ),
    make_rows([["Structure", "right label", "left label"], ["cortex", 315, 549]]),
    make_rows(
        [
            "<atlas><header><name>A</name><type>Label</type></header><data>",
            ['<label index="315" x="1">', "One</label>"],
            ['<label index="549">', "Two</label>"],
            "</data></atlas>",
        ],
        "",
    ),
]
TABLE_SUFFIXES = [".csv", ".tsv", ".csv", ".txt", ".label", ".csv", ".csv", ".xml"]

# ---- Meshes --------------------------------------------------------------------------------------

MESHES = [
    make_rows(
        [
            ["v", 50, 50, 50],
            ["v", 100, 50, 50],
            ["v", 50, 100, 50],
            ["v", 50, 50, 100],
            ["vn", 0, 0, 1],
            ["f", 1, 3, 2],
            ["f", "1/1/1", "2//1", "4"],
            ["f", 1, 4, 3],
            ["f", -3, -2, -1],
        ],
        " ",
    )
]

# ---- Points and lines ----------------------------------------------------------------------------

POINTS = [
    make_rows(
        [["x", "y", "z", "weight", "name"], [60, 60, 60, 1.5, "a"], [110, 60, 60, "", "b"]],
    ),
    make_rows(
        [
            ["x_um", "y_um", "z_um"],
            ["60,5", "60", "60"],
            ["110", "60", "6e1"],
        ],
        ";",
    ),
    make_rows([["# CoordinateSystem = LPS"], ["# columns = id,x,y,z"], [1, 1, 2, 3], [2, 4, 5, 6]]),
    make_rows(
        [
            "<CellCounter_Marker_File><Marker_Data><Marker_Type><Type>2</Type>",
            ["<Marker><MarkerX>", 5, "</MarkerX><MarkerY>", 4, "</MarkerY><MarkerZ>", 1],
            "</MarkerZ></Marker></Marker_Type></Marker_Data></CellCounter_Marker_File>",
        ],
        "",
    ),
    make_rows([["- type:", 2], ["  x:", 5], ["  y:", 4], ["  z:", 1]], " "),
]
POINT_SUFFIXES = [".csv", ".csv", ".fcsv", ".xml", ".yml"]
MARKUPS = {
    "@schema": "https://raw.githubusercontent.com/slicer/slicer/master/markups-schema-v1.0.0.json",
    "markups": [
        {
            "type": "Fiducial",
            "coordinateSystem": "LPS",
            "coordinateUnits": ["mm", "UCUM", "mm"],
            "controlPoints": [
                {"id": "1", "position": [0.06, 0.06, 0.06], "positionStatus": "defined"},
                {"id": "2", "position": [0.11, 0.06, 0.06], "positionStatus": "defined"},
            ],
        }
    ],
}
TARGET_LINE = {
    "id": 7,
    "name": "A-1",
    "injection-coordinates": [60, 60, 60],
    "injection-volume": 0.5,
    "path": [
        {"coord": [60.0, 60, 60], "density": 0.25, "intensity": None},
        {"coord": [160.0, 60, 60], "density": 0.5, "intensity": 1},
    ],
}
STREAMLINES = [
    {"success": True, "id": 0, "start_row": 0, "num_rows": 1, "msg": [TARGET_LINE]},
    {"lines": [TARGET_LINE], "injectionCoordinates": [[1, 2, 3]]},
    {
        "lines": [[{"x": 60, "y": 60.5, "z": 60, "density": 0.5}, {"x": 160, "y": 60, "z": 60}]],
        "injection_sites": [{"x": 1, "y": 2, "z": 3}],
    },
]
SWC = make_rows(
    [
        ["# OFFSET", 0, 0, 1],
        [1, 1, 60, 60, 60, 5.5, -1],
        [2, 2, 110, 60, 60, 1, 1],
        [3, 2, 160, 60, 60, 0.5, 2],
        [4, 3, 60, 100, 60, 1, 1],
    ],
    " ",
)
VALUES = [
    make_rows([["id", "density", "count"], [315, 1.5, 3], [549, "", 7], [997, -2e3, 0]]),
    make_rows([["acronym", "hemisphere", "mean"], ["Isocortex", "left", 1], ["TH", "right", 2]]),
    make_rows([["region", "n"], ["cortex", "1,5"], ["Thalamus", "2,5"]], ";"),
]

# ---- Queries -------------------------------------------------------------------------------------

QUERIES = [
    ["left:", "(", "Isocortex", "+", "TH", ")", "&", "volume>", 0.001],
    ["root", "-", "own:", "grey", "-", "/white/"],
    ["under:", "grey", "&", "leaf", "+", 315],
    ["depth=", 2, "&", "right:", '"Basic cell groups and regions"'],
    ["(", "(", "grey", "-", 549, ")", ")", "&", "depth<", 3],
]


def query_text(document: Any) -> str:
    """Join the tokens of a query."""
    tokens = document if isinstance(document, list) else [document]
    return " ".join(map(text, tokens)).replace(": ", ":").replace("\0", "")
