"""Output files of `atlas-explorer mesh`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ..analysis.requirements import require_hemispheres, require_voxel_size
from ..analysis.surfaces.parallel import make_surfaces
from ..compute.cluster.workers import Cluster
from ..compute.meshes.quality import examine_mesh
from ..compute.meshes.settings import RegionSurface, SurfaceSettings
from ..core.atlas.atlas import Atlas
from ..core.errors import AtlasError, AtlasFileError
from ..core.space.hemispheres import hemisphere_number
from ..core.text import grouped
from ..formats.common.atomic import refuse_existing
from ..formats.meshes.writer import WRITTEN_MESHES, write_mesh
from .common import Progress, note

UNSAFE = re.compile(r"[^A-Za-z0-9.+-]+")
LONGEST_WORD = 40
FEW_LINES = 20


@dataclass(frozen=True)
class MeshTargets:
    """File of each region.

    Attributes
    ----------
    files
        Path by rank.
    folder
        The folder that holds them, None where one file was named.
    """

    files: Mapping[int, Path]
    folder: Path | None

    @classmethod
    def of(
        cls,
        atlas: Atlas,
        ranks: Sequence[int],
        output: Path,
        kind: str | None,
        hemisphere: str | None,
        names: str,
    ) -> MeshTargets:
        """Name the files by id: cm and CM are one file on case-insensitive systems."""
        if output.suffix.lower() in WRITTEN_MESHES and not output.is_dir():
            return cls({ranks[0]: output}, None)
        suffix = f".{kind or 'obj'}"
        files = {}
        for rank in ranks:
            stated = rank != atlas.region_map.made_up_root
            word = str(atlas.ranks.ids[rank]) if stated else "root"
            if names == "acronym":
                word += f"_{safe_word(atlas.region_map.acronym_of_rank(rank))}"
            files[rank] = output / f"{word}{f'_{hemisphere}' if hemisphere else ''}{suffix}"
        return cls(files, output)


def safe_word(text: str) -> str:
    """Return the text as a part of a file's name on every system."""
    return UNSAFE.sub("-", text).strip("-.")[:LONGEST_WORD] or "region"


def export_meshes(
    atlas: Atlas,
    targets: MeshTargets,
    settings: SurfaceSettings,
    hemisphere: str | None,
    from_package: bool,
    processes: int,
    force: bool,
    cluster: Cluster | None = None,
) -> list[dict[str, Any]]:
    """Write the surfaces; return one row for each region, in the hierarchy's order."""
    require_voxel_size(atlas, ", without which a surface has no measure")
    rows, ranks = _skip_existing(atlas, targets, force)
    hemisphere_id = hemisphere_number(hemisphere)
    if hemisphere_id is not None:
        require_hemispheres(atlas)
    progress, total = Progress("meshes"), max(1, len(targets.files))
    if from_package:
        for rank in list(ranks):
            row = _copy_package_mesh(atlas, rank, hemisphere, targets.files[rank])
            if row is not None:
                rows[rank] = row
                ranks.remove(rank)
                progress(len(rows) / total)
    sink = partial(write_surface, {rank: str(targets.files[rank]) for rank in ranks})
    for made in make_surfaces(
        atlas.ranks,
        ranks,
        settings,
        atlas.hemisphere_rule,
        hemisphere_id,
        processes,
        sink,
        cluster=cluster,
    ):
        row = _make_row(atlas, made.rank, targets.files[made.rank])
        if made.error is None:
            rows[made.rank] = {**row, "status": "written", "source": "labels", **made.result}
        elif isinstance(made.error, AtlasFileError) or targets.folder is None:
            raise made.error
        else:
            rows[made.rank] = {**row, "status": "empty", "error": str(made.error)}
        progress(len(rows) / total)
    return [rows[rank] for rank in sorted(rows)]


def write_surface(files: Mapping[int, str], rank: int, surface: RegionSurface) -> dict[str, Any]:
    """Write one surface; return its measures."""
    if not len(surface.mesh.faces):
        raise AtlasError("the region is too small for a surface")
    write_mesh(files[rank], surface.mesh.points, surface.mesh.faces)
    report = surface.report
    return {
        "faces": report.n_faces,
        "volume_mm3": report.volume / 1e9,
        "voxels": report.n_voxels,
        "voxel_volume_mm3": report.voxel_volume / 1e9,
        "volume_error_percent": 100 * report.volume_error,
        "max_deviation_um": report.max_deviation,
        "deviation_99_um": report.deviation_99,
        "method": report.method,
        "shortfalls": list(report.shortfalls),
    }


