"""Voxels of a density volume outside fibre tracts."""
