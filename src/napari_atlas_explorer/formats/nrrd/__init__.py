"""NRRD volumes and 3D Slicer's segmentations."""
