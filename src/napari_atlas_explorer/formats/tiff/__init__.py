"""TIFF volumes."""
