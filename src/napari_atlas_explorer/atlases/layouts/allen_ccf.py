"""Allen CCF: annotation NRRD files with an ontology, as downloaded from the institute."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import numpy as np

from ...core.errors import AtlasError, AtlasFileError
from ...core.package import Assumption, Dataset, Package, assume_hierarchy
from ...core.regions.region_map import RegionMap
from ...core.space.hemispheres import allen_ccf
from ...formats.tables.regions import load_region_table
from ...formats.volume_header import VolumeHeader, read_volume_header
from .datasets import make_dataset, volumes_in
from .pairing import Table, find_table

LAYOUT = "Allen CCF"
METADATA = ""
ORIENTATION = "asl"
"""Anterior to posterior, superior to inferior, left to right: the axes as Allen documents them."""

ANNOTATION_NAME = re.compile(r"^annotation(_\d+)?\.n(rrd|hdr)$", re.IGNORECASE)
REFERENCE_NAME = re.compile(r"^(average_template|ara_nissl)(_\d+)?\.n(rrd|hdr)$", re.IGNORECASE)

ONTOLOGIES = ("1.json", "ontology.json", "allen_structure_tree.csv", "structure_graph.json")
"""Names of the ontology as downloaded from the institute; other tables are paired by their ids."""

GRIDS = {
    10: [(1320, 800, 1140)],
    25: [(528, 320, 456)],
    50: [(264, 160, 228)],
    100: [(132, 80, 114), (133, 81, 115)],
}
"""Shapes of the CCF by resolution in µm."""


def ccf_resolution(header: VolumeHeader) -> int | None:
    """Return the resolution (µm) whose CCF grid a volume has, None if it is not on one."""
    for resolution, shapes in GRIDS.items():
        if header.grid.shape in shapes and np.allclose(header.grid.steps, resolution, rtol=1e-3):
            return resolution
    return None


def matches(folder: Path) -> bool:
    """Return whether a folder holds a volume with the name of an annotation of the CCF."""
    try:
        return any(ANNOTATION_NAME.match(path.name) for path in folder.iterdir())
    except OSError:
        return False


def ccf_annotations(folder: Path) -> list[VolumeHeader]:
    """Return the headers of the CCF annotations in a folder, the finest first."""
    headers = []
    for path in volumes_in(folder):
        if ANNOTATION_NAME.match(path.name):
            header = read_volume_header(path)
            if ccf_resolution(header) is not None:
                headers.append(header)
    return sorted(headers, key=lambda h: float(h.grid.steps[0]))


def read(
    folder: Path, region_map: RegionMap | None = None, file: Path | None = None
) -> Package | None:
    """Describe the CCF files of a folder; None where there are none.

    Parameters
    ----------
    folder
        Holds ``annotation*.nrrd`` and an ontology.
    region_map
        Takes the ontology's place.
    file
        The annotation to open; by default the finest that has a template of its size, else
        the finest.
    """
    annotations = ccf_annotations(folder)
    if file is not None:
        annotations = [h for h in annotations if h.path.name == file.name]
    if not annotations:
        return None
    references = [read_volume_header(p) for p in volumes_in(folder) if REFERENCE_NAME.match(p.name)]
    matched = [h for h in annotations if any(r.grid.matches(h.grid) for r in references)]
    header = (matched or annotations)[0]
    ontology: Path | None = None
    names: tuple[Assumption, ...] = ()
    if region_map is None:
        found = _find_ontology(folder) or find_table(header.path)
        if found is None:
            return None
        table, names = found
        region_map, ontology = table.region_map, table.path
    resolution = ccf_resolution(header)
    if resolution is None:
        raise AtlasFileError(header.path, "not on a CCF grid", "10, 25, 50 or 100 µm")
    datasets: dict[str, Dataset] = {header.path.stem: make_dataset(header.path, "annotation")}
    for volume in volumes_in(folder):
        if volume != header.path:
            kind = "annotation" if ANNOTATION_NAME.match(volume.name) else "image"
            datasets[volume.stem] = make_dataset(volume, kind)  # type: ignore[arg-type]
    reference = next((r.path.stem for r in references if r.grid.matches(header.grid)), None)
    return Package(
        name=f"Allen mouse CCF {resolution} µm",
        layout=LAYOUT,
        grid=header.grid,
        region_map=region_map,
        datasets=datasets,
        annotation=header.path.stem,
        reference=reference,
        path=folder,
        metadata={
            "citation": "Wang et al. 2020, https://doi.org/10.1016/j.cell.2020.04.007",
            "species": "Mus musculus",
            **({"hierarchy": ontology.name} if ontology else {}),
        },
        orientation=ORIENTATION,
        hemisphere_rule=allen_ccf(header.grid.shape[2]),
        assumptions=(*_list_assumptions(header, annotations, file is not None), *names),
        region_file=ontology,
    )


def _find_ontology(folder: Path) -> tuple[Table, tuple[Assumption, ...]] | None:
    for name in ONTOLOGIES:
        with contextlib.suppress(AtlasError):
            if (folder / name).is_file():
                region_map = load_region_table(folder / name)
                return Table(region_map, folder / name), assume_hierarchy(region_map, name)
    return None


def _list_assumptions(
    header: VolumeHeader, annotations: list[VolumeHeader], was_chosen: bool
) -> tuple[Assumption, ...]:
    assumptions = []
    if header.orientation != ORIENTATION:
        space = f"{header.space} states otherwise" if header.space else "its header states none"
        assumptions.append(
            Assumption("orientation", f"{ORIENTATION}, as Allen documents the CCF; {space}")
        )
    if len(annotations) > 1 and not was_chosen:
        others = ", ".join(h.path.name for h in annotations if h is not header)
        assumptions.append(
            Assumption("annotation", f"{header.path.name} of several was opened; also: {others}")
        )
    return tuple(assumptions)
