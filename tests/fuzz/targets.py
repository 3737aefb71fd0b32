"""Targets: what is changed, how it is written, and the commands that read it."""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import zarr

from napari_atlas_explorer.cli.main import main

from .. import packages, packages_v3
from . import documents as docs
from . import volumes
from .commands import METADATA, NEVER, OPTIONS, Command, on_atlas, on_lines, on_points, on_volume
from .volumes import part, text

READ_SESSION = "read session"
"""In the place of ``open``, which opens a window."""


@dataclass(frozen=True)
class Target:
    """A kind of input.

    Attributes
    ----------
    make
        Returns valid documents.
    write
        Writes a document into the folder of a case; returns the command to run, in which IN, OUT
        and ATLAS are folders.
    commands
        Commands, of which one is drawn.
    environment
        Variables that are set meanwhile.
    """

    make: Callable[[], list[Any]]
    write: Callable[[Any, Path, Command], Command]
    commands: list[Command]
    environment: dict[str, str] = field(default_factory=dict)


# ---- What all cases share ------------------------------------------------------------------------


@cache
def shared_folder() -> Path:
    """Return a folder with a sound atlas, made once in a process."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-shared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atlas = folder / "atlas"
    atlas.mkdir()
    packages.write_nrrd(atlas / "brain_regions.nrrd", volumes.IDS)
    packages.write_nrrd(atlas / "reference.nrrd", packages.image(volumes.SHAPE))
    packages.write_nrrd(atlas / "hemisphere.nrrd", volumes.SIDES)
    docs.write_json(packages.TREE, atlas / "hierarchy.json")
    docs.write_json({"name": "sound", "orientation": "asr"}, atlas / "metadata.json")
    docs.write_json(docs.STREAMLINES[2], folder / "atlas" / "lines.json")
    return folder


def run_quietly(words: Command, **environment: str) -> None:
    """Run a command whose output is of no interest."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        patch.dict(os.environ, environment),
    ):
        assert main(words) in (0, 1), words


# ---- Writers of cases ----------------------------------------------------------------------------

FILE = "IN/FILE"
"""The file of a case, in commands; its name depends on the document."""


def _with_file(command: Command, name: str) -> Command:
    return [word.replace(FILE, f"IN/{name}") for word in command]


def write_file(
    write: Callable[[Any, Path], None], name: str, document: Any, folder: Path, command: Command
) -> Command:
    """Write a document as one file."""
    write(document, folder / "in" / name)
    return _with_file(command, name)


def write_named(
    write: Callable[[Any, Path], None], document: Any, folder: Path, command: Command
) -> Command:
    """Write a document that states the suffix of its file."""
    suffix = part(document, "suffix", str, ".csv")
    suffix = suffix if suffix[1:].isalnum() and len(suffix) < 8 else ".csv"
    write(document, folder / "in" / f"t{suffix}")
    return _with_file(command, f"t{suffix}")


def write_in_atlas(
    write: Callable[[Any, Path], None], name: str, document: Any, folder: Path, command: Command
) -> Command:
    """Write a document in the place of a file of the sound atlas."""
    shutil.copytree(shared_folder() / "atlas", folder / "in" / "atlas")
    path = folder / "in" / "atlas" / name
    path.parent.mkdir(exist_ok=True)
    write(document, path)
    return command


def write_json_files(
    make: Callable[[Path], None], document: Any, folder: Path, command: Command
) -> Command:
    """Write the JSON files and tables of a package that another function makes."""
    make(folder / "in")
    known = {p.relative_to(folder / "in").as_posix() for p in (folder / "in").rglob("*")}
    for name, content in document.items() if isinstance(document, dict) else ():
        if name in known:  # a renamed key is not a file
            path = folder / "in" / name
            (docs.write_json if path.suffix != ".csv" else docs.write_rows)(content, path)
    return command


