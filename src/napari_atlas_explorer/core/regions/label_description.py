"""Label descriptions for ITK-SNAP."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .rows import MADE_UP_ROOT

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("IDX", "-R-", "-G-", "-B-", "-A-", "VIS", "MSH", "LABEL")
"""Of a label description, as AllenSDK names them."""


@dataclass(frozen=True)
class LabelDescription:
    """Number, color and text of the labels of some ids.

    Attributes
    ----------
    ids
        ``(n,)`` region ids.
    numbers
        ``(n,)`` label number of each.
    colors
        ``(n, 3)`` red, green and blue, 0 to 255.
    labels
        ``(n,)`` texts.
    """

    ids: NDArray[np.int64]
    numbers: NDArray[Any]
    colors: NDArray[Any]
    labels: Sequence[str]

    def as_dataframe(
        self,
        alphas: Mapping[int, float] | None = None,
        exclude_label_vis: Collection[int] = (),
        exclude_mesh_vis: Collection[int] = (),
    ) -> pd.DataFrame:
        """Return the table with `COLUMNS` and ``id``; see `RegionMap.export_label_description`."""
        import pandas as pd

        given = alphas or {}
        table = pd.DataFrame(
            {
                "IDX": self.numbers,
                "-R-": self.colors[:, 0],
                "-G-": self.colors[:, 1],
                "-B-": self.colors[:, 2],
                "-A-": [float(given.get(i, 1.0)) for i in self.ids.tolist()],
                "VIS": np.isin(self.ids, list(exclude_label_vis), invert=True).astype(int),
                "MSH": np.isin(self.ids, list(exclude_mesh_vis), invert=True).astype(int),
                "LABEL": self.labels,
                "id": self.ids,
            }
        )
        # No voxel has a root that the source does not state: it needs no label.
        return table[table["id"] != MADE_UP_ROOT].reset_index(drop=True)
