"""The dock with the table of regions, and its forms."""