def read_json_files(make: Callable[[Path], None], copies: int = 1) -> list[Any]:
    """Return the JSON files and tables of a package by their paths."""
    with tempfile.TemporaryDirectory() as name:
        make(Path(name))
        found = {}
        for path in sorted(Path(name).rglob("*")):
            relative = path.relative_to(name).as_posix()
            if path.suffix == ".json" or path.name in (".zarray", ".zattrs", ".zgroup"):
                found[relative] = json.loads(path.read_text())
            elif path.suffix == ".csv":
                rows = [line.split(",") for line in path.read_text().splitlines()]
                found[relative] = docs.make_rows(rows)
    return [found] * copies


def make_v2(folder: Path) -> None:
    packages.brainglobe_v2(folder / "atlas", volumes.SHAPE, resolution=[25.0] * 3)


def make_v3(folder: Path) -> None:
    packages_v3.write_v3(folder, (100,))


def make_old_zarr(folder: Path) -> None:
    """Make a volume of OME-Zarr 0.4 beside a table."""
    group = zarr.open_group(store=str(folder / "atlas" / "a.zarr"), mode="w", zarr_format=2)
    array = group.create_array("0", shape=volumes.SHAPE, dtype="u4", chunks=(4, 4, 4))
    array[...] = volumes.IDS
    scale = {"type": "scale", "scale": [25.0, 25.0, 25.0]}
    axes = [{"name": a, "type": "space", "unit": "micrometer"} for a in "zyx"]
    levels = [{"path": "0", "coordinateTransformations": [scale]}]
    group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": levels}]
    docs.write_json(packages.TREE, folder / "atlas" / "regions.json")


# ---- Mask recipes, sessions, reports, caches -----------------------------------------------------


@cache
def _recipe() -> Any:
    with tempfile.TemporaryDirectory() as name:
        words = ["mask", str(shared_folder() / "atlas"), "--expr", "left:grey - 549", "--grow"]
        run_quietly([*words, "30", "--fill", "-o", f"{name}/m.tif"], ATLAS_EXPLORER_CACHE=name)
        return json.loads((Path(name) / "m.tif.recipe.json").read_text())


def _make_session() -> list[Any]:
    region = {"id": 315, "descendants": True, "sides": 3}
    choice = {"columns": [0, 1, 2], "order": [0, 1, 2], "unit": "um", "voxel_size": None}
    return [
        {
            "format": "napari-atlas-explorer session",
            "version": 1,
            "atlas": {"path": "sample", "name": "sound", "annotation_sha256": "0" * 64},
            "settled": {"resolution": [25, 25, 25], "orientation": "asr", "midline": True},
            "view": {"hidden": [region], "selected": [region], "depth": 2, "side": 1},
            "sets": {"mine": [region]},
            "masks": [
                {
                    "name": "m",
                    "valued": False,
                    "recipe": _recipe(),
                    "painted": {"dtype": "uint8", "zlib": "eJxjYGBgAAAABAAB"},
                }
            ],
            "points": [{"path": "p.csv", "choice": choice | {"whole": None, "signs": [1, 1, 1]}}],
            "values": ["v.csv"],
            "lines": ["l.json"],
            "surfaces": [region],
            "coloring": {"column": "n", "low": 0.0, "high": 1.0, "map": "viridis", "log": False},
            "page": "Masks",
            "camera": {"center": [1, 2, 3], "zoom": 2.0, "angles": [0, 0, 90], "ndisplay": 3},
        }
    ]


def _make_report() -> list[Any]:
    with tempfile.TemporaryDirectory() as name:
        atlas = str(shared_folder() / "atlas")
        run_quietly(["qa", atlas, "--json", f"{name}/q.json"], ATLAS_EXPLORER_CACHE=name)
        return [json.loads((Path(name) / "q.json").read_text())]


LARGE = {"ATLAS_EXPLORER_LARGE_BYTES": "1"}


