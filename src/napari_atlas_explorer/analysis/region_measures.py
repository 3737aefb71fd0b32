"""Points and images measured region by region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from ..core.atlas.atlas import Atlas
from ..core.progress import Progress
from ..core.regions.collapse import Collapse
from ..core.regions.region_map import RegionKey
from ..core.space.volume import VoxelData
from .points.counts import count_points, place_points
from .points.hemisphere_table import HemisphereTable
from .values.images import region_values

if TYPE_CHECKING:
    import pandas as pd


def measure_regions(
    atlas: Atlas,
    samples: Mapping[str, tuple[ArrayLike, ArrayLike | None]],
    image: VoxelData | None = None,
    *,
    level: int | None = None,
    regions: Iterable[RegionKey] | None = None,
    both_sides: bool = False,
    progress: Progress | None = None,
) -> HemisphereTable:
    """Count the points of samples, and measure an image, by region and hemisphere.

    Parameters
    ----------
    samples
        By name: positions ``(n, 3)`` µm, and a value of each point or None.
    image
        Scalars on any grid, or None.
    level, regions
        What regions count for; see `Collapse.of`.
    both_sides
        One row per region instead of one per hemisphere.
    progress
        Called with the share of the image that is done.
    """
    rule = None if both_sides else atlas.hemisphere_rule
    counts = {}
    for name, (positions, values) in samples.items():
        placed = place_points(atlas.ranks, atlas.hemisphere_rule, positions)
        counts[name] = count_points(atlas.ranks, rule, placed, values)
    found = None if image is None else region_values(atlas.ranks, image, rule, progress=progress)
    collapse = Collapse.of(atlas.ranks, level, regions)
    known = atlas.package.resolution_known
    return HemisphereTable(atlas.ranks, rule, collapse, counts, found, known)


def measures_as_dataframe(atlas: Atlas, measures: HemisphereTable) -> pd.DataFrame:
    """Return the table of `measure_regions`; its ``side`` is empty where nothing tells it."""
    table = measures.as_dataframe()
    if atlas.hemisphere_rule is None:
        table["side"] = ""
    return table


def count_by_region(
    atlas: Atlas,
    points: ArrayLike | Mapping[str, ArrayLike],
    values: ArrayLike | None = None,
    *,
    level: int | None = None,
    regions: Iterable[RegionKey] | None = None,
    both_sides: bool = False,
) -> pd.DataFrame:
    """Count points by region and hemisphere, as ``atlas-explorer stats --points`` does.

    Parameters
    ----------
    atlas
        The atlas.
    points
        ``(n, 3)`` µm: x, y and z of the atlas's world; or several samples by name.
    values
        ``(n,)`` a quantity of each point of one sample, to be summed and averaged; NaN is none.
    level
        Count for ancestors this many steps below the root.
    regions
        Count for these regions alone, and the rest for the root.
    both_sides
        One row per region instead of one per hemisphere.

    Returns
    -------
    Columns ``sample`` (of several), ``id``, ``acronym``, ``name``, ``parent_id``, ``side``,
    ``direct``, ``total`` (with all descendants), ``value_sum``, ``value_mean``, ``mm3`` and
    ``per_mm3``. Rows "unannotated" and "outside" make ``direct`` sum to the number of points.

    Examples
    --------
    >>> from napari_atlas_explorer import open_atlas
    >>> counts = count_by_region(open_atlas("sample"), [[6600, 2500, 3300], [0, 0, 0]])
    >>> counts[counts.direct > 0][["acronym", "side", "direct"]].values.tolist()
    [['CA3sr', 'right', 1], ['unannotated', 'neither', 1]]
    """
    samples: dict[str, tuple[ArrayLike, ArrayLike | None]]
    if isinstance(points, Mapping):
        samples = {str(name): (positions, None) for name, positions in points.items()}
    else:
        samples = {"points": (points, values)}
    measures = measure_regions(atlas, samples, level=level, regions=regions, both_sides=both_sides)
    return measures_as_dataframe(atlas, measures)


def measure_by_region(
    atlas: Atlas,
    image: VoxelData | ArrayLike,
    *,
    level: int | None = None,
    regions: Iterable[RegionKey] | None = None,
    both_sides: bool = False,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Measure an image in every region, as ``atlas-explorer stats --image`` does.

    Parameters
    ----------
    atlas
        The atlas.
    image
        A `VoxelData` of any grid, whose values are taken at the atlas's voxel centers; an array
        must have the atlas's shape.
    level, regions, both_sides
        As for `count_by_region`.
    progress
        Called with the share of the work that is done, 0 to 1.

    Returns
    -------
    Columns ``id``, ``acronym``, ``name``, ``parent_id``, ``side``, ``mm3``; with all
    descendants ``image_voxels``, ``image_outside``, ``image_missing``, ``image_mean``,
    ``image_median``, ``image_sum``, ``image_min`` and ``image_max``.

    Examples
    --------
    >>> from napari_atlas_explorer import open_atlas
    >>> atlas = open_atlas("sample")
    >>> table = measure_by_region(atlas, atlas.reference, regions=["CTX"], both_sides=True)
    >>> table[["acronym", "image_voxels"]].values.tolist()
    [['root', 1705210], ['CTX', 756202]]
    """
    volume = image if isinstance(image, VoxelData) else VoxelData.from_grid(image, atlas.grid)
    measures = measure_regions(
        atlas,
        {},
        volume,
        level=level,
        regions=regions,
        both_sides=both_sides,
        progress=progress,
    )
    return measures_as_dataframe(atlas, measures)
