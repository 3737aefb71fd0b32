"""The dock of the spatial search."""
