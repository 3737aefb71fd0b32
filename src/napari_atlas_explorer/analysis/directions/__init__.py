"""Directions per voxel: orientation fields and placement hints."""
