"""The dock of lines."""