def summary_lines(rows: Sequence[dict[str, Any]], output: Path, measured: bool = True) -> list[str]:
    """Return a summary for people."""
    written = [row for row in rows if row["status"] == "written"]
    lines = []
    if len(written) <= FEW_LINES:
        lines += [_describe_row(row) for row in written]
    elif judged := [r for r in written if "volume_error_percent" in r]:
        faces = grouped(max(row["faces"] for row in judged))
        worst = max(judged, key=lambda row: abs(row["volume_error_percent"]))
        far = max(judged, key=lambda row: row["max_deviation_um"])
        lines.append(
            f"at most {faces} triangles; volume within {abs(worst['volume_error_percent']):.2f} % "
            f"({worst['acronym']}); up to {far['max_deviation_um']:.3g} µm from the surface of "
            f"the voxels ({far['acronym']})"
        )
    lines += [
        f"{row['acronym']}: {', '.join(row['shortfalls'])}" for row in rows if row.get("shortfalls")
    ]
    ending = f"wrote {len(written)} meshes into {output}"
    if len(rows) == 1 and written:
        ending = f"wrote {written[0]['file']}"
    for status, words in (("exists", "kept {} existing files"), ("empty", "{} have no surface")):
        if n := sum(row["status"] == status for row in rows):
            ending += f"; {words.format(n)}"
    return [*lines, ending]


def _describe_row(row: dict[str, Any]) -> str:
    text = f"{row['acronym']}: {grouped(row['faces'])} triangles"
    if "volume_error_percent" in row:
        text += (
            f", volume {row['volume_error_percent']:+.2f} %, up to "
            f"{row['max_deviation_um']:.3g} µm from the surface of the voxels"
        )
    return text + (" (the package's own)" if row["source"] == "package" else "")


def _skip_existing(
    atlas: Atlas, targets: MeshTargets, force: bool
) -> tuple[dict[int, dict[str, Any]], list[int]]:
    """Make the folder; return rows of existing files, and the remaining ranks."""
    folder = targets.folder
    if folder is None:
        refuse_existing(targets.files.values(), force)
        return {}, list(targets.files)
    if folder.exists() and not folder.is_dir():
        raise AtlasFileError(folder, "it is a file", "the name of a folder")
    folder.mkdir(parents=True, exist_ok=True)
    kept = {} if force else {r: p for r, p in targets.files.items() if p.exists()}
    rows = {
        rank: {**_make_row(atlas, rank, path), "status": "exists"} for rank, path in kept.items()
    }
    return rows, [rank for rank in targets.files if rank not in kept]


def _make_row(atlas: Atlas, rank: int, path: Path) -> dict[str, Any]:
    return {
        "id": atlas.region_map.stated_id_of_rank(rank),
        "acronym": atlas.region_map.acronym_of_rank(rank),
        "file": str(path),
    }


def _copy_package_mesh(
    atlas: Atlas, rank: int, hemisphere: str | None, path: Path
) -> dict[str, Any] | None:
    """Write the package's own mesh where it has one that can be read."""
    region_id = int(atlas.ranks.ids[rank])
    if region_id not in atlas.package.mesh_files:
        return None
    try:
        mesh = atlas.mesh_from_structure(region_id, hemisphere)
    except AtlasFileError as exc:
        note(f"{exc}; made of the labels instead")
        return None
    if not len(mesh.faces):
        return None
    write_mesh(path, mesh.points, mesh.faces)
    row: dict[str, Any] = {
        **_make_row(atlas, rank, path),
        "status": "written",
        "source": "package",
        "faces": len(mesh.faces),
        "moved_um": atlas.mesh_offset.shift.tolist(),
    }
    quality, voxels = examine_mesh(mesh), int(atlas.ranks.total_counts[rank])
    if hemisphere is None and not quality.open_edges:
        row["volume_mm3"] = quality.volume / 1e9
        row["voxel_volume_mm3"] = voxels * atlas.grid.voxel_volume / 1e9
    return row
