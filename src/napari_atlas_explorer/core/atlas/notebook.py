"""Methods of `Atlas` for notebooks: tables of points, pickling, how it is shown."""

from __future__ import annotations

from operator import call
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from ..text import counted

if TYPE_CHECKING:
    import pandas as pd

    from .atlas import Atlas


def reduce_atlas(atlas: Atlas) -> tuple[Any, ...]:
    """Pickle how an atlas was opened, or its package where it was made in memory."""
    if atlas.reopen is not None:
        return call, (atlas.reopen,)
    return type(atlas), (atlas.package,)


def describe_atlas(atlas: Atlas) -> str:
    """Describe name, shape, voxel size and orientation, and what of it is assumed."""
    facts = [f"{' × '.join(map(str, atlas.shape))} voxels of {describe_voxel_size(atlas)}"]
    assumed = {a.quantity for a in atlas.assumptions}
    if atlas.orientation is None:
        facts.append("orientation unknown")
    else:
        facts.append(f"axes {atlas.orientation}{' (assumed)' * ('orientation' in assumed)}")
    facts.append(counted(atlas.region_map.n_stated, "region"))
    return f"<Atlas {atlas.name}: {', '.join(facts)}>"


def describe_voxel_size(atlas: Atlas) -> str:
    """Return the voxel size, and whether it is assumed: "25 × 25 × 25 µm"."""
    size = " × ".join(f"{s:g}" for s in atlas.resolution) + " µm"
    is_assumed = not atlas.package.resolution_known or any(
        a.quantity in ("resolution", "unit") for a in atlas.assumptions
    )
    return f"{size} (assumed)" if is_assumed else size


def html_card(atlas: Atlas) -> str:
    """Return the card that a notebook shows: facts, three sections, assumptions."""
    from ...figures.notebook import atlas_html

    return atlas_html(atlas)


def lookup(
    atlas: Atlas, points: ArrayLike, microns: bool = True, border: bool = True
) -> pd.DataFrame:
    """Look up many points at once.

    Parameters
    ----------
    points
        ``(n, 3)`` or one point: µm, x, y and z of the atlas's world; or an array or table of
        voxels with ``microns=False``, where a whole number is the center of its voxel.
    microns
        Whether they are µm.
    border
        Whether to measure the distance to the border, which takes most of the time: 14 of 17 s
        for a million points.

    Returns
    -------
    One row for each point, with the index of ``points`` where that is a table: ``id`` (0 for
    background and outside), ``acronym``, ``name`` and ``path`` (acronyms from the root; None
    where there is no region), ``hemisphere`` ("left", "right" or None), ``border_um`` (distance
    to the nearest voxel of another region, NaN where the voxel size is unknown or the point
    outside) and ``outside``.

    Examples
    --------
    >>> from napari_atlas_explorer import open_atlas
    >>> table = open_atlas("sample").lookup([[6600, 2500, 3300], [-1, 0, 0]])
    >>> table[["id", "acronym", "hemisphere", "outside"]].values.tolist()
    [[225, 'CA3sr', 'right', False], [0, None, None, True]]
    >>> table.path[0][-3:]
    ('CA', 'CA3', 'CA3sr')
    """
    from ...analysis.points.answers import answers_as_dataframe

    return answers_as_dataframe(atlas, points, microns, border)
