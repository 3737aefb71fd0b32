"""Label numbers and descriptions for ITK-SNAP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError
from ..regions.rank_volume import RankVolume
from ..regions.rows import MADE_UP_ROOT
from .slices import color_table

if TYPE_CHECKING:
    import pandas as pd

MOST_LABELS = 2**16 - 1


@dataclass(frozen=True)
class ItksnapLabels:
    """Label number of each rank.

    Attributes
    ----------
    rank_volume
        The annotation.
    numbers
        ``(n_ranks,)`` uint16.
    """

    rank_volume: RankVolume
    numbers: NDArray[np.uint16]

    def as_dataframe(self) -> pd.DataFrame:
        """Return the table of labels; see `Atlas.export_itksnap_labels`."""
        import pandas as pd

        ids, numbers = self.rank_volume.ids, self.numbers
        colors = color_table(self.rank_volume, {})
        regions, n_known = self.rank_volume.region_map, len(self.rank_volume.region_map)
        names = []
        for k in range(1, len(ids)):
            known = (
                f"{regions.acronym_of_rank(k)} - {regions.name_of_rank(k)}" if k <= n_known else ""
            )
            name = known or "unknown region"
            names.append(name if numbers[k] == ids[k] else f"{name} (id {ids[k]})")
        table = pd.DataFrame(
            {
                "IDX": numbers[1:],
                "-R-": colors[1:, 0],
                "-G-": colors[1:, 1],
                "-B-": colors[1:, 2],
                "-A--": 1.0,
                "VIS": 1,
                "MSH": 1,
                "LABEL": names,
                "id": ids[1:],
            }
        )
        # No voxel has a root that the source does not state: it needs no label.
        return table[table["id"] != MADE_UP_ROOT].reset_index(drop=True)


def itksnap_labels(rank_volume: RankVolume) -> ItksnapLabels:
    """Number the regions for ITK-SNAP; see `Atlas.export_itksnap_labels`."""
    n = rank_volume.n_ranks
    if n - 1 > MOST_LABELS:
        raise ArgumentError(f"{n - 1} regions; ITK-SNAP holds {MOST_LABELS} labels")
    ids = rank_volume.ids
    fits = (ids > 0) & (ids <= MOST_LABELS)
    numbers = np.where(fits, ids, 0)
    free = np.setdiff1d(np.arange(1, MOST_LABELS + 1), ids[fits])
    # The highest free numbers: they do not look like ids of the atlas's own.
    others = np.flatnonzero(~fits)[1:]
    numbers[others] = free[len(free) - len(others) :]
    return ItksnapLabels(rank_volume, numbers.astype(np.uint16))
