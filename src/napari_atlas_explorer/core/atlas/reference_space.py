"""AllenSDK's ``ReferenceSpace`` on any atlas, with its coloured slices and ITK-SNAP labels."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ArgumentError, OutsideError
from ..regions.annotation import Annotation
from ..regions.region_map import RegionKey
from ..space.grid import floor_one
from ..space.resampling import downsampled
from ..space.volume import ROIMask, VoxelData
from .regions import AtlasRegions

if TYPE_CHECKING:
    import pandas as pd


# -----------------------------------------------------------------------------
# Coloured sections of an annotation.

UNKNOWN_COLOR = (128, 128, 128)
"""Grey for ids that the hierarchy does not know."""


def slice_image(
    labels: Annotation, axis: int, position: float, cmap: Mapping[int, Sequence[int]]
) -> NDArray[np.uint8]:
    """Colours of a section; see `Atlas.get_slice_image`."""
    grid = labels.grid
    if axis not in range(grid.ndim):
        raise ArgumentError(f"axis {axis}; expected 0 to {grid.ndim - 1}")
    if not grid.is_axis_aligned:
        raise ArgumentError("the annotation's axes are oblique; a position along one is not µm")
    q = (float(position) - grid.corner[axis]) / grid.steps[axis]
    found = floor_one([q], [grid.shape[axis]], grid.edge_tolerance)
    if found is None:
        low, high = grid.bbox[:, axis]
        raise OutsideError(
            f"position {position:g} µm is outside the volume, which spans {low:g} to {high:g} "
            f"along axis {axis}"
        )
    return np.asarray(color_table(labels, cmap)[labels.ranks.take(found[0], axis=axis)])


def color_table(labels: Annotation, cmap: Mapping[int, Sequence[int]]) -> NDArray[np.uint8]:
    """``(n_ranks, 3)`` colours by rank, some replaced by id."""
    regions = labels.region_map
    table = np.full((labels.n_ranks, 3), UNKNOWN_COLOR, np.uint8)
    table[0] = 0
    table[1 : len(regions) + 1] = [regions.color(k) for k in range(1, len(regions) + 1)]
    if cmap:
        rank_of = {int(i): k for k, i in enumerate(labels.ids.tolist()) if k} | {0: 0}
        for region_id, rgb in cmap.items():
            if region_id in rank_of:
                table[rank_of[region_id]] = rgb
    return table


# -----------------------------------------------------------------------------
# Label numbers and descriptions for ITK-SNAP.

MOST_LABELS = 2**16 - 1


@dataclass(frozen=True)
class ItksnapLabels:
    """Label number of each rank.

    Attributes
    ----------
    labels
        The annotation.
    numbers
        ``(n_ranks,)`` uint16.
    """

    labels: Annotation
    numbers: NDArray[np.uint16]

    def as_dataframe(self) -> pd.DataFrame:
        """Table of labels; see `Atlas.export_itksnap_labels`."""
        import pandas as pd

        ids, numbers = self.labels.ids, self.numbers
        colors = color_table(self.labels, {})
        regions, n_known = self.labels.region_map, len(self.labels.region_map)
        names = []
        for k in range(1, len(ids)):
            known = f"{regions.acronym(k)} - {regions.name(k)}" if k <= n_known else ""
            name = known or "unknown region"
            names.append(name if numbers[k] == ids[k] else f"{name} (id {ids[k]})")
        return pd.DataFrame(
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


def itksnap_labels(labels: Annotation) -> ItksnapLabels:
    """Number the regions for ITK-SNAP; see `Atlas.export_itksnap_labels`."""
    n = labels.n_ranks
    if n - 1 > MOST_LABELS:
        raise ArgumentError(f"{n - 1} regions; ITK-SNAP holds {MOST_LABELS} labels")
    ids = labels.ids
    fits = (ids > 0) & (ids <= MOST_LABELS)
    numbers = np.where(fits, ids, 0)
    free = np.setdiff1d(np.arange(1, MOST_LABELS + 1), ids[fits])
    # The highest free numbers: they do not look like ids of the atlas's own.
    others = np.flatnonzero(~fits)[1:]
    numbers[others] = free[len(free) - len(others) :]
    return ItksnapLabels(labels, numbers.astype(np.uint16))


# -----------------------------------------------------------------------------
# What AllenSDK's ``ReferenceSpace`` answers, on any atlas.

MakeMask = Callable[[], ROIMask]


class ReferenceSpace(AtlasRegions):
    """Counts, coverage, slices, coarser copies and exports; see `Atlas`."""

    # ---- counts ----------------------------------------------------------------------------

    @property
    def direct_voxel_map(self) -> dict[int, int]:
        """Voxels that carry each region's own id, by id; all regions of the hierarchy."""
        return self._by_id(self.labels.counts)

    @property
    def total_voxel_map(self) -> dict[int, int]:
        """Voxels of each region with all its descendants, by id."""
        return self._by_id(self.labels.total_counts)

    def _by_id(self, counts: NDArray[np.int64]) -> dict[int, int]:
        n = len(self.region_map) + 1
        return dict(zip(self.region_map, counts[1:n].tolist(), strict=True))

    def remove_unassigned(self) -> Self:
        """Atlas with only those regions that have a voxel, their own or a descendant's.

        This atlas stays as it is.
        """
        present = [i for i, n in self.total_voxel_map.items() if n]
        if not present:
            raise ArgumentError(f"no voxel of atlas {self.name} belongs to a region")
        fewer = self.region_map.restricted_to(present)
        return type(self)(replace(self.package, region_map=fewer))

    # ---- masks -----------------------------------------------------------------------------

    def many_structure_masks(
        self,
        regions: Iterable[RegionKey],
        output_cb: Callable[[int, MakeMask], Any] | None = None,
        direct_only: bool = False,
    ) -> Iterator[Any]:
        """One mask after the other; each is made when it is asked for.

        Parameters
        ----------
        regions
            Ids, acronyms or names; all are checked before the first mask is made.
        output_cb
            Called with each region's id and a function that makes its mask; what it returns is
            yielded. Without it, pairs of id and mask are. `check_and_write` with its folder
            filled in writes files.
        direct_only
            Leave descendants out.
        """
        ids = [int(self.region_map.ids[rank]) for rank in self.region_map.ranks_of(list(regions))]

        def make(region_id: int) -> MakeMask:
            return lambda: self.get_structure_mask(region_id, direct_only=direct_only)

        if output_cb is None:
            return ((i, make(i)()) for i in ids)
        answer = output_cb
        return (answer(i, make(i)) for i in ids)

    @staticmethod
    def check_and_write(base_dir: str | Path, structure_id: int, make: MakeMask) -> Path:
        """Write a region's mask to ``structure_<id>.nrrd`` unless the file is there.

        The file holds uint8, the atlas's voxel size and origin. For `many_structure_masks`:
        ``output_cb=functools.partial(Atlas.check_and_write, folder)``.

        Returns
        -------
        Path of the file; an existing one was not touched, and its mask not made.
        """
        path = Path(base_dir) / f"structure_{structure_id}.nrrd"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            make().save_nrrd(path)
        return path

    # ---- coverage --------------------------------------------------------------------------

    def check_coverage(
        self, regions: Collection[RegionKey], domain_mask: ArrayLike
    ) -> NDArray[np.int8]:
        """Where a set of regions with their descendants differs from a domain.

        Parameters
        ----------
        regions
            Ids, acronyms or names.
        domain_mask
            Booleans, or 0 and 1, of the annotation's shape.

        Returns
        -------
        int8 of the annotation's shape: 1 in the domain and in no region, -1 in a region and
        outside the domain, 0 elsewhere.
        """
        domain = self._domain(domain_mask)
        covered = self.get_structure_mask(regions).raw
        return np.asarray(domain.astype(np.int8) - covered)

    def validate_structures(
        self, regions: Collection[RegionKey], domain_mask: ArrayLike
    ) -> tuple[set[int], NDArray[np.bool_]]:
        """Whether regions tile a domain: none above another, and no voxel missed.

        Returns
        -------
        overlaps
            Ids of the regions that are ancestors of others of the list.
        missing
            ``True`` for the domain's voxels that are in none of them.
        """
        ids = [int(self.region_map.ids[rank]) for rank in self.region_map.ranks_of(regions)]
        return self.region_map.has_overlaps(ids), self.check_coverage(regions, domain_mask) == 1

    def _domain(self, domain_mask: ArrayLike) -> NDArray[np.bool_]:
        domain = np.asarray(domain_mask)
        if domain.shape != self.shape:
            raise ArgumentError(f"domain mask of shape {domain.shape}; expected {self.shape}")
        if domain.dtype != bool and not np.isin(domain, (0, 1)).all():
            raise ArgumentError("the domain mask holds other values than 0 and 1")
        return domain.astype(bool, copy=False)

    # ---- slices, coarser copies, exports ---------------------------------------------------

    def get_slice_image(
        self, axis: int, position: float, cmap: Mapping[int, Sequence[int]] | None = None
    ) -> NDArray[np.uint8]:
        """Coloured section of the annotation.

        Parameters
        ----------
        axis
            Array axis to cut across.
        position
            World coordinate along that axis, µm.
        cmap
            Red, green and blue by id, for the ids that shall not have the atlas's colour; 0 is
            background, black if not given.

        Returns
        -------
        uint8 ``(a, b, 3)`` with the two other axes in their order.

        Raises
        ------
        OutsideError
            If the position is outside the volume.
        """
        return slice_image(self.labels, axis, position, cmap or {})

    def downsample(self, target_resolution: float | Sequence[float]) -> Self:
        """Coarser copy of the atlas.

        Each new voxel takes the id of the voxel that holds its centre, so no id is invented;
        images are averaged over the new voxel. The corner stays where it is and voxels are
        exactly of the resolution asked, so that positions keep their meaning; the far edge
        moves by less than half a new voxel where the sizes do not divide.

        Parameters
        ----------
        target_resolution
            µm, one for all axes or one for each; none may be finer than the atlas's own.
        """
        return type(self)(downsampled(self.package, self.annotation, target_resolution))

    def export_itksnap_labels(self) -> tuple[VoxelData, pd.DataFrame]:
        """Annotation and label table for ITK-SNAP, whose labels end at 65,535.

        Ids up to there are kept; others get free numbers, and their label says the id.

        Returns
        -------
        volume
            uint16 labels on the annotation's grid.
        table
            Columns of a label description file (IDX, -R-, -G-, -B-, -A--, VIS, MSH, LABEL) and
            the region's ``id``.

        Raises
        ------
        ArgumentError
            If there are more than 65,535 regions.
        """
        found = itksnap_labels(self.labels)
        volume = VoxelData.from_grid(found.numbers[self.labels.ranks], self.grid)
        return volume, found.as_dataframe()

    def write_itksnap_labels(self, annotation_path: str | Path, label_path: str | Path) -> None:
        """Write what `export_itksnap_labels` gives: a NRRD volume and a label description file.

        The volume's origin is the centre of its first voxel, as ITK takes it, and the header
        says so.
        """
        from ...formats.tables.label_tables import write_itksnap_table

        volume, table = self.export_itksnap_labels()
        write_itksnap_table(label_path, table)
        volume.save_nrrd(annotation_path, origin="centre")
