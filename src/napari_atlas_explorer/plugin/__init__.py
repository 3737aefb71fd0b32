"""What napari calls: reader, sample data, layers, hover, the display of an atlas."""