@cache
def _filled_cache() -> Path:
    """Return a cache that holds a conversion of the sound atlas."""
    folder = shared_folder() / "cache"
    run_quietly(
        ["stats", str(shared_folder() / "atlas")], ATLAS_EXPLORER_CACHE=str(folder), **LARGE
    )
    return folder


def _cache_files() -> list[str]:
    folder = _filled_cache()
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.json"))


def _make_cache() -> list[Any]:
    folder = _filled_cache()
    return [{"file": n, "content": json.loads((folder / n).read_text())} for n in _cache_files()]


def _write_cache(document: Any, folder: Path, command: Command) -> Command:
    shutil.copytree(_filled_cache(), folder / "cache", dirs_exist_ok=True)
    name = part(document, "file", str, "")
    if name in _cache_files():
        content = document.get("content")
        docs.write_json(content, folder / "cache" / name)
    return command


def _make_settings() -> list[Any]:
    return [
        {"atlas-folders.json": ["/missing/atlases"]},
        {"recent.json": [{"path": "/missing/a", "name": "a", "opened": 1.0}]},
        {"settled.json": {"/missing/a": {"resolution": [25, 25, 25], "orientation": "asr"}}},
    ]


def _write_settings(document: Any, folder: Path, command: Command) -> Command:
    for name in ("atlas-folders.json", "recent.json", "settled.json"):
        if isinstance(document, dict) and name in document:
            docs.write_json(document[name], folder / "config" / name)
    (folder / "in" / "atlases").mkdir()
    return command


# ---- Words of the command line -------------------------------------------------------------------


def _write_words(document: Any, folder: Path, command: Command) -> Command:
    docs.write_rows(docs.POINTS[0], folder / "in" / "p.csv")
    docs.write_rows(docs.VALUES[2], folder / "in" / "v.csv")
    words = [text(w)[:6000] for w in document] if isinstance(document, list) else [text(document)]
    # Nothing is written outside the case's folders, whatever a word has become.
    words = [w for w in words if not w.startswith(("/", "~")) and ".." not in w]
    kept = [w for w in words if w.split("=")[0] not in NEVER] or ["info"]
    return [*kept, "--jobs", "1"] if kept[0] in ("mesh", "qa", "package") else kept


# ---- Package specs -------------------------------------------------------------------------------

SPEC = {
    "atlas": {
        "name": "made_up",
        "version": "1.0",
        "species": "Mus musculus",
        "citation": "unpublished",
        "atlas_link": "https://example.org",
        "orientation": "asr",
        "resolution": 25,
        "root_id": 997,
        "symmetric": False,
    },
    "ingredients": {
        "annotation": "atlas/brain_regions.nrrd",
        "reference": "atlas/reference.nrrd",
        "regions": "atlas/hierarchy.json",
        "hemispheres": "atlas/hemisphere.nrrd",
        "meshes": "none",
        "additional_references": {"again": "atlas/reference.nrrd"},
    },
    "options": {
        "targets": ["voxelbrain"],
        "resolutions": [50],
        "labels": "nearest",
        "empty_regions": "drop",
    },
}
QA_CONFIG = {
    "thresholds": {"fragment_share": 0.5},
    "severities": {"hierarchy-non-leaf-voxels": "warning", "label-id-limit": "off"},
    "known": [{"code": "mesh-missing", "region": 315, "reason": "thin"}],
    "sets": [{"name": "s", "regions": ["Isocortex", "TH"], "domain": "grey"}],
}


def _write_spec(document: Any, folder: Path, command: Command) -> Command:
    return write_in_atlas(docs.write_toml, "../package.toml", document, folder, command)


def _write_query(document: Any, folder: Path, command: Command) -> Command:
    return [docs.query_text(document) if word == "QUERY" else word for word in command]


def _volume(make: Callable[[], list[Any]], write: Any, name: str) -> Target:
    return Target(make, partial(write_file, write, name), on_volume(FILE))


