"""Colours of regions, colour scales, and how different colours look."""
