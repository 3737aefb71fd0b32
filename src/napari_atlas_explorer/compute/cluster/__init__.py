"""Work over the workers of a dask.distributed cluster."""
