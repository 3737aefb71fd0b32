"""Shared parts of the writers: results, progress over stages, text files, file names."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...atlases.layouts.brainglobe_v3 import CACHE
from ...core.errors import ArgumentError
from ...core.progress import StageProgress
from ...core.regions.region_map import RegionMap

# ---- Progress of multi-stage jobs ----------------------------------------------------------------


def stage(progress: StageProgress, first: float, last: float) -> StageProgress:
    """Return the progress of a stage that covers one fraction of the whole."""

    def say(share: float, what: str) -> None:
        progress(first + (last - first) * min(1.0, share), what)

    return say


# ---- Small text files of packages: JSON, tables, README; the same bytes each time ----------------


def write_json(path: Path, value: Any) -> None:
    """Write ASCII JSON: BrainGlobe reads it in the system's encoding."""
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="ascii", newline="\n")


def write_structures_csv(path: Path, structures: Sequence[Mapping[str, Any]]) -> None:
    """Write the table next to ``structures.json``: paths with slashes, parents last.

    Parents are written as pandas writes a column with an empty cell: "997.0", "" at the root.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["acronym", "id", "name", "structure_id_path", "parent_structure_id"])
    for row in structures:
        ids = row["structure_id_path"]
        parent = f"{float(ids[-2])}" if len(ids) > 1 else ""
        path_text = "/" + "".join(f"{i}/" for i in ids)
        writer.writerow([row["acronym"], row["id"], row["name"], path_text, parent])
    path.write_text(out.getvalue(), encoding="utf-8", newline="\n")


def write_readme(path: Path, metadata: Mapping[str, Any], regions: RegionMap) -> None:
    """Write a README for people who open the folder: metadata, and the tree of regions."""
    lines = ["A brain atlas, packaged with napari-atlas-explorer.", ""]
    lines += [f"{key}: {_format_value(value)}" for key, value in metadata.items()]
    lines += ["", "Regions: acronym (id) name", "", *tree_lines(regions)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def tree_lines(regions: RegionMap) -> list[str]:
    """Return one line for each region, indented by its depth."""
    depth = {0: -1}
    lines = []
    for rank in range(1, len(regions) + 1):
        depth[rank] = depth[int(regions.parent_ranks[rank])] + 1
        row = regions.row_of_rank(rank)
        lines.append(f"{'  ' * depth[rank]}{row['acronym']} ({row['id']}) {row['name']}")
    return lines


def _format_value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_format_value, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


# ---- Names of files and folders in BrainGlobe's layouts ------------------------------------------

UNSAFE = r"/\\\x00-\x1f" + (r":*?\"<>|" if os.name == "nt" else "")
SAFE_NAME = re.compile(f"[^{UNSAFE}]+")
"""Names of files on this system; VoxelBrain's volumes may be called "thickness:L1"."""
MAX_NAME = 100


def atlas_name(name: str, size: float) -> str:
    """Return the name with the voxel size along the first axis: "allen_mouse_25um"."""
    return f"{name}_{size:g}um"


def v2_folder(name: str, size: float, version: str) -> str:
    """Return the folder of a v2 package: "allen_mouse_25um_v1.2"."""
    return f"{atlas_name(name, size)}_v{version}"


def package_path(target: str, name: str, size: float, version: str) -> str:
    """Return the place of a package of one resolution within the folder that holds it."""
    if target == "brainglobe-v2":
        return v2_folder(name, size, version)
    if target == "brainglobe-v3":
        return f"{CACHE}/atlases/{atlas_name(name, size)}/{version_folder(version)}"
    return atlas_name(name, size) + ("_itksnap" if target == "itksnap" else "")


def version_folder(version: str) -> str:
    """Return the folder of a version in a v3 cache: "1_2"."""
    return version.replace(".", "_")


def template_name(atlas: str, reference: str) -> str:
    """Return the component's name of an additional reference, as BrainGlobe 3 makes it."""
    return reference if reference.endswith("-template") else f"{atlas}-{reference}-template"


def reference_name(atlas: str, template: str) -> str:
    """Undo `template_name`."""
    inner = template.removeprefix(f"{atlas}-").removesuffix("-template")
    own = template.startswith(f"{atlas}-") and template.endswith("-template")
    return inner if own and inner else template


def file_name(name: str) -> str:
    """Return the name of a dataset as a file's, or raise where it cannot be one."""
    if not SAFE_NAME.fullmatch(name) or len(name) > MAX_NAME or name.strip(". ") != name:
        raise ArgumentError(f"a dataset named {name!r}; expected a name that a file can have")
    return name


# ---- Result of writing one layout ----------------------------------------------------------------


@dataclass(frozen=True)
class WrittenPackages:
    """Packages in a folder.

    Attributes
    ----------
    packages
        What `open_atlas` opens, one for each resolution, the finest first.
    meshes
        Description of the meshes' source; "" if there are none.
    notes
        What was changed on the way, in sentences.
    """

    packages: list[Path]
    meshes: str = ""
    notes: tuple[str, ...] = ()
