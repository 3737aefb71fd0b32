"""Building blocks of an `Atlas`: NumPy only, no files, no napari, no Qt."""
