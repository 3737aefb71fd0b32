"""Output files of `atlas-explorer mask`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..analysis.masks.cluster import selected_over, write_over
from ..analysis.masks.making import make_mask
from ..analysis.masks.request import MaskRequest, MaskRequests, name_of
from ..compute.cluster.workers import Cluster
from ..core.atlas.atlas import Atlas
from ..core.atlas.itksnap import itksnap_labels
from ..core.errors import AtlasError, AtlasFileError
from ..core.mask_recipe import MaskRecipe
from ..core.selection import SIDE_WORDS
from ..core.text import cubic_millimeters, grouped
from ..formats.common.atomic import atomic_writes, refuse_existing
from ..formats.masks import NamedMask, check_recipe, mask_files, write_mask, write_masks
from ..formats.recipes import RECIPE_KEY, read_recipes, recipe_line, recipe_path, write_recipe
from ..formats.tables.label_tables import write_itksnap_table
from ..formats.volumes import write_volume
from .common import Progress

SEGMENTATION = ".seg.nrrd"


@dataclass
class MaskReport:
    """Result in lines for people and values for JSON."""

    lines: list[str] = field(default_factory=list)
    content: dict[str, Any] = field(default_factory=dict)


def write_one(
    request: MaskRequests, path: Path, force: bool, cluster: Cluster | None = None
) -> MaskReport:
    """Write one mask, or one segmentation with a segment for each named region."""
    segmented = path.name.lower().endswith(SEGMENTATION)
    pieces = request.pieces if segmented else [_require_single(request, path)]
    refuse_existing(mask_files(path), force)
    atlas = request.atlas
    voxels_of = None if cluster is None else partial(selected_over, cluster, request)
    masks = [request.made(entry, voxels_of) for entry in pieces]
    if segmented:
        files = write_masks(path, masks, atlas.grid, atlas.orientation)
    else:
        files = write_mask(path, masks[0], atlas.grid, atlas.orientation)
    return _make_report(atlas, files, masks)


def write_each(
    request: MaskRequests, folder: Path, force: bool, cluster: Cluster | None = None
) -> MaskReport:
    """Write one NRRD for each region that has voxels; keep existing ones."""
    if folder.exists() and not folder.is_dir():
        raise AtlasFileError(folder, "it is a file", "the name of a folder")
    folder.mkdir(parents=True, exist_ok=True)
    progress = Progress("masks")
    rows, waiting = [], {}
    for rank in request.each:
        rows.append(_make_row(request, rank, folder, force))
        if "status" not in rows[-1]:
            waiting[rank] = rows[-1]
    counted = _write_files(request, {k: Path(row["file"]) for k, row in waiting.items()}, cluster)
    for n, (rank, voxels) in enumerate(counted, len(rows) - len(waiting) + 1):
        waiting[rank] |= {"status": "written" if voxels else "empty", "voxels": voxels}
        progress(n / len(rows))
    by_status = {s: [r for r in rows if r["status"] == s] for s in ("written", "exists", "empty")}
    lines = [f"wrote {len(by_status['written'])} masks into {folder}"]
    if by_status["exists"]:
        lines[0] += f"; kept {len(by_status['exists'])} existing files"
    if by_status["empty"]:
        lines[0] += f"; {len(by_status['empty'])} regions have no voxels"
    others = [r["file"] for r in by_status["exists"] if not r["same_recipe"]]
    if others:
        lines.append(
            f"{len(others)} of them have another recipe, such as {others[0]}; --force replaces them"
        )
    return MaskReport(lines, {"folder": str(folder), "masks": rows})


def _make_row(request: MaskRequests, rank: int, folder: Path, force: bool) -> dict[str, Any]:
    """Return the row of a region; with a status where its file is kept as it is."""
    entry, number = request.each[rank], int(request.atlas.ranks.ids[rank])
    # Ids and not acronyms: cm and CM are one file on case-insensitive file systems.
    path = folder / f"structure_{number}.nrrd"
    row: dict[str, Any] = {"id": number, "name": entry.name, "file": str(path)}
    if path.exists() and not force:
        return {**row, "status": "exists", "same_recipe": _has_recipe(path, entry.recipe)}
    return row


def _write_files(
    request: MaskRequests, targets: Mapping[int, Path], cluster: Cluster | None
) -> Iterator[tuple[int, int]]:
    """Write masks by rank where they have voxels; yield rank and voxels of each."""
    if cluster is not None and targets:
        yield from write_over(cluster, request, targets)
        return
    for rank, path in targets.items():
        entry = request.each[rank]
        mask = make_mask(request.atlas, entry.recipe).raw
        if mask.any():
            write_mask(path, NamedMask(entry.name, mask, entry.recipe), request.atlas.grid)
        yield rank, int(mask.sum())


def _has_recipe(path: Path, recipe: MaskRecipe) -> bool:
    """Return whether a file contains this recipe, of any release and query."""
    try:
        saved = read_recipes(path)
    except AtlasError:
        return False
    bare = replace(recipe, query="", software="", credit={}, mask_sha256=None)
    return [replace(f, query="", software="", credit={}, mask_sha256=None) for f in saved] == [bare]


def write_itksnap(request: MaskRequests, path: Path, force: bool) -> MaskReport:
    """Write a volume of ITK-SNAP's labels, 0 outside the mask, and the file that names them."""
    entry = _require_single(request, path)
    stem = path.name.removesuffix(".gz").removesuffix(".nii")
    table_path = path.with_name(f"{stem}.label.txt")
    refuse_existing([path, table_path], force)
    atlas = request.atlas
    named = request.made(entry)
    numbering = itksnap_labels(atlas.ranks)
    values = numbering.numbers[atlas.ranks.raw]
    values[~named.mask] = 0
    table = numbering.as_dataframe()
    present = np.isin(table["IDX"], values)
    recipe = entry.recipe.with_result(named.mask)
    custom = {RECIPE_KEY: recipe_line([recipe])}
    with atomic_writes([path, table_path], force) as (volume_file, table_file):
        write_volume(volume_file, values, atlas.grid, atlas.orientation, custom)
        write_itksnap_table(table_file, table[present])
    return _make_report(atlas, [path, table_path], [named])