def _named(rows: list[Any], suffixes: list[str]) -> list[Any]:
    return [{**row, "suffix": s} for row, s in zip(rows, suffixes, strict=True)]


PACKAGE = "IN/atlas"
V3 = "IN/atlases/made_up_100um/3_0"
VALUES = ["snapshot", "ATLAS", "--values", FILE]
MASK = ["mask", "ATLAS", "--recipe", FILE, "-o"]
TARGETS = {
    "nrrd": _volume(volumes.make_nrrd, volumes.write_nrrd, "v.nrrd"),
    "seg.nrrd": _volume(volumes.make_segmentation, volumes.write_nrrd, "v.seg.nrrd"),
    "metaimage": _volume(volumes.make_metaimage, volumes.write_metaimage, "v.mha"),
    "nifti": _volume(volumes.make_nifti, volumes.write_nifti, "v.nii"),
    "tiff": _volume(volumes.make_tiff, volumes.write_tiff, "v.tif"),
    "voxelbrain": Target(
        volumes.make_nrrd,
        partial(write_in_atlas, volumes.write_nrrd, "brain_regions.nrrd"),
        on_atlas(PACKAGE),
    ),
    "hemispheres": Target(
        volumes.make_sides,
        partial(
            write_in_atlas, partial(volumes.write_nrrd, values=volumes.SIDES), "hemisphere.nrrd"
        ),
        on_atlas(PACKAGE),
    ),
    "orientation field": Target(
        volumes.make_field,
        partial(
            write_in_atlas,
            partial(volumes.write_nrrd, values=volumes.QUATERNIONS),
            "orientation.nrrd",
        ),
        [
            ["info", PACKAGE],
            ["qa", PACKAGE, "--only", "orientation", "--jobs", "1"],
            ["package", "--from", PACKAGE, "--to", "voxelbrain", "-o", "OUT/p", *METADATA],
            ["downsample", PACKAGE, "--resolution", "50", "-o", "OUT/d"],
        ],
    ),
    "meshes": Target(
        lambda: docs.MESHES,
        partial(write_in_atlas, docs.write_rows, "meshes/315.obj"),
        [
            ["info", PACKAGE],
            ["mesh", PACKAGE, "315", "--from", "package", "--jobs", "1", "-o", "OUT/m.ply"],
            ["qa", PACKAGE, "--only", "meshes", "--jobs", "1"],
            ["package", "--from", PACKAGE, "--to", "voxelbrain", "-o", "OUT/p", *METADATA],
            [
                *("package", "--from", PACKAGE, "--to", "brainglobe-v3", "-o", "OUT/p"),
                *(*METADATA, "--meshes", "package"),
            ],
        ],
    ),
    "hierarchy": Target(
        lambda: [packages.TREE, {"success": True, "msg": [packages.TREE]}],
        partial(write_in_atlas, docs.write_json, "hierarchy.json"),
        on_atlas(PACKAGE),
    ),
    "metadata": Target(
        lambda: [
            {
                "name": "a",
                "orientation": "asr",
                "citation": "unpublished",
                "version": "1.0",
                "hemisphere_convention": "the scanner's",
                "layers": {"names": ["L1"], "queries": ["@.*1$"], "attribute": "acronym"},
            }
        ],
        partial(write_in_atlas, docs.write_json, "metadata.json"),
        on_atlas(PACKAGE),
    ),
    "tables": Target(
        lambda: _named(docs.TABLES, docs.TABLE_SUFFIXES),
        partial(write_named, docs.write_rows),
        on_atlas("ATLAS", "--region-map", FILE),
    ),
    "brainglobe v2": Target(
        partial(read_json_files, make_v2), partial(write_json_files, make_v2), on_atlas(PACKAGE)
    ),
    "brainglobe v3": Target(
        partial(read_json_files, make_v3), partial(write_json_files, make_v3), on_atlas(V3)
    ),
    "ome-zarr 0.4": Target(
        partial(read_json_files, make_old_zarr),
        partial(write_json_files, make_old_zarr),
        on_atlas(PACKAGE),
    ),
    "package spec": Target(
        lambda: [SPEC],
        _write_spec,
        [
            ["package", "IN/package.toml", "-o", "OUT/p", "--jobs", "1"],
            ["package", "IN/package.toml", "-o", "OUT/p", "--jobs", "1", "--checks", "none"],
            ["package", "IN/package.toml", "-o", "OUT/p", "--jobs", "1", "--keep-faulty"],
        ],
    ),
    "qa config": Target(
        lambda: [QA_CONFIG],
        partial(write_file, docs.write_toml, "qa.toml"),
        [["qa", "ATLAS", "--jobs", "1", "--config", FILE]],
    ),
    "qa report": Target(
        _make_report,
        partial(write_file, docs.write_json, "q.json"),
        [["qa", "ATLAS", "--jobs", "1", "--baseline", FILE]],
    ),
    "recipe": Target(
        lambda: [_recipe()],
        partial(write_file, docs.write_json, "r.json"),
        [[*MASK, "OUT/m.nrrd"], [*MASK, "OUT/m.csv"], [*MASK, "OUT/m.obj"], [*MASK, "OUT/m.tif"]],
    ),
    "query": Target(
        lambda: docs.QUERIES,
        _write_query,
        [
            ["mask", "ATLAS", "--expr", "QUERY", "-o", "OUT/m.csv"],
            ["mask", "ATLAS", "--expr", "QUERY", "-o", "OUT/m.nrrd"],
            ["mask", "ATLAS", "--expr", "QUERY", "--each", "-o", "OUT/masks"],
            ["mask", "ATLAS", "QUERY", "-o", "OUT/m.nrrd"],
            ["tree", "ATLAS", "--find", "QUERY"],
        ],
    ),
    "points": Target(
        lambda: _named(docs.POINTS, docs.POINT_SUFFIXES),
        partial(write_named, docs.write_rows),
        on_points(FILE),
    ),
    "markups": Target(
        lambda: [docs.MARKUPS], partial(write_file, docs.write_json, "p.mrk.json"), on_points(FILE)
    ),
    "values": Target(
        lambda: docs.VALUES,
        partial(write_file, docs.write_rows, "v.csv"),
        [
            [*VALUES, "-o", "OUT/a.svg"],
            [*VALUES, "--column", "density", "-o", "OUT/a.svg"],
            [*VALUES, "--column", "mean left", "-o", "OUT/a.svg"],
            [*VALUES, "--log", "--colors", "blue-red", "-o", "OUT/a.png"],
        ],
    ),
    "streamlines": Target(
        lambda: docs.STREAMLINES, partial(write_file, docs.write_json, "l.json"), on_lines(FILE)
    ),
    "swc": Target(
        lambda: [docs.SWC], partial(write_file, docs.write_rows, "n.swc"), on_lines(FILE)
    ),
    "session": Target(
        _make_session,
        partial(write_file, docs.write_json, "s.atlas.json"),
        [[READ_SESSION, FILE]],
    ),
    "cache": Target(
        _make_cache,
        _write_cache,
        [
            ["stats", "ATLAS"],
            ["mask", "ATLAS", "315", "-o", "OUT/m.nrrd"],
            ["cache"],
            ["cache", "--check"],
            ["cache", "--json"],
            ["cache", "--clear"],
        ],
        LARGE,
    ),
    "settings": Target(
        _make_settings,
        _write_settings,
        [
            ["list"],
            ["list", "--json"],
            ["list", "--add", "IN/atlases"],
            ["list", "--remove", "/missing/atlases"],
            ["info", "nowhere"],
            ["info", "ATLAS"],
        ],
    ),
    "words": Target(
        lambda: [line.split() for line in OPTIONS.strip().splitlines()], _write_words, [[]]
    ),
}
