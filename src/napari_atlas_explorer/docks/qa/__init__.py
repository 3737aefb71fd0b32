"""The dock of the checks and their findings."""
