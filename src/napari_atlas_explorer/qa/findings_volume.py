"""Voxels of all findings, as one label volume that opens with the atlas."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.space.grid import VoxelGrid
from ..formats.volumes import write_placed_nrrd
from .document import finding_numbers
from .run import Report


def findings_volume(report: Report) -> tuple[NDArray[Any], VoxelGrid]:
    """Return the number of the most severe finding at each voxel, 0 without one.

    The numbers are those that the report's JSON gives as ``label``.
    """
    rank_volume = report.subject.ranks
    numbers = finding_numbers(report)
    dtype = np.uint16 if len(numbers) < 2**16 else np.uint32
    volume = np.zeros(rank_volume.raw.shape, dtype)
    flat = volume.reshape(-1)
    # More severe findings have smaller numbers: written last, they stay.
    for one in reversed(report.listed):
        if one.finding.marked is not None:
            flat[one.finding.marked.positions(rank_volume)] = numbers[one.id]
    return volume, rank_volume.grid


def write_findings_volume(report: Report, path: Path) -> int:
    """Write the volume as NRRD, and a CSV table of its numbers; it opens as an atlas does.

    Returns
    -------
    How many voxels are marked.
    """
    volume, grid = findings_volume(report)
    write_placed_nrrd(path, volume, grid, report.subject.atlas.orientation)
    return int(np.count_nonzero(volume))


def findings_table(report: Report) -> str:
    """Return a CSV of the volume's numbers: id, acronym (finding id) and name (its sentence)."""
    numbers = finding_numbers(report)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "acronym", "name"])
    for one in report.listed:
        if one.finding.marked is not None:
            writer.writerow([numbers[one.id], one.id, one.finding.message])
    return text.getvalue()
