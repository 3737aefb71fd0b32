"""Points of a file: their columns, their frame, and how many are in each region and side."""
