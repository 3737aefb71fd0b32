"""Packages from paths and names: layouts, cache, downloads, the sample atlas."""
