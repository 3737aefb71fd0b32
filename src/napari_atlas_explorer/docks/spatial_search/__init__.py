"""The page of the spatial search."""
