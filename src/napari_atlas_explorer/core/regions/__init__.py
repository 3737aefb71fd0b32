"""The hierarchy of regions, and the annotation as ranks of it."""
