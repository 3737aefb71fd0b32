"""The page for comparing atlases."""
