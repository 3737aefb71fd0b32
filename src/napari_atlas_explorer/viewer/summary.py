"""Summary of an atlas in a few lines: facts, counts, credit, assumptions."""

from __future__ import annotations

from ..core.atlas.atlas import Atlas
from ..core.package import Assumption
from ..core.space.axes import OPPOSITE, SIDES
from ..core.text import grouped


def facts(atlas: Atlas) -> str:
    """Return the shape and voxel size in a line, and the orientation where it is not known."""
    shape = " × ".join(str(n) for n in atlas.shape)
    sizes = [f"{r:.4g}" for r in atlas.resolution]
    size = sizes[:1] if len(set(sizes)) == 1 else sizes
    voxel = f"{' × '.join(size)} µm" if atlas.package.resolution_known else "voxel size unknown"
    if atlas.orientation is None and not atlas.package.resolution_known:
        return f"{shape} voxels · orientation and voxel size unknown"
    unknown = ["orientation unknown"] if atlas.orientation is None else []
    return " · ".join([f"{shape} voxels", voxel, *unknown])


def facts_tooltip(atlas: Atlas) -> str:
    """Return the line of facts with its abbreviations spelled out."""
    if atlas.orientation is None:
        return f"{facts(atlas)}\nclick a chip to set what is unknown"
    runs = (
        f"axis {i} from {SIDES[c]} to {SIDES[OPPOSITE[c]]}" for i, c in enumerate(atlas.orientation)
    )
    return f"{facts(atlas)}\norientation {atlas.orientation}: " + ", ".join(runs)


def counts(atlas: Atlas) -> str:
    """Return how many regions have voxels, and how many ids are unknown."""
    regions = atlas.region_map
    totals = atlas.ranks.total_counts[1 + regions.made_up_root : len(regions) + 1]
    with_voxels = int((totals > 0).sum())
    text = f"{grouped(with_voxels)} of {grouped(regions.n_stated)} regions have voxels"
    unknown = len(atlas.ranks.unknown_ids)
    table = atlas.metadata.get("hierarchy")
    return (
        text
        + (f" · {grouped(unknown)} ids not in the hierarchy" if unknown else "")
        + (f" · names from {table}" if isinstance(table, str) else "")
    )


def credit(atlas: Atlas) -> str:
    """Return origin and credit of the atlas for a tooltip."""
    lines = [atlas.name, atlas.package.layout]
    if atlas.path is not None:
        lines.append(str(atlas.path))
    for key in ("citation", "atlas_link", "species", "license", "atlas_packager"):
        if atlas.metadata.get(key):
            lines.append(f"{key.replace('_', ' ')}: {atlas.metadata[key]}")
    return "\n".join(lines)


def open_questions(atlas: Atlas) -> list[Assumption]:
    """Return what is neither in the files nor overridden, for chips."""
    if atlas.orientation is None:
        return [Assumption("orientation", "not stated: shown as it is stored, hemispheres unknown")]
    if atlas.hemisphere_rule is None:
        return [Assumption("hemispheres", "not stated which side is left: hemispheres unknown")]
    return list(atlas.package.hemisphere_doubts)
