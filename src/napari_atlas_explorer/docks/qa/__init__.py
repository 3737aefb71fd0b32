"""The dock of quality checks and their findings."""
