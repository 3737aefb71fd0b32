"""The page of quality checks and their findings."""
