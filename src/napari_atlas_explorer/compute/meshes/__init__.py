"""Surfaces of masks as triangles: made, cleaned, simplified, measured."""
