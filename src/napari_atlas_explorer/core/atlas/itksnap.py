"""Labels for ITK-SNAP: methods of an `Atlas`, which binds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..errors import ArgumentError, short
from ..regions.label_description import LabelDescription
from ..regions.rank_volume import RankVolume
from ..space.volume import VoxelData
from .slices import color_table

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from .atlas import Atlas


@dataclass(frozen=True)
class ItksnapLabels:
    """Label number of each rank.

    Attributes
    ----------
    rank_volume
        The annotation.
    numbers
        ``(n_ranks,)`` of the type that was asked for.
    """

    rank_volume: RankVolume
    numbers: NDArray[Any]

    def as_dataframe(self, label_key: str | None = None, **options: Any) -> pd.DataFrame:
        """Return the table of labels; see `Atlas.export_itksnap_labels`."""
        ids, numbers = self.rank_volume.ids, self.numbers
        colors = color_table(self.rank_volume, {})
        regions, n_known = self.rank_volume.region_map, len(self.rank_volume.region_map)
        labels = []
        for k in range(1, len(ids)):
            known = ""
            if k <= n_known and label_key is None:
                known = f"{regions.acronym_of_rank(k)} - {regions.name_of_rank(k)}"
            elif k <= n_known:
                known = str(regions.get(int(ids[k]), str(label_key)))
            label = known or "unknown region"
            labels.append(label if numbers[k] == ids[k] else f"{label} (id {ids[k]})")
        return LabelDescription(ids[1:], numbers[1:], colors[1:], labels).as_dataframe(**options)


def itksnap_labels(rank_volume: RankVolume, id_type: DTypeLike = np.uint16) -> ItksnapLabels:
    """Number the regions for ITK-SNAP; see `export_itksnap_labels`."""
    try:
        most = int(np.iinfo(id_type).max)
    except (TypeError, ValueError) as exc:
        raise ArgumentError(f"id_type {short(id_type)}; expected an integer type") from exc
    n = rank_volume.n_ranks
    if n - 1 > most:
        raise ArgumentError(f"{n - 1} regions; {np.dtype(id_type)} holds {most} labels")
    ids = rank_volume.ids
    fits = (ids > 0) & (ids <= most)
    numbers = np.where(fits, ids, 0)
    # Twice as many numbers as regions: the ids take at most half of them.
    free = np.setdiff1d(np.arange(max(1, most - 2 * n), most + 1), ids[fits])
    # The highest free numbers: they do not look like ids of the atlas's own.
    others = np.flatnonzero(~fits)[1:]
    numbers[others] = free[len(free) - len(others) :]
    return ItksnapLabels(rank_volume, numbers.astype(id_type))


def export_itksnap_labels(
    atlas: Atlas,
    id_type: DTypeLike = np.uint16,
    label_description_kwargs: Mapping[str, Any] | None = None,
) -> tuple[VoxelData, pd.DataFrame]:
    """Return the annotation and label table for ITK-SNAP, whose labels end at 65,535.

    Ids up to there are kept; others get free numbers, and their label names the id.

    Parameters
    ----------
    id_type
        Integer type of the labels.
    label_description_kwargs
        ``alphas``, ``exclude_label_vis``, ``exclude_mesh_vis`` and ``label_key`` of
        `RegionMap.export_label_description`; without ``label_key``, labels are
        "acronym - name".

    Returns
    -------
    volume
        Labels on the annotation's grid.
    table
        Columns of a label description file (IDX, -R-, -G-, -B-, -A-, VIS, MSH, LABEL) and
        the region's ``id``.

    Raises
    ------
    ArgumentError
        If there are more regions than the type has numbers.

    Examples
    --------
    >>> volume, table = atlas.export_itksnap_labels()
    >>> volume.dtype.name, table[["IDX", "LABEL"]].values[0].tolist()
    ('uint16', [1, 'root - root'])
    """
    numbered = itksnap_labels(atlas.ranks, id_type)
    volume = VoxelData.from_grid(numbered.numbers[atlas.ranks.raw], atlas.grid)
    return volume, numbered.as_dataframe(**(label_description_kwargs or {}))


def write_itksnap_labels(
    atlas: Atlas, annotation_path: str | Path, label_path: str | Path, **options: Any
) -> None:
    """Write what `export_itksnap_labels` returns: a NRRD volume and a label description file.

    Further options are those of `export_itksnap_labels`.

    The volume's origin is the center of its first voxel, as ITK takes it, and the header
    says so.

    >>> atlas.write_itksnap_labels(folder / "labels.nrrd", folder / "labels.txt")
    >>> VoxelData.load_nrrd(folder / "labels.nrrd").shape
    (216, 128, 180)
    """
    from ...formats.tables.label_tables import write_itksnap_table

    volume, table = atlas.export_itksnap_labels(**options)
    write_itksnap_table(label_path, table)
    volume.save_nrrd(annotation_path, origin="centre")
