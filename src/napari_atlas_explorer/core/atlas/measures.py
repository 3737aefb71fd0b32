"""Sizes of regions, and sums over them: methods of an `Atlas`, which binds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..space.volume import VoxelData
from ..statistics import integrate_density, region_statistics

if TYPE_CHECKING:
    import pandas as pd

    from .atlas import Atlas


def statistics(atlas: Atlas) -> pd.DataFrame:
    """Measure every region: voxels, mm³, centroid, box, per hemisphere.

    Volumes count what the region's own id covers (``direct``) and that with all its
    descendants (``total``). Ids that the hierarchy does not know come last.

    >>> table = atlas.statistics().set_index("acronym")
    >>> table.loc["CA3", ["left_voxels", "right_voxels"]].tolist()
    [14927, 14927]
    """
    return region_statistics(atlas.ranks, atlas.hemisphere_rule).as_dataframe()


def integrate(atlas: Atlas, density: VoxelData, per: str) -> pd.DataFrame:
    """Integrate a density over each region: Σ value × voxel volume.

    Parameters
    ----------
    density
        Scalars on the annotation's grid.
    per
        Volume that the density is counted in, "mm3" or "um3".

    Returns
    -------
    Table with one row per region and unknown id: id, acronym, name, and the count in
    voxels of its own (``direct``) and with all descendants (``total``).

    Examples
    --------
    >>> density = VoxelData.from_grid(np.full(atlas.shape, 1000.0), atlas.grid)
    >>> table = atlas.integrate(density, per="mm3").set_index("acronym")
    >>> float(table.total["CA3"].round(3))
    6448.464
    """
    return integrate_density(atlas.ranks, density, per).as_dataframe()
