"""The dock with the table of regions, and what goes into it."""