def write_list(request: MaskRequests, path: Path, force: bool) -> MaskReport:
    """Write id, acronym, name, hemisphere and own voxels of the selected regions."""
    import pandas as pd

    entry = _require_single(request, path)
    if entry.recipe.operations:
        step = entry.recipe.operations[0].describe()
        raise AtlasFileError(path, f"a recipe with the step {step!r}", "one of regions alone")
    recipe_file = recipe_path(path)
    refuse_existing([path, recipe_file], force)
    atlas, regions = request.atlas, request.atlas.region_map
    rows = [
        {
            "id": "" if rank == regions.made_up_root else int(atlas.ranks.ids[rank]),
            "acronym": regions.acronym_of_rank(rank) if rank <= len(regions) else "",
            "name": name_of(atlas, rank),
            "side": SIDE_WORDS.get(int(entry.selection.bits[rank]), "some"),
        }
        for rank in entry.selection.ranks.tolist()
    ]
    if not rows:
        raise AtlasError(f"{entry.name}: no region is selected")
    with atomic_writes([path, recipe_file], force) as (table_file, temporary):
        pd.DataFrame(rows).to_csv(table_file, index=False, lineterminator="\n")
        write_recipe(temporary, entry.recipe)
    files = [str(path), str(recipe_file)]
    line = f"wrote {path}: {len(rows)} regions"
    return MaskReport([line], {"files": files, "regions": rows, "recipe": entry.recipe.as_dict()})


def _require_single(request: MaskRequests, path: Path) -> MaskRequest:
    if request.whole is None:
        n = len(request.pieces)
        raise AtlasFileError(path, f"{n} recipes for one mask", f"a name in {SEGMENTATION}")
    return request.whole


def _make_report(atlas: Atlas, files: list[Path], masks: list[NamedMask]) -> MaskReport:
    rows, lines = [], []
    for named in masks:
        voxels = int(named.mask.sum())
        size = voxels * atlas.grid.voxel_volume
        recipe = check_recipe(named)
        rows.append(
            {
                "name": named.name,
                "voxels": voxels,
                "mm3": size / 1e9,
                "recipe": None if recipe is None else recipe.as_dict(),
            }
        )
        lines.append(f"{named.name}: {grouped(voxels)} voxels, {cubic_millimeters(size)}")
    lines.append(f"wrote {', '.join(map(str, files))}")
    return MaskReport(lines, {"files": [str(f) for f in files], "masks": rows})
