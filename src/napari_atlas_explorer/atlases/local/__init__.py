"""Atlases on this computer, and the user's overrides."""
