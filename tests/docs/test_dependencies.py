"""docs/dependencies.md lists every library that is installed, with its bound and its reason.

``ATLAS_EXPLORER_WRITE_DOCS=1`` writes the page from what is installed.
"""

from __future__ import annotations

import os
import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "dependencies.md"
WHY = {
    "brainglobe-atlasapi": "downloads of BrainGlobe's atlases, in a process of its own",
    "connected-components-3d": "components of labels and masks, many labels at once",
    "dask": "lazy levels of OME-Zarr, statistics and masks of dask arrays",
    "distributed": "`--scheduler`: work over a cluster",
    "dracopy": "Draco, the compression of BrainGlobe v3's meshes",
    "edt": "distances of masks in µm, with voxels that are no cubes",
    "fast-simplification": "surfaces of a stated number of faces",
    "filelock": "locks of cache and output folders, released when a process is killed",
    "h5py": "MINC 2 files, which are HDF5",
    "magicgui": "forms from declared functions",
    "napari": "the window",
    "nibabel": "NIfTI and MGH headers, TrackVis and MRtrix lines",
    "numpy": "everything",
    "pandas": "tables of regions, points and answers",
    "pillow": "PNG",
    "platformdirs": "folders of cache and settings by the system's rules",
    "pooch": "SHA-256 of files whose sum is known beforehand",
    "psutil": "memory of the machine and of the process",
    "psygnal": "signals below Qt",
    "pynrrd": "NRRD headers",
    "PyQt6": "the Qt of `[app]`; PySide6 does as well",
    "qtpy": "one Qt for every binding",
    "reportlab": "PDF of figures and plates",
    "scipy": "distance transforms, graphs, interpolation",
    "superqt": "sliders with ranges, elided labels",
    "tifffile": "TIFF",
    "tomlkit": "qa.toml and package.toml, whose comments stay when they are changed",
    "trimesh": "PLY",
    "zarr": "OME-Zarr",
    "zlib-ng": "gzip in a third of the time of the standard library's",
    "zmesh": "surfaces of many labels at once, without gaps between them",
}


def list_requirements() -> dict[str, tuple[str, str]]:
    """Lower bound and extras ("" for none) of every library, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = {"": project["dependencies"], **project["optional-dependencies"]}
    found: dict[str, tuple[str, str]] = {}
    for extra, requirements in lines.items():
        for requirement in requirements:
            name, bound = re.fullmatch(r"([\w.-]+)(?:\[\w+\])?>=([\d.]+)", requirement).groups()
            bound_before, extras = found.get(name, (bound, ""))
            assert bound == bound_before, name
            found[name] = (bound, f"{extras}, `[{extra}]`".removeprefix(", ") if extra else "")
    return found


def make_row(name: str, bound: str, extra: str) -> str:
    """Row with the license and the size of what is installed."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        license_, size = "?", "?"
    else:
        about = found.metadata
        license_ = about.get("License-Expression") or next(
            (c.rpartition(" :: ")[2] for c in about.get_all("Classifier", []) if "License" in c),
            (about.get("License") or "?").splitlines()[0],
        )
        paths = [Path(str(file.locate())) for file in found.files or []]
        size = f"{sum(p.stat().st_size for p in paths if p.exists()) / 1e6:.1f}"
    return f"| {name} | {bound} | {extra} | {WHY[name]} | {license_} | {size} |"


def test_the_page_lists_every_library_with_its_reason():
    required = list_requirements()
    assert set(WHY) == set(required)
    ordered = sorted(required.items(), key=lambda item: (item[1][1] != "", item[0].lower()))
    if os.environ.get("ATLAS_EXPLORER_WRITE_DOCS"):
        text = PAGE.read_text("utf-8")
        head, _, rest = text.partition("<!-- table: start -->")
        _, _, tail = rest.partition("<!-- table: end -->")
        rows = [make_row(name, *where) for name, where in ordered]
        titles = "| Library | From | Extra | For | License | MB |\n|---|---|---|---|---|--:|"
        table = "\n".join([titles, *rows])
        PAGE.write_text(f"{head}<!-- table: start -->\n{table}\n<!-- table: end -->{tail}", "utf-8")
    row = re.compile(r"^\| ([\w.-]+) \| ([\d.]+) \| ([^|]*?) ?\|", re.MULTILINE)
    listed = row.findall(PAGE.read_text("utf-8"))
    assert [(name, bound, extra) for name, bound, extra in listed] == [
        (name, *where) for name, where in ordered
    ]
