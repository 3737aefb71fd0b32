"""Sections along the anatomical planes."""
