"""Streamlines and neurons: the regions that they cross, and sums over them."""
