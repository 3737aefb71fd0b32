"""Masks, counts and statistics of annotations that are dask arrays."""

from .compute.cluster.dask_arrays import dask_counts, dask_mask, dask_statistics

__all__ = ["dask_counts", "dask_mask", "dask_statistics"]


def __dir__() -> list[str]:
    return __all__
