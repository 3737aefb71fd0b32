"""What an `Atlas` is made of: NumPy only, no files, no napari, no Qt."""
