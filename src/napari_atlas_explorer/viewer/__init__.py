"""The atlas in a napari viewer, without Qt: layers, display, hover, one module per feature."""
