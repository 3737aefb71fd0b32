"""The page with the table of regions, and its forms."""
