"""Region hierarchies, and annotations as ranks of them."""
