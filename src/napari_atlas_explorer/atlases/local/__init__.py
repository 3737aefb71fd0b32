"""Atlases on this computer, and what the user said of them."""
