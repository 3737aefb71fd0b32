"""Colors of regions, color scales, and how different colors look."""
