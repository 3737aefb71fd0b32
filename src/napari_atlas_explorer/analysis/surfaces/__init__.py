"""Region surfaces from packages, caches and annotations."""
