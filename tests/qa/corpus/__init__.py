"""Defects that were reported in public trackers, each as the smallest atlas with the property."""
