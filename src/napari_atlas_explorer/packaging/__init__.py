"""Packages made from source files, or from an atlas of another layout."""
