"""Axes, grids, volumes and hemispheres."""
