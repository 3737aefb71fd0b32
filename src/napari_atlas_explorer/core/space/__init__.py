"""Axes, grids, volumes and hemispheres: where things are."""
