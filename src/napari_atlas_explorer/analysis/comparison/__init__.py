"""Comparison of two atlases of one space."""
