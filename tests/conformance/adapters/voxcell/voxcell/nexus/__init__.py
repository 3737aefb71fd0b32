"""Atlases."""
