"""The page for making packages."""
