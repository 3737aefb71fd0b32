"""OME-Zarr volumes."""
