"""Arrays, grids, regions and lookups: NumPy only, no files, no napari, no Qt."""
