"""Computation on a dask.distributed cluster."""
